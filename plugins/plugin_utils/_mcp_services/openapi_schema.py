# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schemas of OpenAPI 3.0 and 3.1 as JSON Schema 2020-12, which is what model APIs hold a tool's input against.

Those refuse a whole request for one keyword that is not as it says, so what is no keyword of 2020-12, or has a value
that it cannot have there, does not stay. Pure.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.openapi_references import References, parts

_TYPES = {name: name for name in ("array", "boolean", "integer", "null", "number", "object", "string")} | {
    # What people write and validators of OpenAPI have never known.
    **dict.fromkeys(("date", "date-time", "datetime", "file", "text", "uuid"), "string"),
    **dict.fromkeys(("decimal", "double", "float"), "number"),
    **dict.fromkeys(("int", "int32", "int64", "long"), "integer"),
    "bool": "boolean",
}
# A picture of a date or a time where a regular expression belongs, YYYY-MM-DD: no date is like that.
_PICTURE = re.compile(r"\^?(?=.*(?:YYYY|yyyy|[Hh]{2}:mm))[YyMDdTHhmsSXZz:./ '+-]+\$?")
_ONE = (
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
# How generators of 3.0, which has no type null, write it as one of several.
_ONLY_NULLABLE = {"nullable": True}
_SOME = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED = ("dependentSchemas", "patternProperties", "properties")


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _count(value: Any) -> bool:
    return _number(value) and value >= 0 and value == int(value)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value) and len(set(value)) == len(value)


def _pattern(value: Any) -> bool:
    """Whether it is one for Python as well, by which the metaschema is held against; others say more: \\p{L}."""
    try:
        return isinstance(value, str) and re.compile(value) is not None and not _PICTURE.fullmatch(value)
    except (re.error, OverflowError, RecursionError):
        return False


def _of(*kinds: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kinds)


# Keyword to what its value has to be; those that hold schemas, and those that are changed, are not among them.
_PLAIN: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _count),
    **dict.fromkeys(("minContains", "maxContains"), _count),
    **dict.fromkeys(("contentEncoding", "contentMediaType", "format"), _of(str)),
    **dict.fromkeys(("deprecated", "readOnly", "uniqueItems", "writeOnly"), _of(bool)),
    "const": lambda _value: True,
    "default": lambda _value: True,
    "dependentRequired": lambda value: isinstance(value, Mapping) and all(map(_texts, value.values())),
    "enum": lambda value: isinstance(value, list) and value != [],
    "examples": _of(list),
    "pattern": _pattern,
    "multipleOf": lambda value: _number(value) and value > 0,
}


