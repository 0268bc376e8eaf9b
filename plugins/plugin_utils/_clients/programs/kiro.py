# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kiro: expands only variables that its user has approved, so the key stands in the file."""

from __future__ import annotations

from ..declaration import Client

CLIENT = Client(
    name="kiro",
    title="Kiro",
    format="json",
    paths={
        "linux": "~/.kiro/settings/mcp.json",
        "macos": "~/.kiro/settings/mcp.json",
        "windows": "%USERPROFILE%\\.kiro\\settings\\mcp.json",
    },
    project=".kiro/settings/mcp.json",
    parent=("mcpServers",),
    entry=lambda server: {"url": server.url, "headers": server.headers, "disabled": False},
    transports=("http",),
    established="documentation",
)
