# An OpenAPI document as an MCP service: what of the API can be called through a gateway, by whom, and what cannot.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import stat

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils import probe
from transports import isolated, networks_with_a_way_out, refused

SELECTED = {"list_notes", "read_note", "create_note", "headers"}


@pytest.fixture(scope="module")
def ask(gateway):
    """The tools that a key lists, and the answers to its calls."""

    def ask(key, *calls, **headers):
        endpoint = {
            "transport": "http",
            "url": f"{gateway.url}/mcp/",
            "headers": {"Authorization": f"Bearer {key}", "x-mcp-servers": "notes", **headers},
            "timeout": 60,
            "calls": [{"tool": f"notes-{tool}", "arguments": arguments} for tool, arguments in calls],
        }
        (answer,) = probe.run([endpoint])
        assert answer["ok"], answer
        return answer

    return ask


@pytest.fixture(scope="module")
def key(gateway):
    def key(*tools):
        servers = {"mcp_servers": [gateway.ids["notes"]]}
        return gateway.key({"mcp_lan": {"policy": {"notes": list(tools)}}}, object_permission=servers)

    return key


def test_the_selected_operations_are_the_tools(ask, key):
    assert {name.removeprefix("notes-") for name in ask(key("*"))["tools"]} == SELECTED


def test_parameters_reach_their_places(ask, key):
    made, found, few, one, gone = ask(
        key("*"),
        ("create_note", {"text": "a/b & ü", "tags": ["new", "x"]}),
        ("list_notes", {"tag": "new"}),
        ("list_notes", {"least": 0, "tag": "old"}),
        ("read_note", {"note_id": "1"}),
        ("read_note", {"note_id": "4711"}),
    )["calls"]
    assert '"id":' in made["text"].replace(" :", ":"), made
    assert "a/b & ü" in found["text"] and "first" not in found["text"]
    assert "first" in few["text"] and "a/b" not in few["text"]
    assert json.loads(one["text"]) == {"text": "first", "tags": ["old"]}
    assert "404" in gone["text"] and "no note 4711" in gone["text"]


def test_the_api_gets_the_services_headers_and_none_of_a_clients(ask, key, service):
    mine = key("headers")
    # The one for all servers at once, x-mcp-auth, is refused: tests/unit/roles/test_request_filter.py.
    extra = {"x-mine": "mine", "x-mcp-notes-x-mine": "mine"}
    (answer,) = ask(mine, ("headers", {"x-api-key": "other", "X-Api-Key": "other"}), **extra)["calls"]
    got = json.loads(answer["text"])
    assert got["x-api-key"] == service.value
    assert "authorization" not in got and "mine" not in got.values() and mine not in answer["text"]


def test_the_guard_denies_what_the_key_has_not(ask, key):
    may, may_not = ask(key("list_notes"), ("list_notes", {}), ("create_note", {"text": "not mine"}))["calls"]
    assert "first" in may["text"]
    assert refused(may_not) and "mcp_lan_guard" in may_not["text"], may_not
    (seen,) = ask(key("*"), ("list_notes", {}))["calls"]
    assert "not mine" not in seen["text"]


def test_what_was_not_selected_is_not_there(ask, key):
    (gone,) = ask(key("*"), ("delete_note", {"note_id": 1}))["calls"]
    assert refused(gone) or "Unknown tool" in gone["text"], gone
    (still,) = ask(key("*"), ("read_note", {"note_id": "1"}))["calls"]
    assert "first" in still["text"]


@pytest.mark.parametrize("note", ["..", ".", "../headers", "1/../../headers", "a/b", "", "..\\headers", "{note_id}"])
def test_a_path_parameter_leads_nowhere_else(ask, key, note):
    (answer,) = ask(key("*"), ("read_note", {"note_id": note}))["calls"]
    # The words for ".." are FastMCP's own.
    said = ("a path parameter is missing, or is not one part of a path", "cannot contain dot segments")
    assert any(words in answer["text"] for words in said), answer


def test_without_a_path_parameter_nothing_is_asked(ask, key):
    (answer,) = ask(key("*"), ("read_note", {}))["calls"]
    assert refused(answer) or "a path parameter is missing" in answer["text"], answer


def test_the_container_is_isolated(service):
    assert not isolated(service.container)
    assert not networks_with_a_way_out(service.container)
    assert len(service.container.attrs["NetworkSettings"]["Networks"]) == 2


def test_the_secret_lies_in_one_file(service):
    """And in the container's environment, which the file is for."""
    holding = [path for path in service.folder.rglob("*") if path.is_file() and service.value in path.read_text()]
    holding.remove(service.folder / "inventory.yml")  # the test's own
    assert [path.name for path in holding] == ["notes.env"]
    assert stat.S_IMODE(holding[0].stat().st_mode) == 0o600


def test_a_second_run_changes_nothing(service):
    """And neither it nor its diff says the secret."""
    run = service.again()
    assert "changed=0 " in run.output and service.value not in run.output


@pytest.mark.slow
def test_another_selection_is_another_container(docker_api, service):
    before = docker_api.containers.get(service.container.name).id
    fewer = service.again(operations=["list_notes"], names={})
    assert service.value not in fewer.output
    during = docker_api.containers.get(service.container.name).id
    service.again()
    after = docker_api.containers.get(service.container.name).id
    assert len({before, during, after}) == 3