def text(value: Any) -> str:
    """A scalar as it was written: what a YAML document means where a text belongs."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(getattr(value, "written", value))


def truth(value: Any) -> bool | None:
    """A boolean, also where quotation marks, or the words of YAML 1.1, make a text of it; None for what is none."""
    if isinstance(value, str):
        return _TRUTHS.get(value.strip().lower())
    return value if isinstance(value, bool) else None


class Schemas:
    """The schemas of one document, and the definitions that they need."""

    def __init__(self, references: References, version: str):
        self._references = references
        self._old = version.startswith("3.0")
        self._names: dict[tuple[str, ...], str] = {}
        self._taken: set[str] = set()
        self._waiting: list[tuple[str, Any, str]] = []
        self._made: dict[str, Any] = {}

    def made(self, value: Any, where: str) -> dict[str, Any]:
        """The schema in 2020-12; its references are to definitions (`definitions`)."""
        if not isinstance(value, Mapping):
            return {"not": {}} if value is False else {}
        reference = value.get("$ref", value.get("$dynamicRef"))
        if not isinstance(reference, str):
            return self._keywords(value, where)
        # What stands beside a reference counts since 3.1; before, it only told people something.
        beside = {
            field: inner
            for field, inner in value.items()
            if field not in ("$ref", "$dynamicRef") and (not self._old or field in ("title", "description"))
        }
        return {"$ref": f"#/$defs/{self._name(reference, where)}", **self._keywords(beside, where)}

    def definitions(self, value: Any) -> dict[str, Any]:
        """The definitions that a made schema refers to, directly or not."""
        found: dict[str, Any] = {}
        waiting = list(_names_in(value))
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = self.definition(name)
                waiting += _names_in(found[name])
        return dict(sorted(found.items()))

    def definition(self, name: str) -> dict[str, Any]:
        """One definition."""
        while self._waiting:
            waiting, value, where = self._waiting.pop()
            self._made[waiting] = self.made(value, where)
        return self._made[name]

    def members(self, schema: Mapping[str, Any], above: frozenset[str] = frozenset()) -> list[Mapping[str, Any]]:
        """The schemas that all have to hold for a made one: it, what it refers to, its allOf and theirs."""
        found: list[Mapping[str, Any]] = []
        if "$ref" in schema:
            name = schema["$ref"].removeprefix("#/$defs/")
            if name not in above:
                found += self.members(self.definition(name), above | {name})
        for each in schema.get("allOf", []):
            found += self.members(each, above) if isinstance(each, Mapping) else []
        itself = {field: value for field, value in schema.items() if field not in ("$ref", "allOf")}
        return [*found, itself] if itself else found

    def _name(self, reference: str, where: str) -> str:
        """The name of the definition of what is referred to."""
        reference, found = self._references.last(reference, where)
        if not isinstance(found, (Mapping, bool)):
            raise UserError(
                f"refers to {reference} in {where}, which is no schema: correct the reference", "openapi_invalid"
            )
        place = tuple(parts(reference)) if reference.startswith("#/") else (reference,)
        if place not in self._names:
            base = re.sub(r"[^A-Za-z0-9_.-]+", "_", place[-1])[:60] or "schema"
            name, number = base, 2
            while name in self._taken:
                name, number = f"{base}_{number}", number + 1
            self._names[place] = name
            self._taken.add(name)
            # Not at once: definitions may refer to each other in circles, and in long chains.
            self._waiting.append((name, found, where))
        return self._names[place]

    def _keywords(self, value: Mapping[str, Any], where: str) -> dict[str, Any]:
        value = _said_otherwise(value)
        properties = value.get("properties")
        if isinstance(properties, Mapping) and isinstance(properties.get("$ref"), str):
            # No property is a text: it stands for all that is named there.
            value["properties"] = self._references.resolved(properties, where)
        made: dict[str, Any] = {
            field: text(value[field])
            for field in ("title", "description")
            if isinstance(value.get(field), (str, int, float))
        }
        if types := _types(value.get("type")):
            made["type"] = types[0] if len(types) == 1 else types
        for field, fits in _PLAIN.items():
            if field in value and fits(value[field]):
                made[field] = int(value[field]) if fits is _count else value[field]
        if types == ["string"]:
            _as_texts(made)
        for field in _ONE:
            inner = value.get(field)
            if isinstance(inner, (Mapping, bool)):
                made[field] = inner if isinstance(inner, bool) else self.made(inner, where)
        for field in _SOME:
            if isinstance(value.get(field), list) and value[field]:
                null = self._old and field in ("anyOf", "oneOf")
                made[field] = [
                    {"type": "null"} if null and inner == _ONLY_NULLABLE else self.made(inner, where)
                    for inner in value[field]
                ]
        for field in _NAMED:
            if isinstance(value.get(field), Mapping):
                named = {str(name): inner for name, inner in value[field].items()}
                kept = [name for name in named if field != "patternProperties" or _pattern(name)]
                made[field] = {name: self.made(named[name], where) for name in kept}
        said = value["properties"] if isinstance(value.get("properties"), Mapping) else {}
        if required := [name for name in _required(value) if not self._of_answers(said.get(name), where)]:
            made["required"] = required
        made = _any_of(made)
        return _nullable(made) if self._old and value.get("nullable") is True else made

    def _of_answers(self, inner: Any, where: str) -> bool:
        """Whether a property is readOnly: it is required of an answer alone (OpenAPI 3.0, Schema Object)."""
        if isinstance(inner, Mapping) and isinstance(inner.get("$ref"), str) and "readOnly" not in inner:
            inner = self._references.last(inner["$ref"], where)[1]
        return isinstance(inner, Mapping) and truth(inner.get("readOnly")) is True


def _said_otherwise(value: Mapping[str, Any]) -> dict[str, Any]:
    """What other versions of JSON Schema say in other words."""
    made = dict(value)
    for field in ("nullable", "readOnly", "exclusiveMinimum", "exclusiveMaximum"):
        if isinstance(made.get(field), str) and (said := truth(made[field])) is not None:
            made[field] = said
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if made.get(exclusive) is True and limit in made:
            made[exclusive] = made.pop(limit)
    if isinstance(made.get("items"), list):
        made["prefixItems"] = made.pop("items")
    if "example" in made and not isinstance(made.get("examples"), list):
        made["examples"] = [made["example"]]
    return made


def _types(given: Any) -> list[str]:
    """The types that are said; none if one of them is unknown."""
    names = given if isinstance(given, list) else [given]
    # In YAML the type null is easily written without its quotes.
    found = [_TYPES.get("null" if name is None else str(name).lower(), "") for name in names]
    return [] if given is None or "" in found else list(dict.fromkeys(found))


def _as_texts(made: dict[str, Any]) -> None:
    """The values of a text are texts, even if YAML reads something else: 010, 1.0, true."""
    for field in ("default", "const"):
        if isinstance(made.get(field), (bool, int, float)):
            made[field] = text(made[field])
    for field in ("enum", "examples"):
        if field in made:
            made[field] = [text(each) if isinstance(each, (bool, int, float)) else each for each in made[field]]


def _required(value: Mapping[str, Any]) -> list[str]:
    """The names of what is required, as people write it: as a list, or as `required: true` of a property."""
    given, properties = value.get("required"), value.get("properties")
    names = [text(name) for name in given if isinstance(name, (str, int, float))] if isinstance(given, list) else []
    if isinstance(properties, Mapping):
        names += [
            str(name)
            for name, inner in properties.items()
            if isinstance(inner, Mapping) and truth(inner.get("required")) and not isinstance(inner.get("$ref"), str)
        ]
    return list(dict.fromkeys(names))


def _any_of(made: dict[str, Any]) -> dict[str, Any]:
    """anyOf for oneOf, which half of the model APIs do not know; the API itself still refuses what fits twice."""
    if "oneOf" not in made:
        return made
    one = {"anyOf": made.pop("oneOf")}
    if "anyOf" in made:
        return {**made, "allOf": [*made.get("allOf", []), one]}
    return {**made, **one}


def _nullable(made: dict[str, Any]) -> dict[str, Any]:
    """nullable of 3.0 widens the type; of a schema without one, all of it."""
    if "type" in made:
        types = [made["type"]] if isinstance(made["type"], str) else made["type"]
        return {**made, "type": list(dict.fromkeys([*types, "null"]))}
    told = {field: made.pop(field) for field in ("title", "description", "default", "examples") if field in made}
    return {**told, "anyOf": [made, {"type": "null"}]} if made else told


def _names_in(value: Any) -> Iterable[str]:
    """The names of the definitions that a made schema refers to, without theirs."""
    waiting = [value]
    while waiting:
        schema = waiting.pop()
        if not isinstance(schema, Mapping):
            continue
        if "$ref" in schema:
            yield schema["$ref"].removeprefix("#/$defs/")
        waiting += [schema[field] for field in _ONE if field in schema]
        waiting += [inner for field in _SOME for inner in schema.get(field, [])]
        waiting += [inner for field in _NAMED for inner in schema.get(field, {}).values()]
