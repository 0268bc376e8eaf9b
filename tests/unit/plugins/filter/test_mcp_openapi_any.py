# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a document holds, it ends in tools that model APIs take, or in one sentence that names the file."""

from __future__ import annotations

import json
import random

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.filter.mcp_openapi import mcp_openapi
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

NAMES = "a b type $ref properties required default items enum nullable filter[x] ids[] $top id null true 200 é".split()
REFERENCES = (
    "#/components/schemas/A #/components/schemas/B #/components/parameters/P #/paths/~1a #/nowhere #/paths/~1a/get "
    "#/components/schemas/A/properties/a #/components/schemas/C~1%20~0 other.yml#/A # #anchor #/components/schemas/L/0 "
    "#/paths/~1a/get/parameters/0/schema #/components/requestBodies/R #/info #/components"
).split()
TYPES = ["string", "integer", "object", "array", "null", "file", ["string", "null"], [], None, 3]
ODD = [None, True, False, 0, -1, 1.5, 10**30, 1e308, "", "yes", "x" * 70, "a\nb", "\ud800", [], {}, [None]]
PLAIN = (
    "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxItems nullable uniqueItems pattern "
    "format enum default const example examples title description deprecated xml required $defs dependentRequired "
    "$anchor x-a $id $dynamicRef minContains"
).split()
ONE = "items not additionalProperties if then else contains propertyNames unevaluatedProperties".split()
SOME = "allOf anyOf oneOf prefixItems".split()
NAMED = "properties patternProperties dependentSchemas".split()
PATHS = [
    "/a",
    "/a/{id}",
    "/{a}#b",
    "/{id}#b",
    "/a#b",
    "/a?b=c",
    "/a?a={a}",
    "/a?b",
    "/a:b",
    "a",
    "/../a",
    "/a b/é",
    "/{x}/{?y}",
    "//",
    "x-a",
    "",
]
KINDS = [
    "application/json",
    "*/*",
    "text/xml",
    "multipart/form-data",
    "application/x-www-form-urlencoded",
    "",
    "a+json",
]
CHECKS = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
SEEDS = st.integers(0, 2**32)


class Made:
    """A document with what people write in it, and with other things at places where something else belongs."""

    def __init__(self, seed, oddness):
        self.random, self.oddness = random.Random(seed), oddness

    def any(self, made):
        """What belongs there, or with little luck something odd."""
        return self.json() if self.random.random() < self.oddness else made()

    def one(self, values):
        return self.random.choice(values)

    def fields(self, **makers):
        return {
            name.rstrip("_"): self.any(maker) for name, maker in makers.items() if name[-1] == "_" or self.one([0, 1])
        }

    def named(self, made, names=NAMES):
        return {name: self.any(made) for name in self.random.sample(names, self.one([0, 1, 1, 2, 3]))}

    def json(self, depth=2):
        kind = self.random.random() if depth else 1
        if kind < 0.2:
            return [self.json(depth - 1) for _each in range(self.one([0, 1, 2]))]
        if kind < 0.4:
            return {self.one(NAMES): self.json(depth - 1) for _each in range(self.one([0, 1, 2]))}
        return self.one(ODD)

    def schema(self, depth=3):
        made = {"type": self.one(TYPES)} if self.one([0, 1, 1]) else {}
        for keyword in self.random.sample(PLAIN, self.one([0, 1, 2, 4])):
            made[keyword] = self.json()
        if self.random.random() < 0.15:
            made["$ref"] = self.one(REFERENCES)
        if self.random.random() < 0.1:
            made["discriminator"] = {"propertyName": "a", "mapping": {"x": self.one([*REFERENCES, "B"])}}
        if depth:
            inner = lambda: self.schema(depth - 1)  # noqa: E731
            for keyword in self.random.sample(ONE + SOME + NAMED, self.one([0, 1, 2])):
                several = [self.any(inner) for _each in range(self.one([0, 1, 2]))] if keyword in SOME else None
                made[keyword] = several or (self.named(inner) if keyword in NAMED else self.any(inner))
        return made

    def content(self):
        return self.named(lambda: self.fields(schema_=self.schema, encoding=self.json), KINDS)

    def parameter(self):
        if self.random.random() < 0.1:
            return {"$ref": self.one(REFERENCES)}
        return {
            "name": self.any(lambda: self.one(NAMES)),
            "in": self.one(["query", "query", "query", "header", "cookie", "path"]),
            **self.fields(
                schema=self.schema, content=self.content, required=lambda: self.one([True, "true"]), example=self.json
            ),
            **self.fields(style=lambda: "form", explode=lambda: True, description=self.json, type=lambda: "string"),
        }

    def body(self):
        return self.fields(content_=self.content, required=lambda: True)

    def operation(self):
        return self.fields(
            operationId=lambda: self.one([*NAMES, True, 1.5, 0]),
            description=lambda: self.one(["true if", "a\u2028b", 5]),
            tags=self.json,
            parameters=lambda: [self.any(self.parameter) for _each in range(self.one([0, 1, 2, 3]))],
            requestBody=lambda: self.one([{"$ref": self.one(REFERENCES)}, self.body(), self.body()]),
        )

    def document(self):
        components = {
            "schemas": lambda: {name: self.any(self.schema) for name in ("A", "B", "C/ ~")} | {"L": [self.schema()]},
            "parameters": lambda: {"P": self.any(self.parameter)},
            "requestBodies": lambda: {"R": self.any(self.body)},
        }
        item = lambda: self.fields(get_=self.operation, post=self.operation, parameters=list)  # noqa: E731
        return self.fields(
            openapi_=lambda: self.one(["3.0.3", "3.1.0", "3.0", 3.0, 3.1]),
            paths_=lambda: self.named(item, PATHS) or {"/a": item()},
            info=lambda: {"title": self.json()},
            components_=lambda: {name: self.any(made) for name, made in components.items()},
        )


