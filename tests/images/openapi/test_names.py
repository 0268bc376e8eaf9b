# SPDX-License-Identifier: GPL-3.0-or-later
"""The image mcp-openapi itself: names that model APIs take in its tools, and the API's own in the requests."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from urllib.parse import parse_qsl, quote

import docker
import pytest
import scenario
from ansible_collections.mcp_lan.litellm.plugins.filter.mcp_openapi import mcp_openapi
from ansible_collections.mcp_lan.litellm.plugins.filter.mcp_services import mcp_services
from ansible_collections.mcp_lan.litellm.plugins.module_utils import probe
from jsonschema import Draft202012Validator
from services import address, remove
from tree import OUTPUT

HERE = Path(__file__).parent
PREFIX = "openapi-names-test"
FOLDER = OUTPUT / PREFIX
LONG = "a-name-of-more-than-sixty-four-letters-which-some-generators-really-write-"


@pytest.fixture(scope="module")
def image(show):
    with show():
        step, made = scenario.make_images({"openapi": {"name": "mcp-openapi"}})
    assert step.ok, step.tail
    return made["openapi"]


@pytest.fixture(scope="module")
def url(engine, image):
    """The server's, before the API that answers with the request."""
    client = docker.from_env()
    remove(client, PREFIX)
    FOLDER.mkdir(parents=True, exist_ok=True)
    network = client.networks.create(f"{PREFIX}-net", internal=True)
    openapi = {"document": str(HERE / "names.yml"), "base_url": f"http://{PREFIX}-api:9000/v1", "operations": ["*"]}
    (entry,) = mcp_services([{"name": "names", "openapi": openapi}])
    document = FOLDER / "document.json"
    document.write_text(mcp_openapi(entry["openapi"]), encoding="utf-8")

    def run(name, volumes, **more):
        binds = {str(path): {"bind": inside, "mode": "ro"} for path, inside in volumes.items()}
        return client.containers.run(
            image, name=f"{PREFIX}-{name}", network=network.name, volumes=binds, detach=True, **more
        )

    api = {"entrypoint": ["python3"], "command": ["/srv/echo_api.py"], "healthcheck": {"test": ["NONE"]}}
    run("api", {HERE / "echo_api.py": "/srv/echo_api.py"}, **api)
    server = run("server", {document: "/etc/mcp-openapi/document.json"}, environment=entry["environment"])
    deadline = time.monotonic() + 90
    while server.attrs["State"].get("Health", {}).get("Status") != "healthy":
        assert time.monotonic() < deadline and server.status != "exited", server.logs(tail=20).decode()
        time.sleep(0.5)
        server.reload()
    yield f"http://{address(server, network.name)}:8000/mcp"
    remove(client, PREFIX)


def ask(url, *calls):
    desired = [{"tool": tool, "arguments": arguments} for tool, arguments in calls]
    (answer,) = probe.run([{"transport": "http", "url": url, "timeout": 30, "calls": desired}])
    assert answer["ok"], answer
    return answer


