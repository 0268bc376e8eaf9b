# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cline's command line: only the literal key works."""

from __future__ import annotations

from ..declaration import Client

CLIENT = Client(
    name="cline",
    title="Cline",
    format="json",
    paths={
        "linux": "~/.cline/data/settings/cline_mcp_settings.json",
        "macos": "~/.cline/data/settings/cline_mcp_settings.json",
        "windows": "%USERPROFILE%\\.cline\\data\\settings\\cline_mcp_settings.json",
    },
    parent=("mcpServers",),
    entry=lambda server: {
        "type": "streamableHttp" if server.transport == "http" else "sse",
        "url": server.url,
        "headers": server.headers,
        "disabled": False,
    },
    transports=("http", "sse"),
    established="tried with npm cline 3.0.65",
)
