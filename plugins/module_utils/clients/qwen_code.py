# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Qwen Code: settings as Gemini CLI once had them; streamable HTTP is httpUrl, SSE is url."""

from __future__ import annotations

from .declaration import Client

CLIENT = Client(
    name="qwen-code",
    title="Qwen Code",
    format="jsonc",
    paths={
        "linux": "~/.qwen/settings.json",
        "macos": "~/.qwen/settings.json",
        "windows": "%USERPROFILE%\\.qwen\\settings.json",
    },
    project=".qwen/settings.json",
    parent=("mcpServers",),
    entry=lambda server: {
        "httpUrl" if server.transport == "http" else "url": server.url,
        "headers": server.headers,
    },
    reference="${VAR}",
    transports=("http", "sse"),
    check="qwen mcp list",
    established="tried with npm @qwen-code/qwen-code 0.24.4",
    aliases=("qwen",),
)
