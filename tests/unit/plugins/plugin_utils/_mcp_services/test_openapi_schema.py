# SPDX-License-Identifier: GPL-3.0-or-later
"""Schemas of OpenAPI 3.0 and 3.1 in JSON Schema 2020-12, and references to any place of a document."""

from __future__ import annotations

import re

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.openapi import select
from jsonschema import Draft202012Validator


def document(version, operation, **more):
    return {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": {"/x": {"post": operation}}, **more}


def taken(version, operation, **more):
    """What the one tool of a document takes."""
    made = select(document(version, {"operationId": "x", **operation}, **more), ["*"])
    schema = made["paths"]["/x"]["post"]["x-mcp"]["input"]
    Draft202012Validator.check_schema(schema)
    return schema


def parameter(schema, version="3.0.3", **more):
    """The schema of one parameter, and what it refers to."""
    made = taken(version, {"parameters": [{"name": "p", "in": "query", "schema": schema}]}, **more)
    return made["properties"]["p"], made.get("$defs", {})


def body(schema, version="3.0.3", **more):
    return taken(
        version, {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}, **more
    )


@pytest.mark.parametrize(
    ("version", "given", "made"),
    [
        # The boolean form of 3.0, and the number of 3.1, whichever version the document says.
        ("3.0.3", {"minimum": 0, "exclusiveMinimum": True}, {"exclusiveMinimum": 0}),
        ("3.0.3", {"maximum": 1.5, "exclusiveMaximum": True}, {"exclusiveMaximum": 1.5}),
        ("3.0.3", {"minimum": 0, "exclusiveMinimum": False}, {"minimum": 0}),
        ("3.0.3", {"exclusiveMinimum": True}, {}),
        ("3.0.3", {"exclusiveMinimum": 3}, {"exclusiveMinimum": 3}),
        ("3.1.0", {"exclusiveMinimum": 3, "minimum": 1}, {"exclusiveMinimum": 3, "minimum": 1}),
        ("3.1.0", {"maximum": 9, "exclusiveMaximum": True}, {"exclusiveMaximum": 9}),
        # nullable is a word of 3.0 alone.
        ("3.0.3", {"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ("3.0.3", {"type": "string", "nullable": False}, {"type": "string"}),
        ("3.1.0", {"type": "string", "nullable": True}, {"type": "string"}),
        ("3.0.3", {"anyOf": [{"type": "string"}], "nullable": True, "description": "d"},
         {"description": "d", "anyOf": [{"anyOf": [{"type": "string"}]}, {"type": "null"}]}),
        ("3.0.3", {"nullable": True}, {}),
        ("3.1.0", {"type": ["string", "null"]}, {"type": ["string", "null"]}),
        ("3.1.0", {"type": ["string", None]}, {"type": ["string", "null"]}),
        ("3.1.0", {"type": ["string"]}, {"type": "string"}),
        # Types that are none, and those that are meant by them.
        ("3.0.3", {"type": "file"}, {"type": "string"}),
        ("3.0.3", {"type": "Integer"}, {"type": "integer"}),
        ("3.0.3", {"type": "any"}, {}),
        ("3.0.3", {"type": None}, {}),
        # Values that a keyword cannot have, for which a model API would refuse everything.
        ("3.0.3", {"minimum": "0", "maxLength": -1, "pattern": 3, "enum": [], "required": "a", "items": None}, {}),
        ("3.0.3", {"minLength": 2.0, "multipleOf": 0, "maximum": float("inf"), "uniqueItems": "yes"}, {"minLength": 2}),
        ("3.0.3", {"properties": ["a"], "allOf": [], "anyOf": {}, "additionalProperties": "no"}, {}),
        ("3.0.3", {"title": 2024, "description": ["d"], "format": None}, {"title": "2024"}),
        ("3.1.0", {"$id": "a", "$schema": "b", "$defs": {"a": 1}, "$comment": "c"}, {}),
        # A pattern that is none, or none everywhere; the API itself has it.
        ("3.0.3", {"pattern": "[", "patternProperties": {"(": {}, "a+": {}}}, {"patternProperties": {"a+": {}}}),
        ("3.0.3", {"type": "string", "pattern": r"^\p{L}+$"}, {"type": "string"}),
        # Words of OpenAPI that are none of JSON Schema.
        ("3.0.3", {"example": 1, "xml": {}, "externalDocs": {}, "x-more": 1}, {"examples": [1]}),
        ("3.1.0", {"examples": [1, 2], "deprecated": True}, {"examples": [1, 2], "deprecated": True}),
        ("3.0.3", {"oneOf": [{"type": "string"}, {"type": "integer"}]},
         {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        ("3.0.3", {"items": [{"type": "string"}], "type": "array"},
         {"type": "array", "prefixItems": [{"type": "string"}]}),
        ("3.1.0", {"const": None, "if": {"type": "string"}, "then": {"minLength": 1}, "items": False},
         {"const": None, "if": {"type": "string"}, "then": {"minLength": 1}, "items": False}),
        ("3.1.0", {"properties": {"a": True, "b": False}}, {"properties": {"a": {}, "b": {"not": {}}}}),
        # A text's values are texts.
        ("3.0.3", {"type": "string", "enum": ["a", 1, True], "default": 10},
         {"type": "string", "enum": ["a", "1", "true"], "default": "10"}),
        ("3.0.3", {"type": "integer", "enum": [1, 2], "default": 1}, {"type": "integer", "enum": [1, 2], "default": 1}),
        # Of an older habit: each property says itself that it is required.
        ("3.0.3", {"properties": {"a": {"type": "string", "required": True}, "b": {"required": False}}},
         {"properties": {"a": {"type": "string"}, "b": {}}, "required": ["a"]}),
        # What is readOnly is required of an answer, and no request says it.
        ("3.0.3", {"properties": {"id": {"readOnly": True}, "at": {"readOnly": "true"}, "a": {}},
                   "required": ["id", "at", "a"]},
         {"properties": {"id": {"readOnly": True}, "at": {"readOnly": True}, "a": {}}, "required": ["a"]}),
        # Not a reference, but data and names.
        ("3.0.3", {"default": {"$ref": "#/nowhere"}, "enum": [{"$ref": "x"}]},
         {"default": {"$ref": "#/nowhere"}, "enum": [{"$ref": "x"}]}),
        ("3.0.3", {"$ref": {"type": "string"}}, {}),
        # No number that JSON readers have.
        ("3.0.3", {"type": "integer", "minimum": 1, "maximum": 10**400}, {"type": "integer", "minimum": 1}),
    ],
)  # fmt: skip
def test_a_schema(version, given, made):
    assert parameter(given, version) == (made, {})


def test_properties_that_are_called_like_keywords():
    names = ["type", "$ref", "properties", "required", "default", "items", "enum", "allOf", "$defs", "nullable", "x-a"]
    properties = {name: {"type": "string", "nullable": True} for name in names}
    made = body({"type": "object", "properties": {"deep": {"properties": properties, "required": names}, **properties}})
    desired = {name: {"type": ["string", "null"]} for name in names}
    assert made["properties"] == {"deep": {"properties": desired, "required": names}, **desired}


PLACES = {
    "paths": {
        "/x": {"post": {}},
        "/a/{b}~c d": {"get": {"parameters": [{"name": "q", "in": "query", "schema": {"type": "integer"}}]}},
    },
    "components": {
        "schemas": {
            "Plain": {"type": "string"},
            "With/slash ~ and %": {"type": "number"},
            "Holder": {"properties": {"$ref": {"type": "boolean"}, "list": {"items": {"type": "null"}}}},
            "Alias": {"$ref": "#/components/schemas/Plain"},
            "Named": {"$anchor": "here", "type": "array"},
            "Defs": {"$defs": {"Inner": {"type": "object"}}},
        },
        "responses": {"R": {"content": {"application/json": {"schema": {"type": "string", "maxLength": 3}}}}},
    },
    "x-own": [{"type": "string", "minLength": 1}],
    "definitions": {"Old": {"type": "string", "maxLength": 9}},
}


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("#/components/schemas/Plain", {"type": "string"}),
        ("#/components/schemas/Alias", {"type": "string"}),
        ("#/components/schemas/With~1slash%20~0%20and%20%25", {"type": "number"}),
        ("#/components/schemas/Holder/properties/$ref", {"type": "boolean"}),
        ("#/components/schemas/Holder/properties/%24ref", {"type": "boolean"}),
        ("#/components/schemas/Holder/properties/list/items", {"type": "null"}),
        ("#/components/schemas/Defs/$defs/Inner", {"type": "object"}),
        ("#/components/responses/R/content/application~1json/schema", {"type": "string", "maxLength": 3}),
        ("#/paths/~1a~1%7Bb%7D~0c%20d/get/parameters/0/schema", {"type": "integer"}),
        ("#/x-own/0", {"type": "string", "minLength": 1}),
        ("#/definitions/Old", {"type": "string", "maxLength": 9}),
        ("#here", {"type": "array"}),
    ],
)
def test_a_reference_to_any_place(reference, found):
    places = {**PLACES, "paths": {**PLACES["paths"]}}
    operation = {"operationId": "x", "parameters": [{"name": "p", "in": "query", "schema": {"$ref": reference}}]}
    places["paths"]["/x"] = {"post": operation}
    made = select({"openapi": "3.1.0", **places}, ["x"])["paths"]["/x"]["post"]["x-mcp"]["input"]
    Draft202012Validator.check_schema(made)
    (name,) = made["$defs"]
    assert made["$defs"] == {name: found} and made["properties"]["p"] == {"$ref": f"#/$defs/{name}"}
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", name)


def test_what_stands_beside_a_reference_counts_since_3_1():
    schemas = {"components": {"schemas": {"Id": {"type": "string"}}}}
    given = {"$ref": "#/components/schemas/Id", "maxLength": 3, "description": "an id", "nullable": True}
    new, _ = parameter(given, "3.1.0", **schemas)
    old, _ = parameter(given, "3.0.3", **schemas)
    assert new == {"$ref": "#/$defs/Id", "maxLength": 3, "description": "an id"}
    assert old == {"$ref": "#/$defs/Id", "description": "an id"}


def test_a_reference_to_all_properties():
    shared = {"shared": {"a": {"type": "string", "required": True}}}
    made = body({"properties": {"$ref": "#/x-props/shared", "b": {}}}, **{"x-props": shared})
    assert made["properties"] == {"a": {"type": "string"}, "b": {}} and made["required"] == ["a"]


def test_two_places_of_one_name_are_two_definitions():
    schemas = {"a": {"Id": {"type": "string"}}, "b": {"Id": {"type": "integer"}}}
    made, definitions = parameter({"allOf": [{"$ref": "#/x-s/a/Id"}, {"$ref": "#/x-s/b/Id"}]}, **{"x-s": schemas})
    assert [each["$ref"] for each in made["allOf"]] == ["#/$defs/Id", "#/$defs/Id_2"]
    assert definitions == {"Id": {"type": "string"}, "Id_2": {"type": "integer"}}


def test_circles_that_mean_something_stay():
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    made = body({"$ref": "#/components/schemas/Node"}, components={"schemas": {"Node": node}})
    assert made["properties"] == {"next": {"$ref": "#/$defs/Node"}}
    again = {"allOf": [{"$ref": "#/components/schemas/Own"}, {"properties": {"a": {"type": "string"}}}]}
    made = body({"$ref": "#/components/schemas/Own"}, components={"schemas": {"Own": again}})
    assert made["properties"] == {"a": {"type": "string"}}


def test_a_long_chain_of_definitions():
    schemas = {f"S{n}": {"properties": {"p": {"$ref": f"#/components/schemas/S{n + 1}"}}} for n in range(3000)}
    schemas["S3000"] = {"type": "string"}
    operation = {"parameters": [{"name": "p", "in": "query", "schema": {"$ref": "#/components/schemas/S0"}}]}
    made = select(document("3.0.3", operation, components={"schemas": schemas}), ["*"])
    assert len(made["paths"]["/x"]["post"]["x-mcp"]["input"]["$defs"]) == 3001


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"$ref": "#/components/schemas/A"}, "refers in a circle in the parameter p of POST /x: let one"),
        (
            {"$ref": "#/components/schemas/No"},
            "refers to #/components/schemas/No in the parameter p .*add it, or correct",
        ),
        ({"$ref": "#nowhere"}, "refers to #nowhere in the parameter p of POST /x, which is neither a place"),
        ({"$ref": "other.yml#/A"}, "refers to other.yml#/A in .*in another document: put both into one"),
        ({"$ref": ""}, "another document"),
        ({"$ref": "#/openapi"}, "refers to #/openapi .*is no schema: correct the reference"),
        ({"$ref": "#/x-list/7"}, "refers to #/x-list/7 .*does not have it"),
    ],
)
def test_a_reference_that_cannot_be(given, sentence):
    circle = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
    with pytest.raises(UserError, match=sentence):
        parameter(given, components={"schemas": circle}, **{"x-list": [1]})


