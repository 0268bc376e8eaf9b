# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VS Code Insiders: the user's own mcp.json; the key is read from the editor's environment."""

from __future__ import annotations

from ..declaration import Client

CLIENT = Client(
    name="vscode-insiders",
    title="VS Code Insiders",
    format="jsonc",
    paths={
        "linux": "~/.config/Code - Insiders/User/mcp.json",
        "macos": "~/Library/Application Support/Code - Insiders/User/mcp.json",
        "windows": "%APPDATA%\\Code - Insiders\\User\\mcp.json",
    },
    project=".vscode/mcp.json",
    parent=("servers",),
    entry=lambda server: {"type": server.transport, "url": server.url, "headers": server.headers},
    reference="${env:VAR}",
    transports=("http", "sse"),
    established="as VS Code, in the folder of the Insiders build (documentation)",
    note="'MCP: List Servers', 'Show Output' says what it found; sign in anew once, so that it sees the variable",
)
