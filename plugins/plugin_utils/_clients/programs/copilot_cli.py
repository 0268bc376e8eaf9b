# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GitHub Copilot CLI: each server says which of its tools may be used."""

from __future__ import annotations

from ..declaration import Client

CLIENT = Client(
    name="copilot-cli",
    title="GitHub Copilot CLI",
    format="json",
    paths={
        "linux": "~/.copilot/mcp-config.json",
        "macos": "~/.copilot/mcp-config.json",
        "windows": "%USERPROFILE%\\.copilot\\mcp-config.json",
    },
    parent=("mcpServers",),
    entry=lambda server: {
        "type": server.transport,
        "url": server.url,
        "headers": server.headers,
        "tools": ["*"],
    },
    reference="${VAR}",
    transports=("http", "sse"),
    established="tried with npm @github/copilot 1.0.102",
    aliases=("copilot",),
)
