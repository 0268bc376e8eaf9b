# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of what requests may say: its form, the routes it shares with the front door, and what it never has."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import request_rules
from spellings import spellings

ROOT = Path(__file__).resolve().parents[3]
FILES = {
    path.stem: yaml.safe_load(path.read_text())
    for path in (ROOT / "roles/litellm_gateway/files/requests").glob("*.yml")
}
COMMON = FILES["common"]
APIS = {name: content for name, content in FILES.items() if name != "common"}
ROUTES = [route for content in APIS.values() for route in content["routes"]]
BODIES = {name: body for content in APIS.values() for name, body in content["bodies"].items()}
FRONT_DOOR = yaml.safe_load((ROOT / "roles/front_door/vars/main.yml").read_text())["front_door_base_routes"]
PLAIN_RULES = {"name", "any", "message", "embedded", "text", "number", "boolean", "texts", "plain", "file"}
CATEGORIES = {"where", "credential", "logging", "cost", "instead"}


def wrong(rule: object, where: str) -> Iterator[str]:
    """What of a rule is not in the form that the list's first lines explain."""
    if isinstance(rule, str):
        if rule not in PLAIN_RULES:
            yield f"{where}: {rule}"
        return
    match rule:
        case {"fields": dict(fields), **rest} if fields and not rest:
            for name, inner in fields.items():
                yield from wrong(inner, f"{where}.{name}")
        case {"parts": dict(parts), **rest} if parts and not rest:
            for name, inner in parts.items():
                yield from wrong(inner, f"{where}..{name}")
        case {"each": inner, **rest} if not rest:
            yield from wrong(inner, f"{where}[]")
        case {"text_or": inner, **rest} if not rest:
            yield from wrong(inner, where)
        case {"types": dict(types), **rest} if types and set(rest) <= {"untyped"}:
            for name, inner in [*types.items(), *rest.items()]:
                yield from wrong(inner, f"{where}({name})")
                if isinstance(inner, dict) and name != "untyped" and "type" not in inner["fields"]:
                    yield f"{where}({name}): without its type"
        case _:
            yield f"{where}: {rule}"


def names(rule: object) -> Iterator[str]:
    """Every name of a field that a rule lets through, at any depth."""
    match rule:
        case {"fields": fields}:
            yield from fields
            for inner in fields.values():
                yield from names(inner)
        case {"parts": parts}:
            for inner in parts.values():
                yield from names(inner)
        case {"types": types, **rest}:
            for inner in [*types.values(), *rest.values()]:
                yield from names(inner)
        case {"each": inner} | {"text_or": inner}:
            yield from names(inner)


def never(name: str) -> bool:
    patterns = itertools.chain.from_iterable(COMMON["never"].values())
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)


def test_the_files_have_their_parts_and_no_others():
    assert set(COMMON) == {"headers", "litellm", "never", "reserved_metadata"}
    assert all(set(content) == {"routes", "bodies"} for content in APIS.values())
    assert len(BODIES) == sum(len(content["bodies"]) for content in APIS.values())
    headers = COMMON["headers"]
    assert set(headers) == {"key", "lists", "all", "proxy", "mcp"}
    assert set(headers["key"]) <= set(headers["all"])
    assert set(headers["lists"]) <= {*headers["all"], *headers["mcp"]} - set(headers["key"])
    assert set(COMMON["never"]) == CATEGORIES


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route["path"])
def test_a_route_is_whole(route):
    assert set(route) == {"path", "methods", "shape", "query", "reason"}
    assert re.compile(route["path"]) and route["reason"]
    assert route["shape"] in {"openai", "anthropic", "google", "jsonrpc"}
    assert {body for body in route["methods"].values() if body} <= set(BODIES)
    assert route["query"] == list(dict.fromkeys(route["query"])) and not any(map(never, route["query"]))


