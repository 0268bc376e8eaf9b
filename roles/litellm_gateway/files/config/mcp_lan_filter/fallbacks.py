# A fallback gives a key no model that it may not use.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fallbacks of the configuration are chosen by LiteLLM's router, after a request's model was held against its key.
1.77.3 holds them against nothing; 1.108.7 does so by itself (proxy/auth/fallback_model_access.py). Those that the key
may not name are left out here, before the router tries them, whatever the route and the kind of fallback.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable

from mcp_lan_filter.current import current


def model_of(target, failed: str) -> str:
    """The model that a fallback names: a text, or parameters in place of the request's, the model among them."""
    return str(target.get("model", failed)) if isinstance(target, dict) else str(target)


def wrap(module, may_use: Callable[[str | None, str], Awaitable[bool]]) -> None:
    """The module whose function goes through the fallbacks; may_use(key, model) tells what a key may name."""
    run = module.run_async_fallback

    @functools.wraps(run)
    async def held(*arguments, fallback_model_group, original_model_group, original_exception, **options):
        request = current.get()
        if request is not None:
            names = {model_of(one, original_model_group) for one in fallback_model_group} - {original_model_group}
            closed = {name for name in names if not await may_use(request.key, name)}
            open_ones = [one for one in fallback_model_group if model_of(one, original_model_group) not in closed]
            if not open_ones:
                raise original_exception
            fallback_model_group = open_ones
        return await run(
            *arguments,
            fallback_model_group=fallback_model_group,
            original_model_group=original_model_group,
            original_exception=original_exception,
            **options,
        )

    module.run_async_fallback = held
