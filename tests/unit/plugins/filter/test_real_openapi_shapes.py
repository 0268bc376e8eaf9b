# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes of further documents of public repositories, each in its least form: the tools that come of them.

The repository and the file beside each say where a shape is from; the words are our own. Ten more are files, in
plugin_utils/_mcp_services/openapi_shapes.
"""

from __future__ import annotations

import json
import re

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.filter.mcp_openapi import mcp_openapi
from jsonschema import Draft202012Validator

# zulip/zulip, zerver/openapi/zulip.yaml: parameters that are JSON, shown where their content is; forms with a union
# and a reference; schemas that say nothing, or nothing but nullable; servers made of variables alone; oneOf in an
# extension.
ZULIP = """
openapi: 3.0.1
servers: [{url: "{server}/api/v1", variables: {server: {default: "https://"}}}]
paths:
  /notes:
    get:
      operationId: get-notes
      parameters:
        - name: note_ids
          in: query
          description: |
            Which ones.
          content: {application/json: {schema: {type: array, items: {type: integer}}, example: [1, 2]}}
        - name: places
          in: query
          content:
            application/json:
              schema: {type: array}
              examples:
                {a: {value: [north]}, b: {$ref: "#/components/examples/South"}, c: {summary: no}, d: {$ref: "d.json"}}
    post:
      operationId: send-note
      x-curl-examples-parameters: {oneOf: [{type: include, parameters: {enum: [to]}}]}
      requestBody:
        required: true
        content:
          application/x-www-form-urlencoded:
            schema:
              type: object
              properties:
                to: {oneOf: [{type: string}, {type: array, items: {type: integer}, minLength: 1}], example: [9, 10]}
                text: {$ref: "#/components/schemas/Text"}
                picture: {nullable: true}
                more: {}
              required: [to, text]
components:
  examples: {South: {value: [south]}}
  schemas: {Text: {type: string, example: Hello}}
