# SPDX-License-Identifier: GPL-3.0-or-later
"""What is selected of an OpenAPI document, and what of it cannot be, each in one sentence."""

from __future__ import annotations

import copy
import re

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.openapi import LONGEST, select, tools

NOTE = {"$ref": "#/components/schemas/Note"}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Notes", "version": "7"},
    "servers": [{"url": "http://elsewhere.example"}],
    "security": [{"key": []}],
    "paths": {
        "/notes": {
            "get": {
                "operationId": "list-notes",
                "summary": "All notes",
                "parameters": [
                    {"name": "limit", "in": "query", "schema": {"type": "integer"}},
                    {"name": "X-Api-Key", "in": "header", "schema": {"type": "string"}},
                    {"name": "Authorization", "in": "header", "schema": {"type": "string"}},
                    {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
                ],
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/nowhere"}}}}},
            },
            "post": {
                "operationId": "notes.create",
                "servers": [{"url": "http://elsewhere.example"}],
                "requestBody": {"content": {"application/json": {"schema": NOTE}}},
            },
        },
        "/notes/{id}": {
            "parameters": [{"$ref": "#/components/parameters/Id"}],
            "get": {"operationId": "read_note__notes"},
            "delete": {},
        },
    },
    "components": {
        "parameters": {"Id": {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}},
        "schemas": {
            "Note": {"type": "object", "properties": {"more": {"$ref": "#/components/schemas/Kin"}}},
            "Kin": {"type": "array", "items": NOTE},
            "Unused": {"$ref": "other.yml#/x"},
        },
    },
}  # fmt: skip


IN_PATH = {"in": "path", "required": True, "schema": {"type": "string"}}


def changed(**places):
    """The document with other values at places, "paths./notes.get" and so on, written with "__" for the dots."""
    document = copy.deepcopy(DOCUMENT)
    for place, value in places.items():
        *above, last = place.split("__")
        found = document
        for name in above:
            found = found[name]
        if value is None:
            del found[last]
        else:
            found[last] = value
    return document


def beside(item):
    """The document with one more path, /more."""
    document = copy.deepcopy(DOCUMENT)
    document["paths"]["/more"] = item
    return document


def extension(made, tool):
    """What the server is told of a tool."""
    (found,) = [
        operation["x-mcp"]
        for methods in made["paths"].values()
        for operation in methods.values()
        if operation["operationId"] == tool
    ]
    return found


def takes(made, tool):
    return extension(made, tool)["input"]


def test_only_what_reads_unless_the_entry_says_more():
    assert tools(select(DOCUMENT)) == {"list_notes": "GET /notes", "read_note_notes": "GET /notes/{id}"}


@pytest.mark.parametrize(
    ("operations", "made"),
    [
        (["notes_create"], {"notes_create"}),
        (["notes.create"], {"notes_create"}),
        (["POST /notes"], {"notes_create"}),
        (["GET *", "notes_create"], {"list_notes", "read_note_notes", "notes_create"}),
        (["list*"], {"list_notes"}),
        (["* /notes/*"], {"read_note_notes", "delete_notes_id"}),
        (["*"], {"list_notes", "read_note_notes", "notes_create", "delete_notes_id"}),
    ],
)
def test_what_is_selected(operations, made):
    assert set(tools(select(DOCUMENT, operations))) == made


def test_nothing_of_the_document_names_another_server_or_a_header_of_the_services_own():
    made = select(DOCUMENT, ["*"], headers=["x-api-key"])
    assert "elsewhere" not in str(made) and "security" not in made
    listed = made["paths"]["/notes"]["get"]
    assert [parameter["name"] for parameter in listed["parameters"]] == ["limit", "X-Trace"]
    assert listed["operationId"] == "list_notes" and listed["summary"] == "All notes"


