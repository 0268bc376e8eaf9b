# Names that model APIs take, for the properties of a tool, and back to those of the API.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Anthropic's API refuses a whole request for one property of one tool that is not called [a-zA-Z0-9_.-]{1,64}.

Of a tool's input, in JSON Schema, each property at each depth gets such a name; what a client then sends gets the API's
names again. It may use those as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

LONGEST = 64
TAKEN = re.compile(rf"[a-zA-Z0-9_.-]{{1,{LONGEST}}}")
# Where a schema holds schemas: of the same value, and of what is in it.
BESIDE = ("allOf", "anyOf", "oneOf")
BESIDE_ONE = ("not", "if", "then", "else")
WITHIN_ONE = (
    "additionalProperties", "contains", "contentSchema", "items", "propertyNames", "unevaluatedItems",
    "unevaluatedProperties",
)  # fmt: skip
NAMED = ("$defs", "dependentSchemas", "patternProperties", "properties")


class Names:
    """The names of one tool's properties."""

    def __init__(self, schema: dict[str, Any]):
        self._schema = schema
        # One property has the same name wherever it is in the tool, so that schemas of one value agree.
        named = {name for each in schemas(schema) for name in names_of(each)}
        self._given: dict[str, str] = {}
        taken = {name for name in named if TAKEN.fullmatch(name)}
        for name in sorted(named - taken):
            self._given[name] = free(re.sub(r"[^a-zA-Z0-9_.-]+", "_", name).strip("_"), taken)
            taken.add(self._given[name])
        self._back = {given: name for name, given in self._given.items()}

    def schema(self) -> dict[str, Any]:
        """The input with the names that model APIs take."""
        return self._renamed(self._schema) if self._given else self._schema

    def restored(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """A client's arguments with the API's names."""
        return self._restored(arguments, [self._schema]) if self._given else arguments

    def _renamed(self, schema: Any) -> Any:
        if not isinstance(schema, dict):
            return schema
        made = dict(schema)
        for field in (*BESIDE_ONE, *WITHIN_ONE):
            if field in made:
                made[field] = self._renamed(made[field])
        for field in (*BESIDE, "prefixItems"):
            if field in made:
                made[field] = [self._renamed(inner) for inner in made[field]]
        for field in NAMED:
            if field in made:
                made[field] = {name: self._renamed(inner) for name, inner in made[field].items()}
        if "properties" in made:
            made["properties"] = {
                self._name(name): self._told(name, inner) for name, inner in made["properties"].items()
            }
        if "dependentSchemas" in made:
            made["dependentSchemas"] = {self._name(name): inner for name, inner in made["dependentSchemas"].items()}
        if "required" in made:
            made["required"] = [self._name(name) for name in made["required"]]
        if "dependentRequired" in made:
            made["dependentRequired"] = {
                self._name(name): [self._name(each) for each in needed]
                for name, needed in made["dependentRequired"].items()
            }
        return made

    def _name(self, name: str) -> str:
        return self._given.get(name, name)

    def _told(self, name: str, schema: Any) -> Any:
        """The API's documentation speaks of its own name: `StartTime<`, `ids[]`."""
        if name not in self._given or not isinstance(schema, dict):
            return schema
        shown = name if len(name) <= 200 else f"{name[:200]}..."
        return {**schema, "description": f"{schema.get('description', '')} (The API calls it {shown}.)".lstrip()}

    def _restored(self, value: Any, described: list[Any]) -> Any:
        described = list(self._together(described))
        if isinstance(value, dict):
            known = {name for each in described for name in each.get("properties", {})}
            made = {}
            for given, inner in value.items():
                back = self._back.get(given, given)
                name = back if back in known else given
                made[name] = self._restored(inner, list(within(described, name)))
            return made
        if isinstance(value, list):
            return [self._restored(inner, list(items(described, index))) for index, inner in enumerate(value)]
        return value

    def _together(self, described: list[Any]) -> Iterator[dict[str, Any]]:
        """All schemas that speak of the same value."""
        waiting, seen = list(described), set()
        while waiting:
            schema = waiting.pop()
            if not isinstance(schema, dict) or id(schema) in seen:
                continue
            seen.add(id(schema))
            yield schema
            if "$ref" in schema:
                waiting.append(self._schema.get("$defs", {}).get(schema["$ref"].removeprefix("#/$defs/")))
            waiting += [schema[field] for field in BESIDE_ONE if field in schema]
            waiting += [inner for field in BESIDE for inner in schema.get(field, [])]
            waiting += schema.get("dependentSchemas", {}).values()


def within(described: list[dict[str, Any]], name: str) -> Iterator[Any]:
    """The schemas of one field of an object."""
    for schema in described:
        if name in schema.get("properties", {}):
            yield schema["properties"][name]
        else:
            yield from schema.get("patternProperties", {}).values()
            yield from (schema[field] for field in ("additionalProperties", "unevaluatedProperties") if field in schema)


def items(described: list[dict[str, Any]], index: int) -> Iterator[Any]:
    """The schemas of one item of a list."""
    for schema in described:
        before = schema.get("prefixItems", [])
        if index < len(before):
            yield before[index]
        else:
            yield from (schema[field] for field in ("items", "unevaluatedItems") if field in schema)
        if "contains" in schema:
            yield schema["contains"]


def schemas(schema: Any) -> Iterator[dict[str, Any]]:
    """The schema and all that are in it."""
    waiting = [schema]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, dict):
            continue
        yield each
        waiting += [each[field] for field in (*BESIDE_ONE, *WITHIN_ONE) if field in each]
        waiting += [inner for field in (*BESIDE, "prefixItems") for inner in each.get(field, [])]
        waiting += [inner for field in NAMED for inner in each.get(field, {}).values()]


def names_of(schema: dict[str, Any]) -> Iterator[str]:
    """The names that one schema gives to properties."""
    yield from schema.get("properties", {})
    yield from schema.get("required", [])
    yield from schema.get("dependentSchemas", {})
    for name, needed in schema.get("dependentRequired", {}).items():
        yield from (name, *needed)


def free(name: str, taken: set[str]) -> str:
    """The name, or the first that is near it and nobody's."""
    name = name or "parameter"
    made, number = name[:LONGEST], 2
    while made in taken:
        made = f"{name[: LONGEST - len(str(number)) - 1]}_{number}"
        number += 1
    return made
