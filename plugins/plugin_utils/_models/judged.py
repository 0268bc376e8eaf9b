# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be seen to be wrong of a model without asking anybody. LiteLLM takes it, and fails at the first chat."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import NEWEST_TESTED, parse
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import has_placeholder
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._litellm.settings import section
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._models.servers import parameters_of, said
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify.proof_models import is_private
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.egress import place_of, provider_of, providers

# How near a name has to be to one that LiteLLM reads to be meant for it: what it does not read goes to the provider,
# which may have a name of its own (top_k beside top_p).
NEAR = 0.88
_REFERENCE = re.compile(r"os\.environ/(\w+)")
_NUMBERS = ("weight", "order", "rpm", "tpm", "max_parallel_requests", "timeout", "stream_timeout", "max_retries")


def refusals(
    models: Iterable[Mapping[str, Any]],
    credentials: Iterable[Mapping[str, Any]],
    version: str,
    environment: Mapping[str, Any] | None,
    router: Mapping[str, Any] | None = None,
) -> list[str]:
    """A sentence for each thing that is wrong; environment: LiteLLM's, None where it is not this inventory's to say;
    router: the settings of its router.
    """
    known, credentials, found = providers(), list(credentials), []
    # LiteLLM 1.77.3 looks at the order among its checks before a call alone (router.py, _pre_call_checks).
    older = parse(version) < parse(NEWEST_TESTED)
    checks = (router or {}).get("enable_pre_call_checks")
    unordered = older and not checks
    for model in models:
        parameters = parameters_of(model, credentials)
        if model.get("state") == "absent" or has_placeholder(parameters):
            continue
        wrong = [*_names(parameters, version), *_numbers(parameters), *_provider(parameters, version)]
        if unordered and environment is not None and parameters.get("order") is not None:
            wrong.append(
                f"litellm_params.order counts in LiteLLM {version} only with enable_pre_call_checks: true in "
                "router_settings of litellm_gateway_config"
            )
        if older and checks and parameters.get("api_base") and not parameters.get("custom_llm_provider"):
            # Of a model that its list of prices lacks it takes the name that clients use for the provider's (ibid.).
            wrong.append(
                f"litellm_params: with enable_pre_call_checks LiteLLM {version} answers 400 to each request for a "
                "model of one's own server: add custom_llm_provider, the word before the / of model"
            )
        if environment is not None:
            wrong += _references(parameters, environment)
            # What a credential has that is not of this inventory nobody here knows.
            named = parameters.get("litellm_credential_name")
            elsewhere = bool(named) and named not in [one.get("name") for one in credentials]
            if not (wrong or elsewhere or parameters.get("mock_response")):
                wrong += _place_and_key(parameters, known, environment)
        found += [f"model {model.get('name')!r}: {one}{'?' if 'did you mean' in one else '.'}" for one in wrong]
    return found


def _names(parameters: Mapping[str, Any], version: str) -> Iterator[str]:
    known = section(version, "litellm_params").keys
    for name in parameters:
        if name not in known and (near := get_close_matches(str(name), known, n=1, cutoff=NEAR)):
            yield f"litellm_params: LiteLLM {version} does not read {name!r}: did you mean {near[0]!r}"


def _numbers(parameters: Mapping[str, Any]) -> Iterator[str]:
    for name in _NUMBERS:
        value = parameters.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value < 0:
            yield f"litellm_params.{name} is {value}: write a number of 0 or more"


def _provider(parameters: Mapping[str, Any], version: str) -> Iterator[str]:
    model = str(parameters.get("model") or "")
    name = provider_of(parameters)
    known = section(version, "providers")
    if "/" not in model or not name or name in known.keys or parameters.get("mock_response"):
        return
    near = get_close_matches(name, known.keys, n=1, cutoff=0.75)
    if name in known.newer:
        yield f"LiteLLM {version} has no provider {name!r}, but {known.newer[name]} has"
    elif near:
        yield f"litellm_params.model: there is no provider {name!r}: did you mean {near[0]!r}"
    elif is_private(parameters.get("api_base")):
        yield (
            f"litellm_params.model: there is no provider {name!r}: for a server that speaks OpenAI's API write "
            f"hosted_vllm/{model}"
        )


def _references(parameters: Mapping[str, Any], environment: Mapping[str, Any]) -> Iterator[str]:
    for name, value in parameters.items():
        reference = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if reference and reference[1] not in environment:
            yield (
                f"litellm_params.{name} is {value}, and LiteLLM's environment has no {reference[1]}: set it in "
                "litellm_gateway_secret_environment"
            )


def _place_and_key(
    parameters: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]], environment: Mapping[str, Any]
) -> Iterator[str]:
    name = provider_of(parameters)
    provider = known.get(name, {})
    base = said(parameters, ("api_base", "base_url"), environment, provider.get("base", ()))
    if name in known and not provider["hosts"] and not base:
        yield f"litellm_params.api_base is missing: {name} is a server of your own, or has an address for each customer"
    if base and "*" not in base and place_of(base) is None:
        yield "litellm_params.api_base leads nowhere: write it whole, such as http://ollama.lan:11434"
    if provider.get("key") and not said(parameters, ("api_key",), environment, provider["key"]):
        yield (
            f"litellm_params.api_key is missing: LiteLLM asks {name} with a key alone; a server that wants none is "
            "shown any, such as none"
        )
