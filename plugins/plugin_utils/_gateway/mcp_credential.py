# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How LiteLLM shows itself to an MCP server: with which headers, where a version keeps the credential, what cannot be.

Pure: an entry of the kind mcp_server goes in, whole or as a person wrote it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import Capabilities, require
from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import looks_secret
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import PLACEHOLDER

AUTH_TYPES = ("none", "api_key", "bearer_token", "basic", "authorization", "oauth2")
CLIENT = ("client_id", "client_secret", "token_url")
# What carries the client's own key to the gateway, and must not go on to a server.
_OF_THE_GATEWAY = ("authorization", "x-litellm-api-key")
_OF_A_USER = ("x-api-key", "api-key", "apikey")
_SCHEMES = {"bearer_token": "Bearer", "basic": "Basic"}


def headers(entry: Mapping[str, Any]) -> dict[str, str]:
    """The headers that LiteLLM sends for an entry, but for the one of an OAuth token, which has to be asked for."""
    kind, value = entry.get("auth_type") or "none", str(entry.get("auth_value") or "")
    found = {}
    if value and kind == "api_key":
        found["X-API-Key"] = value
    elif value and kind == "basic":
        found["Authorization"] = f"Basic {base64.b64encode(value.encode()).decode()}"
    elif value and kind == "bearer_token":
        found["Authorization"] = f"Bearer {value}"
    elif value and kind == "authorization":
        found["Authorization"] = value
    return {**found, **(entry.get("static_headers") or {})}


def token_request(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    """What LiteLLM asks a token endpoint with; None where no token is asked for."""
    if entry.get("auth_type") != "oauth2":
        return None
    return {**{name: entry.get(name) for name in CLIENT}, "scopes": list(entry.get("scopes") or ())}


def brought_by_client(entry: Mapping[str, Any]) -> bool:
    """Whether the gateway has no credential for the server: each client brings its user's own."""
    kind = entry.get("auth_type") or "none"
    if kind == "none":
        return any(str(name).lower() in _OF_A_USER for name in entry.get("extra_headers") or ())
    return kind != "oauth2" and not entry.get("auth_value")


def only_in_config(entry: Mapping[str, Any], capabilities: Capabilities) -> bool:
    """Whether this version keeps the entry's credential in config.yaml and nowhere else."""
    return bool(entry.get("auth_value")) and not capabilities.server_credentials


def problem(entry: Mapping[str, Any], current: Mapping[str, Any], capabilities: Capabilities) -> str | None:
    """Why the entry cannot be; None when it can. What the gateway has already as it is written is not refused."""
    return next(_problems(entry, current, capabilities), None)


def _problems(entry: Mapping[str, Any], current: Mapping[str, Any], capabilities: Capabilities) -> Iterator[str]:
    kind = entry["auth_type"]
    given = [name for name in CLIENT if entry.get(name)]
    value = entry.get("auth_value") or ""
    if value and kind in ("none", "oauth2"):
        yield (
            f"auth_value is for the auth_types api_key, bearer_token, basic and authorization, and not for {kind}: "
            + ("give client_id, client_secret and token_url." if kind == "oauth2" else "say which of them it is.")
        )
    if value and entry["transport"] == "stdio":
        yield "auth_value is for http and sse: a program that the gateway starts reads its credential from env."
    if value and value != PLACEHOLDER:
        yield from _badly_written(kind, value)
    if kind == "oauth2":
        refusal = require(capabilities.version, "oauth2_client")
        if refusal:
            yield f"auth_type oauth2 cannot be used: {refusal}."
        known = {*given, *(name for name in CLIENT if current.get(name))}
        missing = [name for name in CLIENT if name not in known]
        if missing:
            yield (
                f"auth_type oauth2 is OAuth 2 with client credentials, for which {' and '.join(missing)} "
                f"{'is' if len(missing) == 1 else 'are'} missing."
            )
    elif given or entry.get("scopes"):
        yield f"{(*given, 'scopes')[0]} is for auth_type oauth2, not {kind}."
    for name, each in (entry.get("static_headers") or {}).items():
        if _breaks(str(each)):
            yield f"static_headers.{name} has a line break, which no header can have."
        was = (current.get("static_headers") or {}).get(name)
        refusal = require(capabilities.version, "encrypted_headers")
        if refusal and each not in (was, PLACEHOLDER) and looks_secret(name, each):
            yield (
                f"static_headers.{name} looks like a secret, which this version keeps where everybody who reads its "
                f"database sees it: give it as auth_value; {refusal}."
            )
    for name in set(entry.get("extra_headers") or ()) - set(current.get("extra_headers") or ()):
        if name.lower() in _OF_THE_GATEWAY:
            yield (
                f"extra_headers has {name}, which would show the client's own key of the gateway to the server: set "
                "auth_type authorization without auth_value, and let clients send the header "
                f"x-mcp-{_prefix(entry)}-authorization."
            )
    prefix = _prefix(entry)
    if brought_by_client(entry) and prefix != prefix.lower() and not current:
        yield (
            f"it has auth_type {kind} and no auth_value, so that clients bring the credential as x-mcp-{prefix}-…, "
            f"which LiteLLM reads in lower case: set alias: {prefix.lower()}, or give auth_value."
        )


def _badly_written(kind: str, value: str) -> Iterator[str]:
    if _breaks(value):
        yield "auth_value has a line break, which no header can have."
    scheme = _SCHEMES.get(kind)
    if scheme and re.match(rf"{scheme}\s", value, re.IGNORECASE):
        yield f"auth_value begins with the word {scheme}, which LiteLLM adds for auth_type {kind}: leave it out."
    if kind == "basic" and ":" not in value:
        yield "auth_value of auth_type basic is written as user:password; LiteLLM encodes it."


def _breaks(value: str) -> bool:
    return "\n" in value or "\r" in value


def _prefix(entry: Mapping[str, Any]) -> str:
    return entry.get("alias") or entry["name"]
