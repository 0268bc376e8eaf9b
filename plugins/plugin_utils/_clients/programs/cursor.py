# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cursor: mcp.json in the home or the project."""

from __future__ import annotations

from ..declaration import Client

CLIENT = Client(
    name="cursor",
    title="Cursor",
    format="jsonc",
    paths={"linux": "~/.cursor/mcp.json", "macos": "~/.cursor/mcp.json", "windows": "%USERPROFILE%\\.cursor\\mcp.json"},
    project=".cursor/mcp.json",
    parent=("mcpServers",),
    entry=lambda server: {"url": server.url, "headers": server.headers},
    reference="${env:VAR}",
    transports=("http", "sse"),
    established="documentation",
)
