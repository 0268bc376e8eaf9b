# SPDX-License-Identifier: GPL-3.0-or-later
"""The names that the server of OpenAPI documents gives to properties, and the way back, by themselves."""

from __future__ import annotations

import importlib.util
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tree import TOP

_specification = importlib.util.spec_from_file_location("openapi_names", TOP / "images/mcp-openapi/names.py")
names = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(names)

TAKEN = re.compile(r"[a-zA-Z0-9_.-]{1,64}")
WORDS = st.sampled_from(
    [
        *("", "a\n", "a b", *("a" * length for length in (64, 65, 66))),
        *"a a_2 a[b] a[] $a type properties $ref required items ü parameter 日本 a< a> x.y - $defs".split(),
    ]
)
SETTINGS = settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@st.composite
def described(draw, depth=3):
    """A schema and a value of it."""
    kind = draw(st.sampled_from(["text", "object", "list", "map", "all", "any", "ref"])) if depth else "text"
    if kind == "text":
        return {"type": "string"}, draw(st.text(max_size=3))
    if kind == "object":
        fields = draw(st.dictionaries(WORDS, described(depth - 1), max_size=4))
        schema = {"type": "object", "properties": {name: inner for name, (inner, _value) in fields.items()}}
        schema["required"] = list(fields)
        return schema, {name: value for name, (_inner, value) in fields.items()}
    schema, value = draw(described(depth - 1))
    if kind == "list":
        return {"type": "array", "items": schema}, [value, value]
    if kind == "map":
        return {"type": "object", "additionalProperties": schema}, {"free": value}
    if kind == "ref":
        return {"$ref": schema}, value
    return {"allOf" if kind == "all" else "anyOf": [schema, {}]}, value


def with_definitions(schema, definitions):
    """Each reference names a definition, which stands in its place until then."""
    if isinstance(schema, list):
        return [with_definitions(inner, definitions) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    if set(schema) == {"$ref"} and isinstance(schema["$ref"], dict) and "type" not in schema:
        made, name = with_definitions(schema["$ref"], definitions), f"D{len(definitions)}"
        definitions[name] = made
        return {"$ref": f"#/$defs/{name}"}
    if "properties" in schema:
        fields = {name: with_definitions(inner, definitions) for name, inner in schema["properties"].items()}
        return {**schema, "properties": fields}
    return {field: with_definitions(inner, definitions) for field, inner in schema.items()}


def properties(schema):
    return {name for each in names.schemas(schema) for name in each.get("properties", {})}


def given_names(before, after):
    """What each property is called, by where it stands."""
    pairs = zip(names.schemas(before), names.schemas(after), strict=True)
    return dict(
        both for old, new in pairs for both in zip(old.get("properties", {}), new.get("properties", {}), strict=True)
    )


def called(value, schema, new, root):
    """The value as a client sends it, which sees the new names alone."""
    if "$ref" in schema:
        return called(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], new, root)
    if "allOf" in schema or "anyOf" in schema:
        return called(value, (schema.get("allOf") or schema["anyOf"])[0], new, root)
    if "properties" in schema:
        return {new[name]: called(inner, schema["properties"][name], new, root) for name, inner in value.items()}
    if "items" in schema:
        return [called(inner, schema["items"], new, root) for inner in value]
    if "additionalProperties" in schema:
        return {name: called(inner, schema["additionalProperties"], new, root) for name, inner in value.items()}
    return value


@SETTINGS
@given(st.dictionaries(WORDS, described(), max_size=5))
def test_there_and_back(fields):
    definitions = {}
    given_schema = {"type": "object", "properties": {name: schema for name, (schema, _value) in fields.items()}}
    schema = {**with_definitions(given_schema, definitions), "$defs": definitions}
    value = {name: inner for name, (_schema, inner) in fields.items()}
    made = names.Names(schema)
    shown = made.schema()
    assert all(TAKEN.fullmatch(name) for name in properties(shown))
    assert all(
        set(each.get("required", [])) <= set(each["properties"]) for each in names.schemas(shown) if "required" in each
    )
    new = given_names(schema, shown)
    assert len(set(new.values())) == len(new)
    assert all(new[name] == name for name in new if TAKEN.fullmatch(name))
    assert made.restored(called(value, schema, new, schema)) == value


@pytest.mark.parametrize(
    ("given_names", "made"),
    [
        (["filter[x]", "ids[]", "$top"], ["filter_x", "ids", "top"]),
        (["a[b]", "a_b"], ["a_b_2", "a_b"]),
        (["a<", "a>", "a"], ["a_2", "a_3", "a"]),
        (["x" * 64, "x" * 65, "x" * 66], ["x" * 64, "x" * 62 + "_2", "x" * 62 + "_3"]),
        (["名", "前", ""], ["parameter_3", "parameter_2", "parameter"]),
        (["a\n", "a b"], ["a", "a_b"]),
    ],
)
def test_the_names(given_names, made):
    schema = {"type": "object", "properties": {name: {} for name in given_names}}
    assert list(names.Names(schema).schema()["properties"]) == made


def test_what_needs_no_other_name_stays_as_it_is():
    schema = {"type": "object", "properties": {"a": {"type": "string", "default": {"b c": 1}}}, "required": ["a"]}
    made = names.Names(schema)
    assert made.schema() is schema and made.restored({"a": 1, "b": 2}) == {"a": 1, "b": 2}


def test_all_that_speaks_of_names_agrees():
    schema = {
        "type": "object",
        "properties": {"a b": {}, "c d": {"description": "D."}},
        "required": ["a b"],
        "dependentRequired": {"a b": ["c d"]},
        "dependentSchemas": {"c d": {"required": ["a b"]}},
        "if": {"properties": {"a b": {"const": 1}}},
        "then": {"required": ["c d"]},
    }
    told = {"a_b": {"description": "(The API calls it a b.)"}, "c_d": {"description": "D. (The API calls it c d.)"}}
    assert names.Names(schema).schema() == {
        "type": "object",
        "properties": told,
        "required": ["a_b"],
        "dependentRequired": {"a_b": ["c_d"]},
        "dependentSchemas": {"c_d": {"required": ["a_b"]}},
        "if": {"properties": {"a_b": {"const": 1, "description": "(The API calls it a b.)"}}},
        "then": {"required": ["c_d"]},
    }


def test_a_circle_ends():
    node = {
        "type": "object",
        "properties": {"next node": {"$ref": "#/$defs/Node"}},
        "anyOf": [{"$ref": "#/$defs/Node"}],
    }
    made = names.Names({"properties": {"n": {"$ref": "#/$defs/Node"}}, "$defs": {"Node": node}})
    assert made.restored({"n": {"next_node": {"next_node": {}}}}) == {"n": {"next node": {"next node": {}}}}


def test_lists_of_fixed_places():
    pair = {"prefixItems": [{"properties": {"a b": {}}}], "items": {"properties": {"c d": {}}}}
    made = names.Names({"properties": {"p": pair}})
    sent = {"p": [{"a_b": 1, "c_d": 1}, {"a_b": 2, "c_d": 2}]}
    assert made.restored(sent) == {"p": [{"a b": 1, "c_d": 1}, {"a_b": 2, "c d": 2}]}