@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_whole(name):
    body = BODIES[name]
    assert set(body) - {"dropped", "methods", "held_methods", "underscores"} == {"source", "content", "fields"}
    assert body["source"] and set(body["content"]) <= {"json", "multipart"} and body["content"]
    assert not list(wrong({"fields": body["fields"]}, name))
    assert not set(body["fields"]) & set(body.get("dropped", ()))
    assert all(body.get("dropped", {"": "reason"}).values())
    assert any(name in route["methods"].values() for route in ROUTES), "no route has it"
    assert ("file" in body["fields"].values()) <= (body["content"] == ["multipart"])


@pytest.mark.parametrize("name", BODIES)
def test_no_field_is_one_that_can_never_be(name):
    assert not [field for field in names({"fields": BODIES[name]["fields"]}) if never(field)]


def test_no_header_and_nothing_of_litellm_is_one_that_can_never_be():
    headers = [name for group in ("all", "proxy", "mcp") for name in COMMON["headers"][group]]
    assert headers == [name.lower() for name in headers] and len(headers) == len(set(headers))
    assert not [name for name in headers if never(name)]
    assert not [name for name in COMMON["litellm"] if never(name)]
    assert not list(wrong({"fields": COMMON["litellm"]}, "litellm"))


def test_what_cannot_be_is_in_order_and_once():
    for listed in [*COMMON["never"].values(), COMMON["reserved_metadata"]]:
        assert len(listed) == len(set(listed))
        for name in listed:
            others = [other for other in listed if other != name and other.endswith("*")]
            assert not any(fnmatchcase(name, other) for other in others), f"{name} is said twice"
            assert "*" not in name[:-1]


@pytest.mark.parametrize("body", ["generate_content", "count_tokens_google"])
def test_where_the_path_names_the_model_the_body_does_not(body):
    assert not set(BODIES[body]["fields"]) & {"model", "models"}


@pytest.mark.parametrize("name", sorted(set(BODIES) - {"jsonrpc"}))
def test_no_tool_brings_servers_of_its_own(name):
    """A tool of these kinds is called by LiteLLM or the provider, with rights that the key may not have."""
    fields = BODIES[name]["fields"]
    allowed = str([fields.get("tools"), fields.get("input")])
    for kind in ("mcp", "mcp_toolset", "file_search", "advisor_20260301", "mcpServers", "retrieval", "mcp_call"):
        assert f"'{kind}'" not in allowed


@pytest.mark.parametrize("name", sorted(name for name in BODIES if "tools" in BODIES[name]["fields"]))
def test_each_tool_has_fields_of_its_own(name):
    """LiteLLM looks for vector_store_ids and server_url in tools of every type."""
    rule = BODIES[name]["fields"]["tools"]["each"]
    rules = [*rule["types"].values(), rule.get("untyped", {"fields": {}})] if "types" in rule else [rule]
    assert all(set(each) == {"fields"} for each in rules)
    assert not {"vector_store_ids", "server_url", "headers", "model"} & set(names(BODIES[name]["fields"]["tools"]))


def test_the_front_door_opens_to_clients_what_is_in_the_list_and_no_more():
    assert not [route for route in FRONT_DOOR if route["for"] == "clients"]
    opened = [route for route in request_rules.routes(FRONT_DOOR) if route["for"] == "clients"]
    assert [route["path"] for route in opened] == [route["path"] for route in request_rules.load()["routes"]]
    for route, listed in zip(opened, request_rules.load()["routes"], strict=True):
        assert set(route["methods"]) == {*listed["methods"], "OPTIONS"}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route["path"])
def test_a_path_is_in_one_route_and_none_that_others_administer(route):
    for path in spellings(route["path"]):
        assert len([listed for listed in ROUTES if re.fullmatch(listed["path"], path)]) == 1, path
        closed = [known["for"] for known in FRONT_DOOR if re.fullmatch(known["path"], path)]
        assert "nobody" not in closed, path
