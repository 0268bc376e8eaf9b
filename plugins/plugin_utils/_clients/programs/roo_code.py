# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roo Code, an extension of VS Code: the transport has to be named."""

from __future__ import annotations

from ..declaration import Client

_FILE = "User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json"

CLIENT = Client(
    name="roo-code",
    title="Roo Code",
    format="json",
    paths={
        "linux": f"~/.config/Code/{_FILE}",
        "macos": f"~/Library/Application Support/Code/{_FILE}",
        "windows": "%APPDATA%\\Code\\" + _FILE.replace("/", "\\"),
    },
    project=".roo/mcp.json",
    parent=("mcpServers",),
    entry=lambda server: {
        "type": "streamable-http" if server.transport == "http" else "sse",
        "url": server.url,
        "headers": server.headers,
    },
    reference="${env:VAR}",
    transports=("http", "sse"),
    established="read in the source",
)
