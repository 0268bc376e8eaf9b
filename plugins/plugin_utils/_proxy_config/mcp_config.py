# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The MCP servers that a version holds in config.yaml alone, as that file and the environment have to have them.

config.yaml names an environment variable in place of the credential; the variable goes to a file of mode 0600.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import for_version
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import has_placeholder
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.values import costs
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.mcp_credential import only_in_config

_SAME = ("alias", "description", "transport", "url", "auth_type", "access_groups")


def config_of(servers: Iterable[Mapping[str, Any]], version: str) -> dict[str, Any]:
    """{mcp_servers: the section of config.yaml, environment: {variable: value}} of those that belong there."""
    capabilities = for_version(version)
    section, environment = {}, {}
    for server in servers:
        if server.get("state", "present") == "absent" or not only_in_config(server, capabilities):
            continue
        if has_placeholder(server):
            continue  # nobody here knows its credential; the engine says so
        name = variable(server["name"])
        environment[name] = server["auth_value"]
        section[server["name"]] = {
            "transport": "http",
            **{option: server[option] for option in _SAME if server.get(option)},
            "auth_value": f"os.environ/{name}",
            **_costs(server),
        }
    return {"mcp_servers": section, "environment": environment}


def variable(name: str) -> str:
    """The environment variable that holds a server's credential; of two servers never the same."""
    if "." not in name:
        return f"MCP_SERVER_{name}"
    return f"MCP_SERVER_{name.replace('.', '_')}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _costs(server: Mapping[str, Any]) -> dict[str, Any]:
    tools = server.get("tool_costs") or {}
    said = {
        "default_cost_per_query": costs({"cost_per_call": server.get("cost_per_call")}, "").get("cost_per_call"),
        "tool_name_to_cost_per_query": costs(tools, "tool_costs") if isinstance(tools, Mapping) else {},
    }
    found = {name: cost for name, cost in said.items() if cost}
    return {"mcp_info": {"mcp_server_cost_info": found}} if found else {}
