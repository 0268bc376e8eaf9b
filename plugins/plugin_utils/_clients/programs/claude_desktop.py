# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Claude Desktop: starts programs only, so npm's mcp-remote bridges to the gateway."""

from __future__ import annotations

from typing import Any

from ..declaration import Client, Server

# The only release that was tried; a moving one would run with the key in its environment.
_BRIDGE = "mcp-remote@0.15.1"


def _entry(server: Server) -> dict[str, Any]:
    # The header has no space and comes from the environment: on Windows arguments with a space are taken apart, and
    # an argument is seen by everyone who lists the processes.
    arguments = ["-y", _BRIDGE, server.url, "--transport", f"{server.transport}-only"]
    if server.url.startswith("http://"):
        arguments.append("--allow-http")
    # What it starts has nothing of its own environment but what the entry says.
    authorities = {"NODE_EXTRA_CA_CERTS": server.ca_path} if server.ca_path else {}
    return {
        "command": "npx",
        "args": [*arguments, "--header", "Authorization:${MCP_LAN_AUTHORIZATION}"],
        "env": {"MCP_LAN_AUTHORIZATION": server.bearer, **authorities},
    }


CLIENT = Client(
    name="claude-desktop",
    title="Claude Desktop",
    format="json",
    paths={
        "linux": "~/.config/Claude/claude_desktop_config.json",
        "macos": "~/Library/Application Support/Claude/claude_desktop_config.json",
        "windows": "%APPDATA%\\Claude\\claude_desktop_config.json",
    },
    parent=("mcpServers",),
    entry=_entry,
    transports=("http", "sse"),
    ca_in_entry=True,
    established="documentation; the bridge was tried: npm mcp-remote 0.15.1",
    # Of many reports, anthropics/claude-code issue 26073; its own "Edit Config" opens the file that it does not read.
    note="on Windows, where it comes as a package, it reads the same file below "
    "%LOCALAPPDATA%\\Packages\\Claude_pzs8sxrjxfjjc\\LocalCache\\Roaming instead of %APPDATA%",
)
