# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what an inventory declares to the hosts and ports that LiteLLM, or an MCP service, has to reach, and no more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import has_to_be, kind_of
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.yaml_core import load_own

PROVIDERS = Path(__file__).resolve().parents[2] / "roles/egress_proxy/files/providers.yml"
_PLACE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|\.?[A-Za-z0-9*](?:[A-Za-z0-9._*-]*[A-Za-z0-9*])?):([0-9]{1,5})")
_REFERENCE = re.compile(r"os\.environ/(\w+)")
# Names of models that LiteLLM knows without their provider's.
_BARE = (
    (re.compile(r"(gpt|o[1-9]|chatgpt|text-embedding|dall-e|whisper|tts|omni-moderation)\b.*"), "openai"),
    (re.compile(r"claude\b.*"), "anthropic"),
)
_URLS = ("api_base", "base_url")
_MCP_URLS = ("url", "token_url", "authorization_url", "registration_url", "spec_path")


def place(text: str) -> str:
    """HOST:PORT as it is compared: in lower case. A dot before a domain's name means all the names below it, too."""
    found = _PLACE.fullmatch(str(text))
    if not found or not 0 < int(found[2]) < 65536:
        raise UserError(
            f"'{text}' in litellm_gateway_egress_extra is not HOST:PORT, such as api.example.com:443.", "egress_invalid"
        )
    return f"{found[1].lower()}:{int(found[2])}"


def listed(hosts: Iterable[Any]) -> list[str]:
    """A person's list of hosts as HOST:PORT: that of https where no port is said."""
    found = set()
    for host in hosts:
        try:
            if not isinstance(host, str) or not host.lstrip("*."):
                raise UserError(host, "egress_invalid")
            found.add(place(host if re.search(r":[0-9]+$", host) else f"{host}:443"))
        except UserError:
            raise UserError(
                f"'{host}' is no host, such as api.example.com, .example.com or notes.lan:8443", "egress_invalid"
            ) from None
    return sorted(found)


def place_of(url: str) -> str | None:
    """Where a URL leads; nothing where it is none."""
    try:
        parts = urlsplit(str(url))
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        host = parts.hostname
    except ValueError:
        return None
    found = f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
    return found if host and port and _PLACE.fullmatch(found) else None


def resolved(value: Any, environment: Mapping[str, Any]) -> str:
    """A value, or what the gateway's environment says where it is a reference to it."""
    reference = _REFERENCE.fullmatch(str(value or ""))
    return str(environment.get(reference[1], "")) if reference else str(value or "")


def providers() -> dict[str, dict[str, Any]]:
    """What is known of the providers, by their names."""
    return load_own(PROVIDERS.read_text(encoding="utf-8"))


def provider_of(params: Mapping[str, Any]) -> str:
    """The provider of a model, as LiteLLM calls it; empty where its name does not say."""
    model = str(params.get("model") or "")
    if params.get("custom_llm_provider"):
        return str(params["custom_llm_provider"])
    if "/" in model:
        return model.partition("/")[0]
    return next((provider for name, provider in _BARE if name.fullmatch(model)), "")


def _of_model(params: Mapping[str, Any], environment: Mapping[str, Any], known: Mapping[str, Any]) -> set[str] | None:
    """The places of one model; nothing where they cannot be known."""
    if params.get("mock_response"):
        return set()
    provider = known.get(provider_of(params), {"hosts": []})
    said = {place_of(resolved(params[field], environment)) for field in _URLS if params.get(field)}
    places = said or set(provider["hosts"])
    return places | set(provider.get("also", ())) if places and None not in places else None


def _bases(entries: Iterable[Mapping[str, Any]], environment: Mapping[str, Any]) -> set[str]:
    """The addresses that credentials and guardrails say, wherever they say them."""
    found = set()
    for entry in entries:
        for part in (entry, *(value for value in entry.values() if isinstance(value, Mapping))):
            found |= {place_of(resolved(part[field], environment)) for field in _URLS if part.get(field)}
    return found - {None}


def _present(entries: Iterable[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
    return [entry for entry in entries or [] if entry.get("state") != "absent"]


def _mappings(said: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A list of entries; what is none of them is refused."""
    listed = said.get(name)
    if listed is not None and not isinstance(listed, (list, tuple)):
        raise UserError(f"{name}: it is a list of entries, this is {kind_of(listed)}.", "egress_invalid")
    for number, entry in enumerate(listed or []):
        if not isinstance(entry, Mapping):
            raise UserError(f"{name}[{number}]: an entry is a dictionary, this is {kind_of(entry)}.", "egress_invalid")
    return list(listed or [])


def direct(servers: Iterable[Mapping[str, Any]]) -> list[str]:
    """The hosts of MCP servers that share a network with the gateway: names without a dot, as containers have."""
    hosts = {(place_of(server.get("url") or "") or "").rpartition(":")[0] for server in servers}
    return sorted(host for host in hosts if host and "." not in host and not host.startswith("["))


def compute(said: Mapping[str, Any]) -> dict[str, list[str]]:
    """What may be asked (allowed, patterns), what needs no way out (direct), which models are not known (unknown)."""
    for name, kind, what in (("environment", Mapping, "a dictionary"), ("extra", (list, tuple), "a list")):
        if said.get(name) is not None and not isinstance(said[name], kind):
            place_said = "litellm_gateway_egress_extra" if name == "extra" else name
            raise UserError(f"{place_said} {has_to_be(what, said[name])}.", "egress_invalid")
    known = providers()
    environment = said.get("environment") or {}
    allowed = {place(one) for one in said.get("extra") or []}
    unknown = []
    for model in _present(_mappings(said, "models")):
        parameters = model.get("litellm_params")
        places = _of_model(parameters if isinstance(parameters, Mapping) else {}, environment, known)
        if places is None:
            unknown.append(str(model.get("name") or model.get("model_name")))
        else:
            allowed |= places
    allowed |= _bases(_present([*_mappings(said, "credentials"), *_mappings(said, "guardrails")]), environment)
    servers = _present(_mappings(said, "mcp_servers"))
    beside = direct(servers)
    for server in servers:
        urls = (str(server.get(field) or "") for field in _MCP_URLS)
        places = {place_of(url) for url in urls if url.startswith(("http://", "https://"))}
        allowed |= {one for one in places if one and one.rpartition(":")[0] not in beside}
    patterns = [pattern(one) for one in sorted(allowed)]
    return {"allowed": sorted(allowed), "patterns": patterns, "direct": beside, "unknown": sorted(unknown)}


def pattern(allowed: str) -> str:
    """HOST:PORT as an extended regular expression on what a proxy is asked for: a URL, or HOST:PORT of a CONNECT."""
    host, _colon, port = allowed.rpartition(":")
    escaped = re.sub(r"[.\[\]]", lambda found: f"[{found[0]}]" if found[0] == "." else "\\" + found[0], host)
    name = re.sub(r"^\[\.\]", "([a-z0-9_-]+[.])*", escaped.replace("*", "[a-z0-9-]+"))
    return f"^(http://)?{name}{f'(:{port})?' if port == '80' else f':{port}'}([/?].*)?$"
