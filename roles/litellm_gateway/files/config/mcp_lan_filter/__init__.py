# The request filter: what stands before all of LiteLLM, in its own process.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets through what the list of requests names, and nothing else.

install() is all that is called from outside. It has all that is logged be JSON without keys (log.py), waits for some
of LiteLLM's modules to be imported and then
- wraps the application (application.py), before LiteLLM's authentication and logging,
- switches references to secrets off while a client's request is served (references.py),
- fetches images that messages name over HTTPS alone (images.py), and nothing that a JSON Schema refers to (schemas.py),
- leaves out the fallbacks that a key may not use (fallbacks.py),
- opens the routes of the list that 1.77.3 keeps for administrators (routes.py),
- shows the MCP servers beside it that it is their gateway, and hears that a tool has failed (servers.py),
- has the rows of the spend log name the request that they are of, say that it failed, and hold no copy of the list of
  models (spend_log.py),
- asks once a second whether the MCP servers are still the same (catalogue.py),
- looks the addresses of MCP servers up once a second (names.py),
- counts rates alone where the cache that counts them does not answer (rates.py),
- ends the process where it has lost its query engine for good (watch.py).

The guard refuses to be loaded where the application is not wrapped, and the filter lets no request through where the
guard is not among LiteLLM's callbacks, so that neither serves without the other.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

HERE = Path(__file__).parent
RULES = HERE.parent / "requests.json"
APPLICATION = "litellm.proxy.proxy_server"
SECRETS = "litellm.secret_managers.main"
TYPES = "litellm.proxy._types"
SPEND_LOG = "litellm.proxy.spend_tracking.spend_tracking_utils"
LOGGING = "litellm.litellm_core_utils.litellm_logging"
FALLBACKS = "litellm.router_utils.fallback_event_handlers"
CATALOGUE = "litellm.proxy._experimental.mcp_server.db"
SOCKETS = "anyio._core._sockets"
MCP_CLIENT = "litellm.experimental_mcp_client.client"
RATES = "litellm.proxy.hooks.parallel_request_limiter_v3"
SCHEMAS = "jsonschema.validators"


def digest(folder: Path = HERE.parent) -> str:
    """SHA-256 over the code of filter and guard, as it lies in a folder."""
    whole = hashlib.sha256()
    for part in sorted([*folder.glob("*.py"), *folder.glob("mcp_lan_filter/*.py")]):
        whole.update(hashlib.sha256(part.read_bytes()).digest())
    return whole.hexdigest()


def rules_digest(rules: Path = RULES) -> str:
    """SHA-256 of the list that is in force."""
    return hashlib.sha256(rules.read_bytes()).hexdigest()


def install() -> None:
    """To be called before LiteLLM is imported. Nothing happens in a process that never imports it."""
    from mcp_lan_filter import images, log
    from mcp_lan_filter.imports import after

    after(
        {
            APPLICATION: _wrap_application,
            SECRETS: _wrap_secrets,
            TYPES: _complete_routes,
            **dict.fromkeys(images.FUNCTIONS, images.wrap),
            LOGGING: _log_google,
            SPEND_LOG: _name_request,
            FALLBACKS: _hold_fallbacks,
            MCP_CLIENT: _show_token,
            CATALOGUE: _keep_revision,
            SOCKETS: _keep_addresses,
            RATES: _count_alone,
            SCHEMAS: _hold_schemas,
        }
    )
    log.install()


def _wrap_application(module) -> None:
    from mcp_lan_filter.application import wrap

    wrap(module.app, RULES)


def _wrap_secrets(module) -> None:
    from mcp_lan_filter.references import wrap

    wrap(module)


def _complete_routes(module) -> None:
    from mcp_lan_filter.routes import complete

    complete(module)


def _log_google(module) -> None:
    from mcp_lan_filter.google_log import wrap

    wrap(module)


def _name_request(module) -> None:
    from mcp_lan_filter.spend_log import wrap

    wrap(module)


def _keep_revision(module) -> None:
    from mcp_lan_filter.catalogue import wrap

    wrap(module)


def _keep_addresses(module) -> None:
    from mcp_lan_filter.names import wrap

    wrap(module)


def _count_alone(module) -> None:
    from mcp_lan_filter.rates import wrap

    wrap(module)


def _hold_schemas(module) -> None:
    from mcp_lan_filter.schemas import wrap

    wrap(module)


def _hold_fallbacks(module) -> None:
    from mcp_lan_filter.fallbacks import wrap
    from mcp_lan_filter.gateway import gateway

    wrap(module, gateway.may_use_model)


def _show_token(module) -> None:
    from mcp_lan_filter.servers import wrap

    wrap(module, lambda: sys.modules[APPLICATION].master_key)
