# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kimi: the variable that holds the key is named, as in Codex."""

from __future__ import annotations

from typing import Any

from .declaration import Client, Server


def _entry(server: Server) -> dict[str, Any]:
    if server.variable:
        return {"url": server.url, "bearerTokenEnvVar": server.variable}
    return {"url": server.url, "headers": server.headers}


CLIENT = Client(
    name="kimi",
    title="Kimi",
    format="json",
    paths={
        "linux": "~/.kimi-code/mcp.json",
        "macos": "~/.kimi-code/mcp.json",
        "windows": "%USERPROFILE%\\.kimi-code\\mcp.json",
    },
    parent=("mcpServers",),
    entry=_entry,
    reference="VAR",
    transports=("http",),
    established="tried with npm @moonshot-ai/kimi-code 2.1.0",
)
