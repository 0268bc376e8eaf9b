# Which images of a request the gateway fetches.
# SPDX-License-Identifier: GPL-3.0-or-later
"""For some providers LiteLLM fetches an image that a message names, 1.77.3 from any address that it reaches. Over HTTPS
that is what the way out allows; over HTTP it would be the MCP servers, which it reaches without one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from mcp_lan_filter.current import current

FUNCTIONS = ("async_convert_url_to_base64", "convert_url_to_base64")


def held(fetch: Callable) -> Callable:
    """LiteLLM's function, but for addresses that a client's request may not name."""

    @functools.wraps(fetch)
    def wrapped(url, *arguments, **options):
        if current.get() is not None and not str(url).lower().startswith("https://"):
            raise ValueError("an image is fetched over HTTPS alone; send it in the message")
        return fetch(url, *arguments, **options)

    return wrapped


def wrap(module) -> None:
    """Both of the module's functions; others take them from it after this."""
    for name in FUNCTIONS:
        setattr(module, name, held(getattr(module, name)))
