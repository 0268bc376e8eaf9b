# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LM Studio: mcp.json in the notation of Cursor."""

from __future__ import annotations

from ..declaration import Client

CLIENT = Client(
    name="lm-studio",
    title="LM Studio",
    format="json",
    paths={
        "linux": "~/.lmstudio/mcp.json",
        "macos": "~/.lmstudio/mcp.json",
        "windows": "%USERPROFILE%\\.lmstudio\\mcp.json",
    },
    parent=("mcpServers",),
    entry=lambda server: {"url": server.url, "headers": server.headers},
    transports=("http",),
    established="documentation",
)