def test_references_of_path_items_operations_parameters_bodies():
    given = {
        "openapi": "3.1.0",
        "paths": {
            "/x/{id}": {
                "$ref": "#/components/pathItems/X",
                "parameters": [{"$ref": "#/components/parameters/Id", "description": "which"}],
            },
            "/y": {"get": {"parameters": [{"$ref": "#/paths/~1x~1%7Bid%7D/put/parameters/0"}]}},
        },
        "components": {
            "pathItems": {
                "X": {
                    "put": {
                        "operationId": "put_x",
                        "parameters": [{"name": "q", "in": "query", "content": {"text/plain": {"schema": {}}}}],
                        "requestBody": {"$ref": "#/components/requestBodies/B"},
                    }
                }
            },
            "parameters": {"Id": {"name": "id", "in": "path", "schema": {"type": "string"}, "description": "an id"}},
            "requestBodies": {"B": {"content": {"application/json": {"schema": {"type": "string"}}}}},
        },
    }
    paths = select(given, ["*"])["paths"]
    made = paths["/x/{id}"]["put"]["x-mcp"]["input"]
    assert made["properties"] == {
        "id": {"type": "string", "description": "which"},
        "q": {},
        "body": {"type": "string"},
    }
    assert made["required"] == ["id"] and list(paths["/y"]["get"]["x-mcp"]["input"]["properties"]) == ["q"]
