# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""goose: YAML; the variables that an extension may read are listed in env_keys."""

from __future__ import annotations

from typing import Any

from ..declaration import Client, Server


def _entry(server: Server) -> dict[str, Any]:
    return {
        "enabled": True,
        "type": "streamable_http" if server.transport == "http" else "sse",
        "name": server.name,
        "description": "Tools behind the gateway",
        "uri": server.url,
        "headers": server.headers,
        "env_keys": [server.variable] if server.variable else [],
        "envs": {},
        "timeout": 300,
        "bundled": False,
    }


CLIENT = Client(
    name="goose",
    title="goose",
    format="yaml",
    paths={
        "linux": "~/.config/goose/config.yaml",
        "macos": "~/.config/goose/config.yaml",
        "windows": "%APPDATA%\\Block\\goose\\config\\config.yaml",
    },
    parent=("extensions",),
    entry=_entry,
    reference="${VAR}",
    transports=("http", "sse"),
    established="tried with npm @aaif/goose 1.34.0",
)
