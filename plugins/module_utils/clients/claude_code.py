# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Claude Code: ~/.claude.json, which the program itself rewrites all the time."""

from __future__ import annotations

from .declaration import Client

CLIENT = Client(
    name="claude-code",
    title="Claude Code",
    format="json",
    paths={"linux": "~/.claude.json", "macos": "~/.claude.json", "windows": "%USERPROFILE%\\.claude.json"},
    project=".mcp.json",
    parent=("mcpServers",),
    entry=lambda server: {"type": server.transport, "url": server.url, "headers": server.headers},
    reference="${VAR}",
    transports=("http", "sse"),
    check="claude mcp list",
    established="tried with npm @anthropic-ai/claude-code 2.1.329",
)