"""
# qdrant/qdrant, docs/redoc/master/openapi.json: paths before the version; null as one of several, in the words of 3.0
# (one that says nothing but nullable); null as a default; statuses such as 4XX; number formats of another language.
QDRANT = """{"paths": {"/boxes/{box}": {"put": {"operationId": "make_box",
  "parameters": [{"name": "box", "in": "path", "required": true, "schema": {"type": "string"}}],
  "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/MakeBox"}}}},
  "responses": {"4XX": {"description": "no"}, "default": {"description": "no"}}}}},
 "openapi": "3.0.1",
 "components": {"schemas": {
  "MakeBox": {"type": "object", "properties": {
   "way": {"default": null, "anyOf": [{"$ref": "#/components/schemas/Way"}, {"nullable": true}]},
   "sort": {"oneOf": [{"nullable": true}, {"type": "integer", "nullable": true}]},
   "parts": {"default": null, "type": "integer", "format": "uint32", "minimum": 1, "nullable": true}}},
  "Way": {"type": "string", "enum": ["auto", "own"]}}}}"""
# Sonarr/Sonarr, src/Sonarr.Api.V3/openapi.json: no operationId; an operation of nothing; a body in four kinds of JSON,
# one of them a range; a form whose parts each name a style; a server made of two variables.
SONARR = """{"openapi": "3.0.1",
 "servers": [{"url": "{protocol}://{host}", "variables": {"protocol": {"default": "http", "enum": ["http"]}}}],
 "paths": {
  "/enter": {
   "post": {"parameters": [{"name": "backTo", "in": "query", "schema": {"type": "string"}}],
    "requestBody": {"content": {"multipart/form-data": {
     "schema": {"type": "object", "properties": {"user": {"type": "string"}, "keep": {"type": "string"}}},
     "encoding": {"user": {"style": "form"}, "keep": {"style": "form"}}}}}},
   "get": {}},
  "/api/v3/list/bulk": {"delete": {"requestBody": {"content": {
   "application/json": {"schema": {"$ref": "#/components/schemas/Bulk"}},
   "text/json": {"schema": {"$ref": "#/components/schemas/Bulk"}},
   "application/*+json": {"schema": {"$ref": "#/components/schemas/Bulk"}}}}}}},
 "components": {"schemas": {"Bulk": {"type": "object", "additionalProperties": false,
  "properties": {"ids": {"type": "array", "items": {"type": "integer"}, "nullable": true}}}}}}"""
# elastic/elasticsearch-specification, output/openapi/elasticsearch-serverless-openapi.json: names of components with
# dots, dashes and underscores in front; parameters and bodies by reference alone; one name in the query and the body.
ELASTIC = """{"openapi": "3.0.3", "info": {"title": "Search", "version": ""}, "paths": {
  "/_find/{id}": {"get": {"operationId": "find-later-get", "x-state": "for all", "parameters": [
   {"in": "path", "name": "id", "required": true, "deprecated": false, "style": "simple",
    "schema": {"$ref": "#/components/schemas/_types.Id"}},
   {"$ref": "#/components/parameters/find_later.submit-_source"}]}},
  "/_find": {"post": {"operationId": "find-later-submit",
   "parameters": [{"$ref": "#/components/parameters/find_later.submit-_source"}],
   "requestBody": {"$ref": "#/components/requestBodies/find_later.submit"}}}},
 "components": {
  "parameters": {"find_later.submit-_source": {"in": "query", "name": "_source", "deprecated": false, "style": "form",
   "schema": {"$ref": "#/components/schemas/_global.find._types.Source"}}},
  "requestBodies": {"find_later.submit": {"content": {"application/json": {
   "schema": {"type": "object", "properties": {
    "_source": {"$ref": "#/components/schemas/_global.find._types.Source"}, "size": {"type": "number"}}},
   "examples": {"One": {"value": "{\\n \\"size\\": 0\\n}"}}}}}},
  "schemas": {"_types.Id": {"type": "string"}, "_global.find._types.Source": {"oneOf": [
   {"type": "boolean"}, {"type": "array", "items": {"type": "string"}}]}}}}"""
# LukeHagar/plex-api-spec, plex-api-spec.yaml: paths that begin with a colon; a description beside (and before) a
# reference; an object of no properties as deepObject, and another without a style; paths of Windows without quotes.
PLEX = r"""
openapi: 3.1.1
paths:
  /:/prefs:
    put:
      operationId: setAll
      parameters:
        - {$ref: "#/components/parameters/X-Box-Product"}
        - {name: prefs, in: query, required: true, schema: {type: object}, example: {Name: Mine, Interval: 3600}}
  /parts/all:
    post:
      operationId: addPart
      parameters:
        - name: relative
          in: query
          schema:
            description: If set, below the folder
            $ref: "#/components/schemas/BoolInt"
        - name: locations
          in: query
          schema: {type: array, items: {type: string}}
          example: [O:\new\My Music]
        - {name: prefs, in: query, style: deepObject, schema: {type: object}, example: {mode: 2}}
      responses: {'400': {description: no, content: {text/html: {}}}}
components:
  parameters: {X-Box-Product: {name: X-Box-Product, in: header, schema: {type: string}}}
  schemas: {BoolInt: {type: integer, enum: [0, 1]}}
"""
# blakeblackshear/frigate, docs/static/frigate-api.yaml: what a framework makes of functions. An operationId on the line
# below, longer than a tool's name may be; a part of a path that may be null; a body of which nothing is said.
FRIGATE = """
openapi: 3.1.0
paths:
  /looks/{camera}/{tz_name}:
    get:
      operationId:
        look_at_an_hour_looks__camera__start__start_ts__end__tz_name__get
      parameters:
        - {name: camera, in: path, required: true, schema: {anyOf: [{type: string}, {type: 'null'}], title: Camera}}
        - {name: tz_name, in: path, required: true, schema: {type: string, title: Tz Name}}
        - {name: labels, in: query, required: false, schema: {anyOf: [{type: string}, {type: 'null'}], default: all}}
  /signed/up:
    post:
      operationId: sign_up_signed_up_post
      requestBody: {content: {application/json: {schema: {type: object, title: Body}}}}
