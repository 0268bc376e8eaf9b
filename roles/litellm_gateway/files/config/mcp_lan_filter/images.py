# Which images of a request the gateway fetches.
# SPDX-License-Identifier: GPL-3.0-or-later
"""For some providers, and to count tokens, LiteLLM fetches an image that a message names, 1.77.3 from any address that
it reaches. Over HTTPS that is what the way out allows; over HTTP it would be the MCP servers, which are near.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable

from mcp_lan_filter.current import current

# What fetches, by its module. A module that lacks one is another LiteLLM than those that are known, and does not start.
FUNCTIONS = {
    "litellm.litellm_core_utils.prompt_templates.image_handling": (
        "async_convert_url_to_base64",
        "convert_url_to_base64",
    ),
    "litellm.litellm_core_utils.prompt_templates.factory": (
        "_load_image_from_url",
        "BedrockImageProcessor.get_image_details",
        "BedrockImageProcessor.get_image_details_async",
    ),
    "litellm.litellm_core_utils.token_counter": ("get_image_dimensions",),
}
# An image that is in the message itself, as get_image_dimensions is given one, too.
ALLOWED = ("https://", "data:")


def held(fetch: Callable) -> Callable:
    """LiteLLM's function, but for what a client's request may not name: its first argument, however called."""
    name = next(iter(inspect.signature(fetch).parameters))

    @functools.wraps(fetch)
    def wrapped(*arguments, **options):
        url = arguments[0] if arguments else options[name]
        if current.get() is not None and not str(url).lower().startswith(ALLOWED):
            raise ValueError("an image is fetched over HTTPS alone; send it in the message")
        return fetch(*arguments, **options)

    return wrapped


def wrap(module) -> None:
    """All of the module's functions; others take them from it after this."""
    for name in FUNCTIONS[module.__name__]:
        owner, _dot, function = name.rpartition(".")
        place = getattr(module, owner) if owner else module
        fetch = held(getattr(place, function))
        setattr(place, function, staticmethod(fetch) if inspect.isclass(place) else fetch)
