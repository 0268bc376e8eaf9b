# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Zed: settings.json with comments, in ~/.config on macOS too; headers name no variables."""

from __future__ import annotations

from ..declaration import Client

CLIENT = Client(
    name="zed",
    title="Zed",
    format="jsonc",
    paths={
        "linux": "~/.config/zed/settings.json",
        "macos": "~/.config/zed/settings.json",
        "windows": "%APPDATA%\\Zed\\settings.json",
    },
    project=".zed/settings.json",
    parent=("context_servers",),
    entry=lambda server: {"url": server.url, "headers": server.headers},
    transports=("http",),
    established="read in the source",
)
