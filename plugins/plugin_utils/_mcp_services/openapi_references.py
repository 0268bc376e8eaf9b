# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a $ref of an OpenAPI document names: any place of the document, by its JSON pointer or its anchor. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import kind_of

# A reference to a reference to a reference: more steps than that are a circle.
_STEPS = 40


class References:
    """The places of one document."""

    def __init__(self, document: Mapping[str, Any]):
        self._document = document
        self._anchors: dict[str, Any] | None = None

    def resolved(self, value: Any, where: str) -> Mapping[str, Any]:
        """What the value refers to, or the value itself; what stands beside a reference takes precedence."""
        beside: dict[str, Any] = {}
        for _step in range(_STEPS):
            if not isinstance(value, Mapping):
                raise UserError(
                    f"has {where} as {kind_of(value)}, where a dictionary belongs: correct it", "openapi_invalid"
                )
            if not isinstance(value.get("$ref"), str):
                return {**value, **beside} if beside else value
            beside = {**{field: inner for field, inner in value.items() if field != "$ref"}, **beside}
            value = self.target(value["$ref"], where)
        raise UserError(
            f"refers in a circle in {where}: let one of the references name something else", "openapi_invalid"
        )

    def last(self, reference: str, where: str) -> tuple[str, Any]:
        """The last of references that are nothing but references, and what it names."""
        for _step in range(_STEPS):
            found = self.target(reference, where)
            if not (isinstance(found, Mapping) and set(found) == {"$ref"} and isinstance(found["$ref"], str)):
                return reference, found
            reference = found["$ref"]
        raise UserError(
            f"refers in a circle in {where}: let one of the references name something else", "openapi_invalid"
        )

    def heirs(self, reference: str) -> list[str]:
        """The schemas of the components that are one of this kind by their allOf, directly or not."""
        components = self._document.get("components")
        schemas = components.get("schemas") if isinstance(components, Mapping) else None
        above = {
            f"#/components/schemas/{_escaped(str(name))}": [
                parts(each["$ref"])
                for each in (schema["allOf"] if isinstance(schema.get("allOf"), list) else [])
                if isinstance(each, Mapping) and isinstance(each.get("$ref"), str)
            ]
            for name, schema in (schemas.items() if isinstance(schemas, Mapping) else ())
            if isinstance(schema, Mapping)
        }
        known = [reference]
        for one in known:
            known += [name for name, each in above.items() if parts(one) in each and name not in known]
        return known[1:]

    def target(self, reference: str, where: str) -> Any:
        """What a reference names."""
        if not reference.startswith("#"):
            raise UserError(
                f"refers to {reference} in {where}, which is in another document: put both into one", "openapi_invalid"
            )
        if not reference.startswith("#/"):
            return self._anchor(reference, where)
        found: Any = self._document
        for part in parts(reference):
            found = self._within(found, part)
            if found is _NOWHERE:
                raise UserError(
                    f"refers to {reference} in {where}, and does not have it: add it, or correct the reference",
                    "openapi_invalid",
                )
        return found

    def _within(self, found: Any, part: str, steps: int = 3) -> Any:
        """One step of a pointer; one that leads through a reference goes on behind it."""
        if isinstance(found, list):
            current = part.isascii() and part.isdigit() and len(part) < 8 and int(part) < len(found)
            return found[int(part)] if current else _NOWHERE
        if not isinstance(found, Mapping):
            return _NOWHERE
        if part in found:
            return found[part]
        beyond = found.get("$ref")
        if steps and isinstance(beyond, str) and beyond.startswith("#/"):
            onward: Any = self._document
            for each in parts(beyond):
                onward = self._within(onward, each, steps - 1)
            return self._within(onward, part, steps - 1)
        return _NOWHERE

    def _anchor(self, reference: str, where: str) -> Any:
        if self._anchors is None:
            self._anchors = {}
            waiting: list[Any] = [self._document]
            while waiting:
                value = waiting.pop()
                if isinstance(value, Mapping):
                    for field in ("$anchor", "$dynamicAnchor"):
                        if isinstance(value.get(field), str):
                            self._anchors.setdefault(value[field], value)
                    waiting += value.values()
                elif isinstance(value, list):
                    waiting += value
        name = unquote(reference[1:])
        if name not in self._anchors:
            raise UserError(
                f"refers to {reference} in {where}, which is neither a place (#/...) nor an anchor", "openapi_invalid"
            )
        return self._anchors[name]


_NOWHERE = object()


def parts(reference: str) -> list[str]:
    """The parts of a JSON pointer as they were before they were written into a reference."""
    return [unquote(part).replace("~1", "/").replace("~0", "~") for part in reference[2:].split("/")]


def _escaped(name: str) -> str:
    """A name as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1").replace("%", "%25")
