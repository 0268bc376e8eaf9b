# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon Q Developer's command line."""

from __future__ import annotations

from ..declaration import Client

CLIENT = Client(
    name="amazon-q",
    title="Amazon Q Developer",
    format="json",
    paths={
        "linux": "~/.aws/amazonq/mcp.json",
        "macos": "~/.aws/amazonq/mcp.json",
        "windows": "%USERPROFILE%\\.aws\\amazonq\\mcp.json",
    },
    project=".amazonq/mcp.json",
    parent=("mcpServers",),
    entry=lambda server: {"type": "http", "url": server.url, "headers": server.headers},
    transports=("http",),
    established="documentation",
)