"""
# discord/discord-api-spec, specs/openapi.json: parameters at the path; a body that is a list or null, and one whose
# object may be null; a path with @me; constants with titles, beside their common type.
DISCORD = """{"openapi": "3.1.0", "paths": {"/people/@me/apps/{app_id}/data": {
  "parameters": [{"name": "app_id", "in": "path", "schema": {"$ref": "#/components/schemas/Flake"}, "required": true}],
  "put": {"operationId": "set_data", "requestBody": {"required": true, "content": {"application/json": {"schema":
   {"type": ["array", "null"], "items": {"$ref": "#/components/schemas/Item"}, "maxItems": 5}}}}},
  "patch": {"operationId": "change_data", "requestBody": {"required": true, "content": {"application/json": {"schema":
   {"type": "object", "properties": {"data": {"type": ["object", "null"],
    "additionalProperties": {"type": "string", "maxLength": 100}, "maxProperties": 5}}}}}}}}},
 "components": {"schemas": {
  "Flake": {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"},
  "Item": {"type": "object", "properties": {"kind": {"type": "integer", "format": "int32",
   "oneOf": [{"title": "ONE", "const": 1}, {"title": "TWO", "const": 2}]}}}}}}"""
# open-meteo/open-meteo, openapi.yml: another server for one path; numbers as the keys of answers; the name of a schema
# where its type belongs; a number with two dots; explode without a style; numbers to choose from.
METEO = """
openapi: 3.0.0
paths:
  /v1/outlook:
    servers: [{url: https://other.lan}]
    get:
      parameters:
      - name: hourly
        in: query
        explode: false
        schema: {type: array, items: {type: string, enum: [warmth_2m, damp_0_1cm]}}
      - {name: past_days, in: query, schema: {type: integer, enum: [1, 2]}}
      - {name: longitude, in: query, required: true, schema: {type: number, format: double, example: 12.345.67}}
      - {name: code, in: query, schema: {type: HourlyResponse, description: "More"}}
      responses:
        200: {description: OK}
"""
# microsoftgraph/msgraph-sdk-powershell, openApiDocs/v1.0/Bookings.yml: names with $ and @, also in paths; operationIds
# with dots; a schema that is another one and more, where what is not named is an object.
GRAPH = """
openapi: 3.0.1
paths:
  '/shops/{shop-id}':
    get:
      operationId: shop.shopsRoot_GetShop
      parameters:
        - {name: shop-id, in: path, required: true, style: simple, schema: {type: string}, x-ms-docs-key-type: shop}
        - {name: $select, in: query, style: form, explode: false, schema: {$ref: '#/components/schemas/names'}}
      responses: {2XX: {description: OK}}
      x-ms-pageable: {nextLinkName: '@odata.nextLink'}
    patch:
      operationId: shop.shopsRoot_UpdateShop
      parameters:
        - {name: shop-id, in: path, required: true, style: simple, schema: {type: string}, x-ms-docs-key-type: shop}
        - {name: If-Match, in: header, style: simple, schema: {type: string}}
      requestBody:
        required: true
        description: What is new
        content: {application/json: {schema: {$ref: '#/components/schemas/my.graph.shop'}}}
components:
  schemas:
    names: {uniqueItems: true, type: array, items: {type: string}}
    my.graph.entity:
      title: entity
      type: object
      properties: {id: {type: string}, '@odata.nextLink': {type: string, nullable: true}}
      additionalProperties: {type: object}
    my.graph.shop:
      allOf:
        - $ref: '#/components/schemas/my.graph.entity'
        - title: shop
          type: object
          properties: {opens: {pattern: '^[01][0-9]:[0-5][0-9]$', type: string, format: time}}
"""
# PagerDuty/api-schema, reference/REST/openapiv3.json: components before all else; names with brackets; a header that is
# none of the service's own; the picture of a moment where a regular expression belongs.
PAGER = """{"components": {"parameters": {
  "accept": {"name": "Accept", "in": "header", "required": true, "schema": {"type": "string", "default": "a/b+json"}},
  "from_header": {"name": "From", "in": "header", "required": true, "schema": {"type": "string", "format": "email"}},
  "include": {"name": "include[]", "in": "query", "explode": true, "schema": {
   "type": "array", "items": {"type": "string", "enum": ["teams"]}, "uniqueItems": true}},
  "since": {"name": "since", "in": "query", "schema": {
   "type": "string", "format": "date-time", "pattern": "YYYY-MM-DDThh:mm:ssZ"}}}},
 "openapi": "3.0.2",
 "paths": {"/calls": {"get": {"operationId": "listCalls", "parameters": [
  {"$ref": "#/components/parameters/accept"}, {"$ref": "#/components/parameters/from_header"},
  {"$ref": "#/components/parameters/include"}, {"$ref": "#/components/parameters/since"}]}}}}"""
# netbox-community/netbox, contrib/openapi.json: a body that is one or a list of the same, also as a form; names with
# two underscores, as ours have where one name is in two places; extensions inside of schemas.
NETBOX = """{"openapi": "3.0.3", "paths": {"/api/racks/": {
  "get": {"operationId": "racks_list", "parameters": [
   {"in": "query", "name": "width__n", "explode": true, "style": "form",
    "schema": {"type": "array", "items": {"type": "integer", "x-spec-enum-id": "9b"}}}]},
  "post": {"operationId": "racks_create",
   "parameters": [{"in": "query", "name": "body", "schema": {"type": "string"}},
    {"in": "query", "name": "body__query", "schema": {"type": "boolean"}}],
   "requestBody": {"required": true, "content": {
    "application/json": {"schema": {"oneOf": [{"$ref": "#/components/schemas/Rack"},
     {"type": "array", "items": {"$ref": "#/components/schemas/Rack"}}]}},
    "multipart/form-data": {"schema": {"$ref": "#/components/schemas/Rack"}}}}}}},
 "components": {"schemas": {"Rack": {"type": "object", "required": ["width"],
  "properties": {"width": {"enum": [10, 19], "type": "integer", "x-spec-enum-id": "9b"}}}}}}"""

LONG = "look_at_an_hour_looks_camera_start_start_ts_end_tz_name_get"
RENAMED = {"GET /looks/{camera}/{tz_name}": "look_at_an_hour"}
NAMES = "zulip qdrant sonarr elastic plex frigate discord meteo graph pager netbox".split()
TEXTS = [ZULIP, QDRANT, SONARR, ELASTIC, PLEX, FRIGATE, DISCORD, METEO, GRAPH, PAGER, NETBOX]


@pytest.fixture
def operations(tmp_path):
    """Tool to operation, of all that a document describes."""

    def operations(text, names=None):
        path = tmp_path / "shape.yml"
        path.write_text(text, encoding="utf-8")
        options = {"document": str(path), "operations": ["*"], "names": names or {}, "headers": [], "name": "shape"}
        paths = json.loads(mcp_openapi(options))["paths"]
        return {operation["operationId"]: operation for methods in paths.values() for operation in methods.values()}

    return operations


def takes(operation):
    return operation["x-mcp"]["input"]["properties"]


def sent_as(operation):
    (kind,) = operation["requestBody"]["content"]
    return kind


@pytest.mark.parametrize("text", TEXTS, ids=NAMES)
def test_each_tool_is_one_that_model_apis_take(operations, text):
    for operation in operations(text, RENAMED if text == FRIGATE else None).values():
        schema = operation["x-mcp"]["input"]
        Draft202012Validator.check_schema(schema)
        assert set(schema.get("required", [])) <= set(schema["properties"]) <= set(operation["x-mcp"]["arguments"])
        assert set(re.findall(r'"\$ref": "#/\$defs/(.*?)"', json.dumps(schema))) == set(schema.get("$defs", {}))
        assert "servers" not in operation


def test_zulip(operations):
    made = operations(ZULIP)
    ids = {"type": "array", "items": {"type": "integer"}, "description": "Which ones.\n", "examples": [[1, 2]]}
    places = {"type": "array", "examples": [["north"], ["south"]]}
    assert takes(made["get_notes"]) == {"note_ids": ids, "places": places}
    assert made["get_notes"]["x-mcp"]["json"] == ["note_ids", "places"]
    to = [{"type": "string"}, {"type": "array", "items": {"type": "integer"}, "minLength": 1}]
    told = {"to": {"examples": [[9, 10]], "anyOf": to}, "text": {"$ref": "#/$defs/Text"}, "picture": {}, "more": {}}
    assert takes(made["send_note"]) == told
    assert made["send_note"]["x-mcp"]["input"]["required"] == ["to", "text"]
    assert sent_as(made["send_note"]) == "application/x-www-form-urlencoded"


def test_qdrant(operations):
    made = takes(operations(QDRANT)["make_box"])
    assert made["way"] == {"default": None, "anyOf": [{"$ref": "#/$defs/Way"}, {"type": "null"}]}
    assert made["sort"] == {"anyOf": [{"type": "null"}, {"type": ["integer", "null"]}]}
    assert made["parts"] == {"type": ["integer", "null"], "format": "uint32", "minimum": 1, "default": None}


def test_null_in_the_words_of_3_0_is_none_in_3_1(operations):
    assert takes(operations(QDRANT.replace("3.0.1", "3.1.0"))["make_box"])["way"]["anyOf"][1] == {}


def test_sonarr(operations):
    made = operations(SONARR)
    assert set(made) == {"post_enter", "get_enter", "delete_api_v3_list_bulk"}
    assert takes(made["get_enter"]) == {} and "requestBody" not in made["get_enter"]
    assert sent_as(made["delete_api_v3_list_bulk"]) == "application/json"
    assert takes(made["delete_api_v3_list_bulk"]) == {"ids": {"type": ["array", "null"], "items": {"type": "integer"}}}
    (form,) = made["post_enter"]["requestBody"]["content"].values()
    assert form["encoding"] == {"user": {"style": "form"}, "keep": {"style": "form"}}
    assert list(takes(made["post_enter"])) == ["backTo", "user", "keep"]


def test_a_range_of_kinds_is_sent_as_json(operations):
    without = SONARR.replace('"application/json": {"schema": {"$ref": "#/components/schemas/Bulk"}},\n', "")
    assert sent_as(operations(without)["delete_api_v3_list_bulk"]) == "application/json"


def test_elastic(operations):
    made = operations(ELASTIC)
    source = {"anyOf": [{"type": "boolean"}, {"type": "array", "items": {"type": "string"}}]}
    named = {"$ref": "#/$defs/_global.find._types.Source"}
    submit = made["find_later_submit"]["x-mcp"]
    assert takes(made["find_later_submit"]) == {
        "_source__query": {**named, "description": "(Query parameter)"},
        "_source": named,
        "size": {"type": "number"},
    }
    assert submit["arguments"]["_source__query"] == {"location": "query", "openapi_name": "_source"}
    assert submit["arguments"]["_source"] == {"location": "body", "openapi_name": "_source"}
    assert submit["input"]["$defs"] == {"_global.find._types.Source": source} and "required" not in submit["input"]
    assert takes(made["find_later_get"]) == {"id": {"$ref": "#/$defs/_types.Id"}, "_source": named}


def test_plex(operations):
    made = operations(PLEX)
    assert made["setAll"]["x-mcp"]["path"] == "/%3A/prefs"
    assert takes(made["setAll"])["prefs"] == {"type": "object", "examples": [{"Name": "Mine", "Interval": 3600}]}
    assert made["setAll"]["x-mcp"]["input"]["required"] == ["prefs"]
    relative = {"$ref": "#/$defs/BoolInt", "description": "If set, below the folder"}
    assert takes(made["addPart"])["relative"] == relative
    assert takes(made["addPart"])["locations"]["examples"] == [["O:\\new\\My Music"]]
    assert [each.get("style") for each in made["addPart"]["parameters"]] == [None, None, "deepObject"]


def test_frigate(operations):
    with pytest.raises(AnsibleFilterError, match=re.escape(f"under the tool name {LONG}, whose 59 letters are more")):
        operations(FRIGATE)
    made = operations(FRIGATE, RENAMED)
    text = [{"type": "string"}, {"type": "null"}]
    look = made["look_at_an_hour"]["x-mcp"]["input"]
    assert look["properties"]["camera"] == {"title": "Camera", "anyOf": text}
    assert look["properties"]["labels"] == {"default": "all", "anyOf": text}
    assert look["required"] == ["camera", "tz_name"]
    assert takes(made["sign_up_signed_up_post"]) == {"body": {"title": "Body", "type": "object"}}


def test_discord(operations):
    made = operations(DISCORD)
    whole = {"type": ["array", "null"], "maxItems": 5, "items": {"$ref": "#/$defs/Item"}}
    put = made["set_data"]["x-mcp"]
    assert put["input"]["properties"] == {"app_id": {"$ref": "#/$defs/Flake"}, "body": whole}
    assert set(put["input"]["required"]) == {"app_id", "body"} and put["path"] == "/people/@me/apps/{app_id}/data"
    kind = put["input"]["$defs"]["Item"]["properties"]["kind"]
    assert kind["anyOf"] == [{"title": "ONE", "const": 1}, {"title": "TWO", "const": 2}] and kind["type"] == "integer"
    data = {"additionalProperties": {"type": "string", "maxLength": 100}, "maxProperties": 5}
    assert takes(made["change_data"])["data"] == {"type": ["object", "null"], **data}


def test_meteo(operations):
    (tool,) = operations(METEO).items()
    assert tool[0] == "get_v1_outlook"
    assert takes(tool[1]) == {
        "hourly": {"type": "array", "items": {"type": "string", "enum": ["warmth_2m", "damp_0_1cm"]}},
        "past_days": {"type": "integer", "enum": [1, 2]},
        "longitude": {"type": "number", "format": "double", "examples": ["12.345.67"]},
        "code": {"description": "More"},
    }
    assert tool[1]["parameters"][0]["explode"] is False and "style" not in tool[1]["parameters"][0]


def test_graph(operations):
    made = operations(GRAPH)
    names = {"$ref": "#/$defs/names"}
    assert takes(made["shop_shopsRoot_GetShop"]) == {"shop-id": {"type": "string"}, "$select": names}
    update = made["shop_shopsRoot_UpdateShop"]["x-mcp"]
    # Of an object that may have others the properties alone would not say what it may be.
    body = {"$ref": "#/$defs/my.graph.shop", "description": "What is new"}
    assert update["input"]["properties"]["body"] == body and set(update["input"]["required"]) == {"shop-id", "body"}
    entity, shop = update["input"]["$defs"]["my.graph.entity"], update["input"]["$defs"]["my.graph.shop"]
    assert entity["properties"]["@odata.nextLink"] == {"type": ["string", "null"]}
    assert shop["allOf"][1]["properties"]["opens"]["pattern"] == "^[01][0-9]:[0-5][0-9]$"
    assert update["arguments"]["If-Match"] == {"location": "header", "openapi_name": "If-Match"}


def test_pager(operations):
    made = operations(PAGER)["listCalls"]
    several = {"type": "array", "items": {"type": "string", "enum": ["teams"]}, "uniqueItems": True}
    # No moment is like its picture: with it as a pattern there would be nothing to say.
    assert takes(made) == {
        "From": {"type": "string", "format": "email"},
        "include[]": several,
        "since": {"type": "string", "format": "date-time"},
    }
    assert made["x-mcp"]["input"]["required"] == ["From"]


@pytest.mark.parametrize("pattern", "YYYY-MM-DD ^yyyy/MM/dd$ yyyy-MM-dd'T'HH:mm:ss.SSSX HH:mm".split())
def test_a_picture_of_a_moment_is_no_pattern(operations, pattern):
    made = takes(operations(PAGER.replace("YYYY-MM-DDThh:mm:ssZ", pattern))["listCalls"])
    assert made["since"] == {"type": "string", "format": "date-time"}


@pytest.mark.parametrize("pattern", "^[0-9]{4}-MM$ ^MM$ ^[Yy] HH".split())
def test_what_only_looks_like_a_picture_is_a_pattern(operations, pattern):
    made = takes(operations(PAGER.replace("YYYY-MM-DDThh:mm:ssZ", pattern))["listCalls"])
    assert made["since"]["pattern"] == pattern


def test_netbox(operations):
    made = operations(NETBOX)
    rack = {"$ref": "#/$defs/Rack"}
    create = made["racks_create"]["x-mcp"]
    assert takes(made["racks_create"])["body"] == {"anyOf": [rack, {"type": "array", "items": rack}]}
    assert create["arguments"] == {
        "body": {"location": "body", "openapi_name": "body"},
        "body__query": {"location": "query", "openapi_name": "body__query"},
        "body__query_2": {"location": "query", "openapi_name": "body"},
    }
    assert create["input"]["$defs"]["Rack"]["properties"]["width"] == {"type": "integer", "enum": [10, 19]}
    assert sent_as(made["racks_create"]) == "application/json"
    assert takes(made["racks_list"]) == {"width__n": {"type": "array", "items": {"type": "integer"}}}
