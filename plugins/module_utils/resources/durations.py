# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spans of time as LiteLLM writes them (30s, 10m, 12h, 7d, 2w, 1mo)."""

from __future__ import annotations

import re

from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.base import ResourceError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "mo": 2592000}


def in_seconds(text: str) -> int:
    match = re.fullmatch(r"([1-9]\d*)(s|mo|m|h|d|w)", text)
    if not match:
        raise ResourceError(f"{text!r} is not a span of time: write a number and s, m, h, d, w or mo, such as 30d.")
    return int(match[1]) * _SECONDS[match[2]]
