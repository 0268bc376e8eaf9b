# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Windsurf: the URL is called serverUrl."""

from __future__ import annotations

from ..declaration import Client

CLIENT = Client(
    name="windsurf",
    title="Windsurf",
    format="json",
    paths={
        "linux": "~/.codeium/windsurf/mcp_config.json",
        "macos": "~/.codeium/windsurf/mcp_config.json",
        "windows": "%USERPROFILE%\\.codeium\\windsurf\\mcp_config.json",
    },
    parent=("mcpServers",),
    entry=lambda server: {"serverUrl": server.url, "headers": server.headers},
    reference="${env:VAR}",
    transports=("http", "sse"),
    established="documentation",
)
