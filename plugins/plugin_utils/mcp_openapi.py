# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part `openapi` of an entry of mcp_services: what it may say; and its document, read and prepared."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.urls import open_url
from ansible_collections.mcp_lan.litellm.plugins.module_utils.openapi import DocumentError, select

FIELDS = ("document", "base_url", "auth", "operations", "names")
# Larger ones are no descriptions of an API.
LARGEST = 20_000_000
_ADDRESS = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?(/[^?#@\s]*)?")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


class OpenApiError(ValueError):
    """The end of a sentence that names the service: what is wrong with its openapi, what to do."""


class _Loader(yaml.SafeLoader):
    """YAML as OpenAPI means it: a date is a text, and so are yes, no, on and off."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, re.compile("true|false|True|False|TRUE|FALSE") if tag.endswith(":bool") else form)
        for tag, form in resolvers
        if not tag.endswith(":timestamp")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def checked(given: Any) -> dict[str, Any]:
    """The entry's openapi with all its fields; OpenApiError for what can be seen without the document."""
    if not isinstance(given, Mapping):
        raise OpenApiError("openapi is a dictionary with document and base_url")
    if unknown := sorted(set(given) - set(FIELDS)):
        raise OpenApiError(f"openapi has {', '.join(unknown)}, and can have {', '.join(FIELDS)}")
    document = str(given.get("document") or "")
    if not document.startswith(("/", "http://", "https://")):
        raise OpenApiError(
            "openapi.document is a file of the controller by its whole path, such as {{ inventory_dir }}/notes.yml, or "
            f"a URL, not '{document}'"
        )
    base_url = str(given.get("base_url") or "")
    if not _ADDRESS.fullmatch(base_url):
        shown = "one with more than that" if "@" in base_url else f"'{base_url}'"
        raise OpenApiError(
            f"openapi.base_url is the API's address, such as http://notes.lan/api, not {shown}: what is sent with each "
            "request (auth) goes there and nowhere else"
        )
    auth = given.get("auth") or {}
    if not isinstance(auth, Mapping):
        raise OpenApiError("openapi.auth is a dictionary of headers and their values")
    for header, value in auth.items():
        if not _HEADER.fullmatch(str(header)):
            raise OpenApiError(f"openapi.auth has '{header}', which is no header's name")
        if not str(value or "").strip() or re.search(r"[\r\n\0]", str(value)):
            raise OpenApiError(f"openapi.auth has no value, or one of several lines, for the header {header}")
    operations, names = given.get("operations"), given.get("names") or {}
    if operations is not None and (not operations or not _texts(operations)):
        raise OpenApiError('openapi.operations is a list of tool names and of "METHOD /path"; left out, it is all GET')
    if not isinstance(names, Mapping) or not _texts([*names, *names.values()]):
        raise OpenApiError('openapi.names is a dictionary from "METHOD /path" or operationId to the tool\'s name')
    return {
        "document": document,
        "base_url": base_url.rstrip("/"),
        "auth": {str(header): str(value).strip() for header, value in auth.items()},
        "operations": operations,
        "names": dict(names),
    }


def prepared(options: Mapping[str, Any]) -> str:
    """The document of what `checked` returned, with what was selected of it alone, as JSON."""
    place = options["document"]
    text = _fetched(place) if place.startswith("http") else _read(place)
    try:
        # JSON first: it is the common case, and YAML takes minutes for a large one.
        document = json.loads(text) if text.lstrip()[:1] == "{" else yaml.load(text, _Loader)
    except (ValueError, yaml.YAMLError) as error:
        where = re.sub(r"\s+", " ", str(error))[:200]
        raise OpenApiError(f"the document {place} is neither JSON nor YAML: {where}") from None
    try:
        selected = select(document, options["operations"], options["names"], list(options["headers"]))
    except DocumentError as error:
        raise OpenApiError(f"the document {place} {error}") from None
    return json.dumps(selected, default=str)


def _texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) and value for value in values)


def _read(place: str) -> str:
    try:
        return Path(place).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        what = getattr(error, "strerror", None) or "it is not UTF-8"
        raise OpenApiError(f"the document {place} cannot be read on the controller: {what}") from None


def _fetched(place: str) -> str:
    try:
        with open_url(place, timeout=30) as answer:
            text = answer.read(LARGEST + 1)
        if len(text) > LARGEST:
            raise OpenApiError(f"the document {place} has over {LARGEST // 1_000_000} MB")
        return text.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = re.sub(r"\s+", " ", str(error))[:200]
        raise OpenApiError(f"the document {place} cannot be fetched by the controller: {why}") from None
