# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each model of an inventory is asked, and with which key: what model_probe takes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.model_servers import ANTHROPIC, ANY, AZURE, OPENROUTER
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import has_placeholder
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.egress import place_of, provider_of, providers, resolved

# Of these no list says whether a model is there: Azure's lists no deployments, OpenRouter's needs no key.
_UNLISTED = (AZURE, OPENROUTER, ANY)


def parameters_of(model: Mapping[str, Any], credentials: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A model's parameters, with what the credential says that it names."""
    parameters = dict(model.get("litellm_params") or {})
    named = parameters.get("litellm_credential_name")
    values = next((one.get("values") for one in credentials if named and one.get("name") == named), None)
    return {**(values or {}), **{name: value for name, value in parameters.items() if value not in (None, "")}}


def said(parameters: Mapping[str, Any], fields: Iterable[str], environment: Mapping[str, Any], names=()) -> str:
    """A parameter's value: the entry's own, else what the first of the variables says that LiteLLM looks for."""
    for field in fields:
        if parameters.get(field):
            return resolved(parameters[field], environment)
    return next((str(environment[name]) for name in names if environment.get(name)), "")


def endpoints(
    models: Iterable[Mapping[str, Any]],
    credentials: Iterable[Mapping[str, Any]] = (),
    environment: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """One for each deployment that is asked somewhere, by what is known of its provider."""
    known, credentials, found = providers(), list(credentials), []
    for model in models:
        parameters = parameters_of(model, credentials)
        if model.get("state") == "absent" or parameters.get("mock_response") or has_placeholder(parameters):
            continue
        made = _endpoint(model, parameters, known, environment or {})
        if made:
            found.append(made)
    return found


def _endpoint(
    model: Mapping[str, Any],
    parameters: Mapping[str, Any],
    known: Mapping[str, Mapping[str, Any]],
    environment: Mapping[str, Any],
) -> dict[str, Any] | None:
    name = provider_of(parameters)
    provider = known.get(name, {})
    own = said(parameters, ("api_base", "base_url"), environment, provider.get("base", ()))
    url = own or provider.get("url") or next((f"https://{host}" for host in provider.get("hosts", ())), "")
    if "*" in url or place_of(url) is None:
        return None
    api = provider.get("api", ANY)
    if api == ANTHROPIC:
        url = url.rstrip("/").removesuffix("/v1/messages").removesuffix("/v1")
    called = str(parameters.get("model") or "").removeprefix(f"{name}/")
    endpoint = {"name": model.get("name") or called, "url": url, "api": api}
    if api not in _UNLISTED and "*" not in called:
        endpoint["model"] = called
    if key := said(parameters, ("api_key",), environment, provider.get("key", ())):
        endpoint["key"] = key
    if isinstance(parameters.get("extra_headers"), Mapping):
        endpoint["headers"] = dict(parameters["extra_headers"])
    if parameters.get("ssl_verify") is False:
        endpoint["verify"] = False
    return endpoint