def test_what_is_referred_to_comes_with_it_and_nothing_else():
    made = select(DOCUMENT, ["*"])
    assert takes(made, "notes_create") == {
        "type": "object",
        "properties": {"more": {"$ref": "#/$defs/Kin"}},
        "$defs": {
            "Note": {"type": "object", "properties": {"more": {"$ref": "#/$defs/Kin"}}},
            "Kin": {"type": "array", "items": {"$ref": "#/$defs/Note"}},
        },
    }
    assert list(takes(made, "list_notes")["properties"]) == ["limit", "X-Api-Key", "X-Trace"]
    assert "Unused" not in str(made) and "$defs" not in takes(made, "list_notes")
    # A parameter of the path is one of each of its operations.
    assert made["paths"]["/notes/{id}"]["delete"]["parameters"][0]["name"] == "id"
    assert takes(made, "delete_notes_id")["required"] == ["id"]


def test_a_tool_may_have_another_name():
    made = select(DOCUMENT, ["*"], {"DELETE /notes/{id}": "remove", "notes.create": "create"})
    assert {"remove", "create"} < set(tools(made))


def test_the_document_that_was_given_stays_as_it_is():
    before = copy.deepcopy(DOCUMENT)
    select(DOCUMENT, ["*"], {"notes.create": "create"}, ["X-Api-Key"])
    assert before == DOCUMENT


def test_a_pattern_means_only_what_it_says():
    made = select(beside({"get": {"operationId": "odd[1]?"}}), ["odd[1]?"])
    assert tools(made) == {"odd_1": "GET /more"}


@pytest.mark.parametrize(
    ("path", "sent", "fixed"),
    [
        ("/a?kind=x", "/a", {"kind": ["x"]}),
        ("/a?kind=x&kind=y&b=%20", "/a", {"kind": ["x", "y"], "b": [" "]}),
        ("/a?kind", "/a", {"kind": [""]}),
        ("/a?", "/a", {}),
        ("/a:all", "/a%3Aall", {}),
        ("/a/b:all", "/a/b:all", {}),
        ("/a{?q,limit}", "/a", {}),
    ],
)
def test_what_is_sent_of_a_path(path, sent, fixed):
    made = extension(select(changed(paths={path: {"get": {"operationId": "x"}}})), "x")
    assert made["path"] == sent and made["fixed"] == fixed and not made["input"]["properties"]


def test_what_the_path_says_is_no_argument():
    kind = {"name": "kind", "in": "query", "required": True, "schema": {"type": "string"}}
    made = extension(select(changed(paths={"/a?kind=x": {"get": {"operationId": "x", "parameters": [kind]}}})), "x")
    assert made["input"] == {"type": "object", "properties": {}} and made["fixed"] == {"kind": ["x"]}


def test_names_that_are_in_two_places():
    parameters = [{"name": "id", "in": place, "required": True} for place in ("path", "query")]
    body = {"content": {"application/json": {"schema": {"properties": {"id__query": {}, "body": {}}}}}}
    item = {"post": {"operationId": "x", "parameters": parameters, "requestBody": body}}
    made = extension(select(changed(paths={"/a/{id}": item}), ["x"]), "x")
    assert {name: at["location"] for name, at in made["arguments"].items()} == {
        "id__path": "path",
        "id__query_2": "query",
        "id__query": "body",
        "body": "body",
    }


def test_a_parameter_with_content():
    content = {"application/json": {"schema": {"type": "object", "properties": {"a": {"type": "string"}}}}}
    parameters = [
        {"name": "where", "in": "query", "content": content},
        {"name": "plain", "in": "query", "content": {"text/plain": {"schema": {"type": "integer"}}}},
        {"name": "old", "in": "query", "type": "array", "items": {"type": "string"}},
        {"name": "none", "in": "query"},
    ]
    made = extension(select(changed(paths={"/a": {"get": {"operationId": "x", "parameters": parameters}}})), "x")
    assert made["json"] == ["where"]
    assert made["input"]["properties"] == {
        "where": {"type": "object", "properties": {"a": {"type": "string"}}},
        "plain": {"type": "integer"},
        "old": {"type": "array", "items": {"type": "string"}},
        "none": {},
    }