def names(schema):
    """Of all properties, at each depth."""
    if isinstance(schema, dict):
        for name, inner in schema.items():
            yield from inner if name == "properties" and isinstance(inner, dict) else ()
            yield from names(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from names(inner)


def test_a_model_api_takes_each_tool(url):
    schemas = ask(url)["input_schemas"]
    assert len(schemas) == 11
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object" and not {"oneOf", "anyOf", "allOf"} & set(schema)
    found = {name for schema in schemas.values() for name in names(schema)}
    assert {"filter_name", "ids", "top", "StartTime", "StartTime_2", "StartTime_3", "the_name", "next_node"} <= found
    assert not [name for name in found if not re.fullmatch(r"[a-zA-Z0-9_.-]{1,64}", name)]
    # Not before the parameters of another place or of the path itself are known.
    assert set(schemas["put_item"]["properties"]) == {"item_id", "id__query", "id", "card_number", "object", "list"}
    assert set(schemas["bucket_location"]["properties"]) == {"bucket"} and not schemas["small_items"]["properties"]


@pytest.mark.parametrize(
    ("tool", "arguments", "request_line"),
    [
        ("list_items", {"filter_name": "a b"}, f"GET /v1/items?{quote('filter[name]')}=a+b"),
        ("list_items", {"ids": ["1", "2"], "top": 3}, "GET /v1/items?ids%5B%5D=1&ids%5B%5D=2&%24top=3"),
        ("list_items", {"StartTime": "1"}, "GET /v1/items?StartTime=1"),
        ("list_items", {"StartTime_2": "2", "StartTime_3": "3"}, "GET /v1/items?StartTime%3C=2&StartTime%3E=3"),
        ("list_items", {"gr_e": 4}, f"GET /v1/items?{quote('größe')}=4"),
        ("list_items", {LONG[:64]: "5"}, f"GET /v1/items?{LONG}1=5"),
        ("list_items", {f"{LONG[:62]}_2": "6"}, f"GET /v1/items?{LONG}2=6"),
        ("list_items", {"page": {"no.": 1, "of_all": 2}}, "GET /v1/items?page%5Bno.%5D=1&page%5Bof+all%5D=2"),
        ("list_items", {"where": {"first_name": "ü"}}, "GET /v1/items?where=%7B%22first+name%22%3A%22%5Cu00fc%22%7D"),
        # Who uses the API's own name is right as well.
        ("list_items", {"filter[name]": "a"}, "GET /v1/items?filter%5Bname%5D=a"),
        ("bucket_location", {"bucket": "b"}, "GET /v1/b?location=true"),
        ("small_items", {}, "GET /v1/items?kind=small"),
        ("small_items", {"kind": "large"}, "GET /v1/items?kind=small"),
        ("all_items", {}, "GET /v1/items%3Aall"),
    ],
)
def test_the_request_has_the_names_of_the_api(url, tool, arguments, request_line):
    (call,) = ask(url, (tool, arguments))["calls"]
    assert json.loads(call["text"])["request"] == request_line


def test_headers_and_cookies(url):
    (call,) = ask(url, ("list_items", {"c_1": "yes", "X-A": "b"}))["calls"]
    assert json.loads(call["text"])["headers"] == {"cookie": "c[1]=yes", "x-a": "b"}


def test_lists_objects_and_booleans_are_written_as_openapi_has_them(url):
    """And not as Python writes them."""
    place = {"ids": ["a", "b"], "flag__path": True, "X-A": [1, 2], "c": False}
    where = {"text": "x", "inner": {"flag": True, "list": ["y"]}}
    body = {"object": {"a": [True, None]}, "numbers": [1, 2], "flag": False}
    query = {"where": where, "list": [{"a": True}, "b"], "plain": {"one": 1, "two": {"b": None}}}
    form = {"item_id": "7", "object": {"a": True}, "list": ["b", {"c": False}, True]}
    call, other, free = ask(
        url, ("put_places", {**place, **query, **body}), ("put_item", form), ("put_free", {"body": body})
    )["calls"]
    assert parse_qsl(json.loads(other["text"])["body"]) == [
        ("object", '{"a":true}'),
        ("list", "b"),
        ("list", '{"c":false}'),
        ("list", "true"),
    ]
    made = json.loads(call["text"])
    method, address = made["request"].split()
    path, _, query = address.partition("?")
    assert (method, path) == ("POST", "/v1/places/a,b/true")
    assert parse_qsl(query) == [
        ("where[text]", "x"),
        ("where[inner][flag]", "true"),
        ("where[inner][list][0]", "y"),
        ("list", '{"a":true}'),
        ("list", "b"),
        ("one", "1"),
        ("two", '{"b":null}'),
    ]
    assert made["headers"]["x-a"] == "1,2" and made["headers"]["cookie"] == "c=false"
    for body in (made["body"], json.loads(free["text"])["body"]):
        sent = re.findall(r'name="(\w+)"[^\r]*\r\n(?:Content-Type[^\r]*\r\n)?\r\n([^\r]*)', body)
        assert sent == [("object", '{"a":[true,null]}'), ("numbers", "1"), ("numbers", "2"), ("flag", "false")]


def test_a_body_has_the_names_of_the_api_at_each_depth(url):
    given = {
        "the_name": "n",
        "ref": "r",
        "type": "t",
        "required": True,
        # A key that the document does not name is the caller's own, even if it is called like one of ours.
        "labels": {"the_name": {"app_name": "x", "next_node": 1}},
        "nodes": [{"value": 1}, {"next_node": {"next_node": {"value": 2}}}],
    }
    desired = {
        "the name": "n",
        "$ref": "r",
        "type": "t",
        "required": True,
        "labels": {"the_name": {"app/name": "x", "next_node": 1}},
        "nodes": [{"value": 1}, {"next node": {"next node": {"value": 2}}}],
    }
    made, whole, form = ask(
        url,
        ("make_item", given),
        ("put_list", {"body": given["nodes"]}),
        ("put_item", {"item_id": "7", "id__query": "q", "id": "b", "card_number": "4"}),
    )["calls"]
    assert json.loads(json.loads(made["text"])["body"]) == desired
    assert json.loads(json.loads(whole["text"])["body"]) == desired["nodes"]
    form = json.loads(form["text"])
    assert form["request"] == "PUT /v1/items/7?id=q" and form["body"] == "id=b&card%5Bnumber%5D=4"


def test_null_is_sent_where_the_api_has_it(url):
    """With it a field is emptied, and in a merge patch removed; elsewhere it is what some clients send for nothing."""
    calls = ask(
        url,
        ("make_item", {"the_name": None, "type": None, "required": False}),
        ("make_item", {"the_name": None}),
        ("patch_item", {"item_id": "7", "note": None, "done": True}),
        ("patch_item", {"item_id": "7", "done": None}),
        ("put_item", {"item_id": "7", "id": None, "card_number": "4"}),
        # What is no argument of the tool is no body either.
        ("make_item", {"body": {"more": 1}}),
    )["calls"]
    sent = [json.loads(call["text"]) for call in calls]
    assert [one["body"] for one in sent[:4]] == [
        '{"the name":null,"required":false}',
        '{"the name":null}',
        '{"note": null, "done": true}',
        "",
    ]
    assert sent[2]["headers"] == {"content-type": "application/merge-patch+json"}
    assert sent[4]["body"] == "card%5Bnumber%5D=4" and sent[5]["body"] == ""


def test_an_operation_that_its_query_tells_from_others(url):
    made, *without = ask(
        url,
        ("put_part", {"bucket": "b", "uploadId": "7", "body": "<a>b</a>"}),
        *(("put_part", {"bucket": "b", **more}) for more in ({}, {"uploadId": ""}, {"uploadId": None})),
    )["calls"]
    made = json.loads(made["text"])
    assert made["request"] == "PUT /v1/b?uploadId=7" and made["body"] == "<a>b</a>"
    assert made["headers"] == {"content-type": "text/xml"}
    assert all("nothing was sent: uploadId must have a value" in call["text"] for call in without)


def test_a_path_parameter_still_leads_nowhere_else(url):
    for bucket in ("..", "a/b", "", "b?c", "b#c"):
        (call,) = ask(url, ("bucket_location", {"bucket": bucket}))["calls"]
        # The words for ".." are FastMCP's own.
        said = ("is not one part of a path", "cannot contain dot segments", "/v1/b%")
        assert any(words in call["text"] for words in said), call
