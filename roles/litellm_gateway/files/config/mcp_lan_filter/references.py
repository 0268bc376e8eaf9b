# No request can name a secret of the gateway.
# SPDX-License-Identifier: GPL-3.0-or-later
"""LiteLLM writes C(os.environ/NAME) and C(oidc/...) for "the value is over there", and resolves configuration when it
is loaded. What still is such a reference while a client's request is served, and stands in no configured model, has
come with it. The gateway's own secrets are not given out then by their bare names either.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable

from mcp_lan_filter.current import current

PREFIXES = ("os.environ/", "oidc/")
OWN = ("LITELLM_MASTER_KEY", "LITELLM_SALT_KEY", "DATABASE_URL")


class ReferenceRefused(ValueError):
    """A request that names a value of the gateway's environment."""


def refused(name) -> bool:
    """Whether this is not to be looked up now."""
    if current.get() is None or not isinstance(name, str):
        return False
    return name in OWN or (name.startswith(PREFIXES) and not _configured(name))


def _configured(reference: str) -> bool:
    """Whether a model or a credential of the configuration says so: some tokens of cloud providers are fetched for each
    request.
    """
    router = getattr(sys.modules.get("litellm.proxy.proxy_server"), "llm_router", None)
    models = [one.get("litellm_params") for one in getattr(router, "model_list", None) or [] if isinstance(one, dict)]
    credentials = getattr(sys.modules.get("litellm"), "credential_list", None) or []
    values = [*models, *(getattr(one, "credential_values", None) for one in credentials)]
    return any(reference in one.values() for one in values if isinstance(one, dict))


def held(get_secret: Callable) -> Callable:
    """LiteLLM's function, but for what a request could name."""

    @functools.wraps(get_secret)
    def wrapped(secret_name, *arguments, **options):
        if refused(secret_name):
            raise ReferenceRefused("a request cannot name a value of the gateway's environment")
        return get_secret(secret_name, *arguments, **options)

    return wrapped


def wrap(module) -> None:
    """All of the module's functions that look a secret up call this one."""
    module.get_secret = held(module.get_secret)