@pytest.mark.parametrize(
    ("schema", "fields"),
    [
        ({"properties": {"a": {}}, "additionalProperties": False}, ["a"]),
        ({"allOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}, "required": ["b"]}]}, ["a", "b"]),
        ({"properties": {"a": {}}, "anyOf": [{"required": ["a"]}]}, ["a"]),
        ({"properties": {"a": {}}, "additionalProperties": {"type": "string"}}, ["body"]),
        ({"properties": {"a": {}}, "anyOf": [{"properties": {"b": {}}}]}, ["body"]),
        ({"oneOf": [{"properties": {"a": {}}}, {"type": "string"}]}, ["body"]),
        ({"type": "array", "items": {}}, ["body"]),
        ({"type": "object"}, ["body"]),
        ({}, ["body"]),
    ],
)
def test_a_body_is_its_properties_or_itself(schema, fields):
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    made = takes(select(changed(paths={"/a": {"post": {"operationId": "x", "requestBody": body}}}), ["x"]), "x")
    assert list(made["properties"]) == fields and not {"anyOf", "oneOf", "allOf"} & set(made)


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"id": {"$ref": "#/components/schemas/Id"}, "a": {}}, "required": ["id", "a"]},
        {"allOf": [{"properties": {"id": {"readOnly": True}}}, {"properties": {"a": {}}, "required": ["id", "a"]}]},
    ],
)
def test_what_is_read_only_is_required_of_no_request(schema):
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    schemas = {"Id": {"type": "integer", "readOnly": True}}
    document = changed(paths={"/a": {"post": {"operationId": "x", "requestBody": body}}}, components__schemas=schemas)
    made = takes(select(document, ["x"]), "x")
    assert (set(made["properties"]), made["required"]) == ({"id", "a"}, ["a"])


@pytest.mark.parametrize("kind", ["application/*", "*/*", "application/*+json"])
def test_a_range_of_kinds_that_json_is_in_is_json(kind):
    body = {"required": True, "content": {kind: {"schema": {"properties": {"a": {}}}}}}
    made = select(changed(paths={"/a": {"post": {"operationId": "x", "requestBody": body}}}), ["x"])
    assert list(made["paths"]["/a"]["post"]["requestBody"]["content"]) == ["application/json"]
    assert list(takes(made, "x")["properties"]) == ["a"]


