# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says what a gateway is: its version, what that can do, and how many objects it has."""

from __future__ import annotations

from dataclasses import asdict

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.action import GatewayAction
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import CONNECTION
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import readiness
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler


class ActionModule(GatewayAction):
    """It only reads."""

    options = {**CONNECTION, "counts": {"type": "bool", "default": True}}

    def act(self, given):
        """Ask the gateway."""
        client = self.connect(given)
        health = readiness(client)
        engine = Reconciler(client, version=health.get("litellm_version"))
        connected = health.get("db") == "connected"
        # The readiness is told to everybody, these only with the master key; the keys are in the database.
        client.get("/key/list", size=1) if connected else client.get("/active/callbacks")
        counts = {}
        if given["counts"] and connected:
            counts = {resource.plural: len(engine.look(kind)) for kind, resource in KINDS.items()}
        capabilities = engine.ctx.capabilities
        supported = asdict(capabilities)
        version = supported.pop("version")
        return {
            "changed": False,
            "version": version,
            "ready": health["status"] in ("healthy", "connected"),
            "database_connected": connected,
            "capabilities": supported,
            "needs_guard": capabilities.needs_guard,
            "counts": counts,
        }
