# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part `openapi` of an entry of mcp_services: what it may say; and its document, read and prepared."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import yaml_core
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.openapi import select
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.options import as_text, name_of

FIELDS = ("document", "base_url", "auth", "operations", "names")
# Larger ones are no descriptions of an API.
LARGEST = 20_000_000
LARGEST_DOCUMENT = 5_000_000
# Nothing that describes an API is nested like that, and nothing that reads it recurses for ever.
DEEPEST = 100
LONGEST_SENTENCE = 600
_ADDRESS = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?(/[^?#@\s]*)?")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def checked(given: Any) -> dict[str, Any]:
    """The entry's openapi with all its fields; UserError for what can be seen without the document."""
    if not isinstance(given, Mapping):
        raise UserError("openapi is a dictionary with document and base_url", "openapi_invalid")
    if unknown := sorted(name_of(field) for field in given if field not in FIELDS):
        raise UserError(f"openapi has {', '.join(unknown)}, and can have {', '.join(FIELDS)}", "openapi_invalid")
    document = as_text(given.get("document")) or ""
    if not document.startswith(("/", "http://", "https://")):
        raise UserError(
            "openapi.document is a file of the controller by its whole path, such as {{ inventory_dir }}/notes.yml, or "
            f"a URL, not '{document}'",
            "openapi_invalid",
        )
    base_url = as_text(given.get("base_url")) or ""
    if not _ADDRESS.fullmatch(base_url):
        shown = "one with more than that" if "@" in base_url else f"'{base_url}'"
        raise UserError(
            f"openapi.base_url is the API's address, such as http://notes.lan/api, not {shown}: what is sent with each "
            "request (auth) goes there and nowhere else",
            "openapi_invalid",
        )
    auth = given.get("auth") or {}
    if not isinstance(auth, Mapping):
        raise UserError("openapi.auth is a dictionary of headers and their values", "openapi_invalid")
    headers = {name_of(header): as_text(value) or "" for header, value in auth.items()}
    for header, value in headers.items():
        if not _HEADER.fullmatch(header):
            raise UserError(f"openapi.auth has '{header}', which is no header's name", "openapi_invalid")
        if not value.strip() or re.search(r"[\r\n\0]", value):
            raise UserError(
                f"openapi.auth has no value, or one of several lines, for the header {header}", "openapi_invalid"
            )
    operations, names = given.get("operations"), given.get("names") or {}
    if operations is not None and (not operations or not _texts(operations)):
        raise UserError(
            'openapi.operations is a list of tool names and of "METHOD /path"; left out, it is all GET',
            "openapi_invalid",
        )
    if not isinstance(names, Mapping) or not _texts([*names, *names.values()]):
        raise UserError(
            'openapi.names is a dictionary from "METHOD /path" or operationId to the tool\'s name', "openapi_invalid"
        )
    return {
        "document": document,
        "base_url": base_url.rstrip("/"),
        "auth": {header: value.strip() for header, value in headers.items()},
        "operations": operations,
        "names": dict(names),
    }


def prepared(options: Mapping[str, Any]) -> str:
    """The document of what `checked` returned, with what was selected of it alone, as JSON."""
    place = str(options["document"])
    # What an address has before its @ is a password.
    named = re.sub(r"//[^/@]*@", "//", place)
    try:
        text = _decoded(_fetched(place) if place.startswith("http") else _read(place))
        document = _plain(_parsed(text), [LARGEST_DOCUMENT])
        return json.dumps(select(document, options["operations"], options["names"], list(options["headers"])))
    except UserError as error:
        raise UserError(
            one_line(f"the document {named} {str(error).replace(place, named)}"), "openapi_invalid"
        ) from None
    except RecursionError:
        raise UserError(
            f"the document {named} is nested too deeply to be one: name another", "openapi_invalid"
        ) from None


def _texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) and value for value in values)


def one_line(sentence: str) -> str:
    """Whatever of a document is in a sentence, it stays one, of a length that can be read."""
    line = " ".join("".join(each if each.isprintable() else " " for each in sentence).split())
    return line if len(line) <= LONGEST_SENTENCE else f"{line[:LONGEST_SENTENCE]}..."


def _read(place: str) -> bytes:
    try:
        with Path(place).open("rb") as file:
            return file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or error
        raise UserError(
            f"cannot be read on the controller: {what}: correct openapi.document, or the file", "openapi_invalid"
        ) from None


def _fetched(place: str) -> bytes:
    # In here, because most have none to fetch, and these take longer to import than all else.
    from http.client import HTTPException

    from ansible.module_utils.urls import ConnectionError as UrlConnectionError
    from ansible.module_utils.urls import open_url

    try:
        with open_url(place, timeout=30) as answer:
            return answer.read(LARGEST + 1)
    except (OSError, ValueError, HTTPException, UrlConnectionError) as error:
        raise UserError(
            f"cannot be fetched by the controller: {str(error)[:200]}: correct openapi.document, or save it as a file",
            "openapi_invalid",
        ) from None


def _decoded(data: bytes) -> str:
    """The text of a file as editors write it: UTF-8 or, with or without a mark, UTF-16 and UTF-32."""
    if len(data) > LARGEST:
        raise UserError(f"has over {LARGEST // 1_000_000} MB: name a smaller one", "openapi_invalid")
    try:
        return data.decode(json.detect_encoding(data)).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        at = error.start + 1
        raise UserError(
            f"cannot be read on the controller: it is not UTF-8 at byte {at}: save it as that", "openapi_invalid"
        ) from None


def _parsed(text: str) -> Any:
    """What a text of JSON or YAML holds."""
    try:
        return _json(text) if text.lstrip()[:1] in ("{", "[") else yaml_core.load(text, DEEPEST)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        why = error.problem or error.context
        raise UserError(f"is neither JSON nor YAML{at} ({why}): correct it there", "openapi_invalid") from None
    except (ValueError, yaml.YAMLError) as error:
        raise UserError(f"is neither JSON nor YAML ({str(error)[:200]}): correct it there", "openapi_invalid") from None


def _json(text: str) -> Any:
    """JSON first: it is the common case. What only begins like it is YAML."""
    try:
        return json.loads(text, parse_float=_float, parse_constant=str)
    except ValueError as error:
        try:
            return yaml_core.load(text, DEEPEST)
        except yaml.YAMLError:
            raise error from None


def _float(text: str) -> float | str:
    """One that is too large for a number stays a text."""
    return float(text) if math.isfinite(float(text)) else text


def _plain(value: Any, left: list[int], depth: int = 0) -> Any:
    """The value without what YAML unfolds without end, and without half characters, which are none in UTF-8."""
    left[0] -= 1
    if left[0] < 0:
        raise UserError(
            f"unfolds to more than {LARGEST_DOCUMENT} values: write it without so many aliases", "openapi_invalid"
        )
    if depth > DEEPEST:
        raise RecursionError
    if isinstance(value, dict):
        return {_plain(name, left, depth): _plain(inner, left, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner, left, depth + 1) for inner in value]
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) and not value.isascii() else value
