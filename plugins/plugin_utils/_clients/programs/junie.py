# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Junie, JetBrains' agent."""

from __future__ import annotations

from ..declaration import Client

CLIENT = Client(
    name="junie",
    title="JetBrains Junie",
    format="json",
    paths={
        "linux": "~/.junie/mcp/mcp.json",
        "macos": "~/.junie/mcp/mcp.json",
        "windows": "%USERPROFILE%\\.junie\\mcp\\mcp.json",
    },
    project=".junie/mcp/mcp.json",
    parent=("mcpServers",),
    entry=lambda server: {"url": server.url, "headers": server.headers},
    transports=("http",),
    established="documentation",
    aliases=("jetbrains",),
)
