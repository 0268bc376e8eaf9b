# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kilo Code: kilo.jsonc, in the shape of opencode's file, its models as well."""

from __future__ import annotations

from ..declaration import Client
from . import opencode

CLIENT = Client(
    name="kilo-code",
    title="Kilo Code",
    format="jsonc",
    paths={
        "linux": "~/.config/kilo/kilo.jsonc",
        "macos": "~/.config/kilo/kilo.jsonc",
        "windows": "%USERPROFILE%\\.config\\kilo\\kilo.jsonc",
    },
    project="kilo.jsonc",
    parent=("mcp",),
    entry=lambda server: {
        "type": "remote",
        "url": server.url,
        "enabled": True,
        "oauth": False,
        "headers": server.headers,
    },
    models=opencode.CLIENT.models,
    transports=("http",),
    established="documentation",
)
