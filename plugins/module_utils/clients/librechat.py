# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LibreChat: the server's own librechat.yaml, beside its .env."""

from __future__ import annotations

from .declaration import Client

CLIENT = Client(
    name="librechat",
    title="LibreChat",
    format="yaml",
    paths={
        "linux": "~/LibreChat/librechat.yaml",
        "macos": "~/LibreChat/librechat.yaml",
        "windows": "%USERPROFILE%\\LibreChat\\librechat.yaml",
    },
    parent=("mcpServers",),
    entry=lambda server: {
        "type": "streamable-http" if server.transport == "http" else "sse",
        "url": server.url,
        "headers": server.headers,
    },
    reference="${VAR}",
    transports=("http", "sse"),
    established="documentation",
    note="LibreChat reads the file when it starts; in a container the variable has to be passed to it",
)