def test_a_discriminator_alone_names_what_a_body_may_be():
    kinds = {"cat": "Cat", "dog": "#/components/schemas/Dog"}
    pet = {"properties": {"kind": {}}, "discriminator": {"propertyName": "kind", "mapping": kinds}}
    above = {"$ref": "#/components/schemas/Pet"}
    schemas = {"Pet": pet, **{name: {"allOf": [above, {"properties": {name: {}}}]} for name in ("Cat", "Dog")}}
    body = {"content": {"application/json": {"schema": above}}}
    document = changed(paths={"/a": {"post": {"operationId": "x", "requestBody": body}}}, components__schemas=schemas)
    made = takes(select(document, ["x"]), "x")
    assert made["properties"] == {"body": {"anyOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}]}}
    assert set(made["$defs"]) == {"Pet", "Cat", "Dog"}


def test_a_discriminator_without_names_means_what_has_it_in_its_all_of():
    def kind(above):
        return {"allOf": [{"$ref": f"#/components/schemas/{above}"}, {"properties": {above: {}}}]}

    pet = {"properties": {"kind": {}}, "discriminator": {"propertyName": "kind"}}
    schemas = {
        "a/Pet": pet,
        "Cat": kind("a~1Pet"),
        "Tiger": kind("Cat"),
        "Car": kind("Thing"),
        "Thing": {},
        "Odd": True,
    }
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/a~1Pet"}}}}
    paths = {"/a": {"post": {"operationId": "x", "requestBody": body}}}
    made = takes(select(changed(paths=paths, components__schemas=schemas), ["x"]), "x")
    named = [{"$ref": f"#/$defs/{name}"} for name in ("Cat", "Tiger", "a_Pet")]
    assert made["properties"] == {"body": {"anyOf": named}}
    alone = takes(select(changed(paths=paths, components__schemas={"a/Pet": pet}), ["x"]), "x")
    assert alone["properties"] == {"kind": {}}


@pytest.mark.parametrize(
    ("document", "more", "sentence"),
    [
        ("text", {}, "is not an OpenAPI document"),
        ({"swagger": "2.0", "paths": {}}, {}, "is of Swagger 2.0: convert it"),
        (changed(openapi=None), {}, "its field openapi.*is missing"),
        (changed(openapi="4.0.0"), {}, "OpenAPI 4.0.0: only 3.0 and 3.1"),
        (changed(paths={}), {}, "has no operation: its paths"),
        (changed(paths=["/notes"]), {}, "its paths are not a dictionary"),
        (changed(paths={"/a": {"options": {}}}), {}, "has no operation: its paths"),
        (changed(paths={"/a": {"get": []}}), {}, "has GET /a as a list, where a dictionary belongs"),
        (changed(paths={"/a": {"get": None}}), {}, "has GET /a as nothing, where a dictionary belongs"),
        (changed(paths={"/a": {"post": {}}}), {}, "no operation that only reads .*name those"),
        (DOCUMENT, {"operations": ["list_nots"]}, "has no operation list_nots.*it has .*list_notes"),
        (DOCUMENT, {"names": {"list_nots": "all"}}, "no selected operation list_nots"),
        (DOCUMENT, {"names": {"DELETE /notes/{id}": "remove"}}, "no selected operation DELETE"),
        (DOCUMENT, {"names": {"list-notes": "list notes"}}, "'list notes', which can't be one .*names"),
        (beside({"get": {"operationId": "лист"}}), {}, "the tool name '', which can't be one"),
        (beside({"get": {"operationId": "a" * (LONGEST + 1)}}), {}, f"{LONGEST + 1} letters are more than"),
        (beside({"get": {"operationId": "list.notes"}}), {}, "two operations of the tool name list_notes"),
        (changed(components__parameters={}), {}, "refers to #/components/parameters/Id in .*does not have it"),
        (changed(components__schemas__Kin=None), {"operations": ["*"]}, "/Kin in the body of POST /notes, and"),
        (changed(components__schemas__Kin={"$ref": "kin.yml#/Kin"}), {"operations": ["*"]}, "another document: put"),
        (changed(components__schemas__Kin={"$ref": "#/info/title"}), {"operations": ["*"]}, "which is no schema"),
        (beside({"$ref": "#/paths/~1more"}), {}, "refers in a circle"),
        (beside({"get": {"parameters": [{"in": "query"}]}}), {}, "a parameter of GET /more without a name.*: add it"),
        (changed(paths={"/a/{b}": {"get": {}}}), {}, r"do not fit in get_a_b \(/a/{b}\): b"),
        (changed(paths={"/a": {"get": {}}, "/a#b": {"get": {}}}), {}, "the path /a#b, of which no request carries .*"),
        (
            changed(paths={f"/{{{one}}}#{one}": {"get": {"parameters": [IN_PATH | {"name": one}]}} for one in "ab"}),
            {},
            "the path /{a}#a, of which .* and others of that path: write what tells it from them",
        ),
        (
            changed(paths={"/a?b={b}": {"get": {"parameters": [IN_PATH | {"name": "b"}]}}}),
            {},
            "the path /a\\?b={b}, whose part after \\? has the parameter b: declare it with in: query",
        ),
        (beside({"get": {"operationId": ["x"]}}), {}, "GET /more, whose operationId is no text: correct it"),
        (beside({"get": {"operationId": {"x": 1}}}), {}, "GET /more, whose operationId is no text: correct it"),
        (
            beside({"get": {"parameters": [{"name": "n", "in": "query", "required": "maybe"}]}}),
            {},
            "the parameter n of GET /more, whose required is neither true nor false",
        ),
        (
            beside({"post": {"requestBody": {"required": 1, "content": {"text/plain": {}}}}}),
            {"operations": ["*"]},
            "the body of POST /more, whose required is neither true nor false",
        ),
        (changed(paths={"/a?b={c}": {"get": {}}}), {}, "has GET /a\\?b={c}, whose part after"),
        (changed(paths={"/a/../b": {"get": {}}}), {}, "the path /a/../b, which is none"),
        (changed(paths={"a": {"get": {}}}), {}, "the path a, which is none"),
    ],
)  # fmt: skip
def test_what_cannot_be(document, more, sentence):
    with pytest.raises(UserError) as caught:
        select(document, **more)
    assert re.search(sentence, str(caught.value)), str(caught.value)
    assert "\n" not in str(caught.value)


def one(path, operation, **more):
    """What becomes of the one operation of a document."""
    made = select({"openapi": "3.0.3", "paths": {path: {"get": operation}}, **more})
    (found,) = [each["get"] for each in made["paths"].values()]
    return found


def test_of_a_path_with_a_fragment_that_is_the_only_one_the_path_is_sent():
    made = one("/{bucket}#location", {"operationId": "loc", "parameters": [IN_PATH | {"name": "bucket"}]})
    assert made["x-mcp"]["path"] == "/{bucket}" and list(made["x-mcp"]["input"]["properties"]) == ["bucket"]
    both = {"/{a}": {"post": {}}, "/{b}#c": {"get": {}}}
    for item in both.values():
        for operation in item.values():
            operation["parameters"] = [IN_PATH | {"name": "a" if operation is both["/{a}"]["post"] else "b"}]
    assert len(tools(select({"openapi": "3.0.3", "paths": both}, ["*"]))) == 2


def test_an_operation_id_is_a_text_as_it_is_written():
    for said, tool in ((True, "true"), (5, "5"), (0, "0"), (1.5, "1_5"), (None, "get_a"), ("", "get_a")):
        assert one("/a", {"operationId": said})["operationId"] == tool
    document = {"openapi": "3.0.3", "paths": {"/a": {"get": {"operationId": True}}}}
    assert tools(select(document, ["true"], {"true": "yes"})) == {"yes": "GET /a"}


@pytest.mark.parametrize(
    ("said", "needed"), [("true", True), ("True", True), ("yes", True), ("false", False), (None, False)]
)
def test_what_is_required_may_be_said_as_a_text(said, needed):
    parameter = {"name": "n", "in": "query", "required": said, "explode": "false", "schema": {"type": "string"}}
    made = one("/a", {"parameters": [parameter]})
    assert made["x-mcp"]["input"].get("required", []) == (["n"] if needed else [])
    assert made["parameters"][0]["explode"] is False


def test_the_switches_of_a_schema_may_be_texts():
    schema = {"type": "integer", "minimum": 1, "exclusiveMinimum": "true", "nullable": "true"}
    made = one("/a", {"parameters": [{"name": "n", "in": "query", "schema": schema}]})
    assert made["x-mcp"]["input"]["properties"]["n"] == {
        "type": ["integer", "null"],
        "exclusiveMinimum": 1,
    }


def test_a_parameter_that_the_path_shows_after_its_question_mark_is_that_of_the_query():
    made = one("/a?b={b}", {"parameters": [{"name": "b", "in": "query", "required": True}]})
    assert made["x-mcp"]["path"] == "/a" and made["x-mcp"]["fixed"] == {}
    assert list(made["x-mcp"]["input"]["properties"]) == ["b"]
