# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents as public APIs have them, each in its least form: what becomes of them, and that nothing else can."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.mcp_openapi import checked, prepared
from jsonschema import Draft202012Validator

SHAPES = Path(__file__).parent / "openapi_shapes"


def operations(shape):
    """Tool to operation, of all that one shape describes."""
    options = checked({"document": str(SHAPES / f"{shape}.yml"), "base_url": "http://api.lan", "operations": ["*"]})
    paths = json.loads(prepared({**options, "headers": []}))["paths"]
    return {operation["operationId"]: operation for methods in paths.values() for operation in methods.values()}


def takes(shape, tool):
    return operations(shape)[tool]["x-mcp"]["input"]["properties"]


@pytest.mark.parametrize("shape", sorted(path.stem for path in SHAPES.iterdir()))
def test_each_tool_is_one_that_model_apis_take(shape):
    for operation in operations(shape).values():
        schema = operation["x-mcp"]["input"]
        Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object" and not {"anyOf", "oneOf", "allOf"} & set(schema)
        assert set(schema.get("required", [])) <= set(schema["properties"]) <= set(operation["x-mcp"]["arguments"])
        assert set(re.findall(r'"\$ref": "#/\$defs/(.*?)"', json.dumps(schema))) == set(schema.get("$defs", {}))


def test_there_are_ten():
    assert len(list(SHAPES.iterdir())) == 10


def test_github():
    made = takes("github", "issues_update")
    assert made["state_reason"] == {"type": ["string", "null"], "enum": ["completed", "not_planned", None]}
    assert made["title"] == {"anyOf": [{"anyOf": [{"type": "string"}, {"type": "integer"}]}, {"type": "null"}]}
    assert list(takes("github", "git_create_ref")) == ["owner", "repo", "ref", "sha", "+1"]


def test_stripe():
    made = operations("stripe")
    assert list(takes("stripe", "GetCustomers")) == ["created", "expand"] and "requestBody" not in made["GetCustomers"]
    assert made["GetCustomers"]["parameters"][0]["style"] == "deepObject"
    (content,) = made["PostCustomers"]["requestBody"]["content"].items()
    assert content[0] == "application/x-www-form-urlencoded"
    assert content[1]["encoding"] == {"address": {"explode": True, "style": "deepObject"}}
    assert takes("stripe", "PostCustomers")["metadata"]["anyOf"][1] == {"type": "string", "enum": [""]}


def test_petstore():
    assert list(operations("petstore")["addPet"]["requestBody"]["content"]) == ["application/json"]
    assert takes("petstore", "addPet")["category"] == {"$ref": "#/$defs/Category"}
    assert takes("petstore", "uploadFile")["body"] == {"type": "string", "description": "As application/octet-stream."}


def test_kubernetes():
    made = operations("kubernetes")["replaceApiextensionsV1CustomResourceDefinition"]
    schema = made["x-mcp"]["input"]
    draft4 = schema["$defs"]["io.k8s.api.v1.JSONSchemaProps"]["properties"]
    assert draft4["$ref"] == {"type": "string"} and draft4["exclusiveMinimum"] == {"type": "boolean"}
    assert draft4["items"] == {"$ref": "#/$defs/io.k8s.api.v1.JSONSchemaProps"}
    assert schema["required"] == ["spec", "name"] and list(made["requestBody"]["content"]) == ["application/json"]
    assert operations("kubernetes")["getCodeVersion"]["x-mcp"]["path"] == "/version/"


def test_paperless():
    made = takes("paperless", "documents_partial_update")
    assert made["correspondent"] == {"type": ["integer", "null"]}
    assert made["owner"] == {"anyOf": [{"allOf": [{"$ref": "#/$defs/BasicUserRequest"}]}, {"type": "null"}]}
    assert operations("paperless")["documents_list"]["parameters"][1]["explode"] is False


def test_immich():
    made = takes("immich", "uploadAsset")
    assert made["duration"] == {"type": "string", "examples": ["0:00:00.000"]}
    assert takes("immich", "getTimeBuckets")["withStacked"]["description"] == "true if stacked"


def test_s3():
    made = {tool: operation["x-mcp"] for tool, operation in operations("s3").items()}
    assert made["ListParts"]["path"] == "/{Bucket}/{Key}" and made["ListParts"]["needed"] == ["uploadId"]
    assert made["GetBucketLocation"]["fixed"] == {"location": [True]}
    assert list(takes("s3", "GetBucketLocation")) == ["Bucket"]
    assert takes("s3", "CompleteMultipartUpload")["body"] == {"type": "string", "description": "As text/xml."}


def test_twilio():
    made = takes("twilio", "ListCall")
    assert list(made) == ["AccountSid", "StartTime", "StartTime<", "StartTime>", "Day"]
    assert made["Day"] == {"$ref": "#/$defs/bulkexports.v1.export.day_instance"}


def test_nextcloud():
    assert "shareTypes[]" in takes("nextcloud", "auto_complete_get")
    made = operations("nextcloud")["users_edit_user"]["x-mcp"]
    assert made["arguments"]["key__query"] == {"location": "query", "openapi_name": "key"}
    assert made["arguments"]["key"] == {"location": "body", "openapi_name": "key"}


def test_firefly():
    made = takes("firefly", "updateCurrency")
    assert made["code"] == {"type": "string", "enum": ["NO", "SE", "ON"], "default": "NO"}
    assert made["cutoff"] == {"type": "string", "examples": ["23:59:59"]}
    assert made["decimal_places"]["minimum"] == 0 and made["decimal_places"]["examples"] == [2]
    assert made["primary"] == {"type": ["boolean", "null"], "description": "yes if it is the primary one"}
    assert takes("firefly", "insightExpenseExpense")["start"]["examples"] == ["2025-09-17"]
