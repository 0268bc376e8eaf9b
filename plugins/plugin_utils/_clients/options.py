# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How one program of one user is given to an action; plugins/doc_fragments/clients.py says what each option means."""

from __future__ import annotations

CLIENT = {
    "user": {"type": "str", "required": True},
    "client": {"type": "str", "required": True},
    "host": {"type": "str"},
    "key": {"type": "str", "no_log": False},
    "key_value": {"type": "str", "no_log": True},
    "key_in": {"type": "str", "choices": ["environment", "file"], "default": "environment", "no_log": False},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "transport": {"type": "str", "choices": ["http", "sse"], "default": "http"},
    "url": {"type": "str"},
    "server_name": {"type": "str"},
    "variable": {"type": "str"},
    "home": {"type": "str"},
    "path": {"type": "str"},
    "models": {"type": "bool"},
    "model": {"type": "str"},
}
COMMON = {
    "clients": {"type": "list", "elements": "dict", "required": True, "options": CLIENT},
    "gateway_url": {"type": "str"},
    "server_name": {"type": "str", "default": "litellm"},
    "store": {"type": "str"},
}


def defaults_from(options: dict, ca_certificates: str = "") -> dict:
    """Return what holds for every program that does not say otherwise.

    ca_certificates: of whom to trust at the gateway (PEM), where it is reached by https.
    """
    gateway = options["gateway_url"].rstrip("/") if options["gateway_url"] else None
    return {
        "gateway": gateway,
        "url": gateway and f"{gateway}/mcp/",
        "server_name": options["server_name"],
        "ca_certificates": ca_certificates,
    }