@pytest.fixture(scope="module")
def ends(tmp_path_factory):
    """Whether the bytes of a file end in tools."""
    path = tmp_path_factory.mktemp("any") / "notes.yml"

    def ends(data):
        path.write_bytes(data)
        options = {"document": str(path), "operations": ["*"], "names": {}, "headers": ["X-Key"], "name": "notes"}
        try:
            made = json.loads(mcp_openapi(options), parse_constant=pytest.fail)
        except AnsibleFilterError as error:
            assert error.message.startswith(f"MCP service 'notes': the document {path} "), error.message
            assert error.message.isprintable() and len(error.message) < 800, error.message
            return False
        for methods in made["paths"].values():
            for operation in methods.values():
                Draft202012Validator.check_schema(operation["x-mcp"]["input"])
        return True

    return ends


def in_a_file(document, as_yaml):
    text = json.dumps(document)
    return (
        yaml.safe_dump(json.loads(text.replace("\\ud800", "")), allow_unicode=True).encode()
        if as_yaml
        else text.encode()
    )


@settings(max_examples=300, **CHECKS)
@given(seed=SEEDS, as_yaml=st.booleans())
def test_a_document(ends, seed, as_yaml):
    ends(in_a_file(Made(seed, 0.05).document(), as_yaml))


@pytest.mark.slow
@settings(max_examples=10_000, **CHECKS)
@given(seed=SEEDS, oddness=st.sampled_from([0, 0.02, 0.3]), as_yaml=st.booleans())
def test_many_documents(ends, seed, oddness, as_yaml):
    ends(in_a_file(Made(seed, oddness).document(), as_yaml))


def test_both_ends_are_met(ends):
    made = [ends(in_a_file(Made(seed, 0.02).document(), False)) for seed in range(200)]
    assert made.count(True) > 30 and made.count(False) > 30


@settings(max_examples=300, **CHECKS)
@given(seed=SEEDS, version=st.sampled_from(["3.0.3", "3.1.0"]))
def test_any_schema_without_references_is_one_of_a_tool(ends, seed, version):
    schema = json.loads(
        json.dumps(Made(seed, 0.3).schema()).replace('"$ref": "', '"x-a": "').replace("$dynamicRef", "x-b")
    )
    parameter = {"name": "p", "in": "query", "schema": schema}
    assert ends(in_a_file({"openapi": version, "paths": {"/a": {"get": {"parameters": [parameter]}}}}, False))


@settings(max_examples=300, **CHECKS)
@given(data=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes(ends, data):
    assert not ends(data)


LINES = [
    *"openapi: 3.0|paths:|  /a:|    get:|- &a|  *a|{|}|[|<<: *a|!!int x|? b|:|---|%YAML 1.2|'|\"|# x|a: !b c".split(
        "|"
    ),
    *("    get: {description: true if so}", "a: |", "openapi: &a {b: *a}", "\ufeff", "\t", "\0"),
]


@settings(max_examples=300, **CHECKS)
@given(lines=st.lists(st.sampled_from(LINES), max_size=8))
def test_any_lines(ends, lines):
    ends("\n".join(lines).encode())
