# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials for MCP servers: in the database or, where that cannot, in config.yaml; and shown by nobody."""

from __future__ import annotations

import json
import secrets

import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import checked
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import Client
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import sha256
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.mcp_server import config_ids
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.mcp_config import config_of
from guarded_gateway import CONFIG, GUARD, wait_until_ready

MODULE = "mcp_lan.litellm.mcp_server"
URL = "http://upstream.invalid/mcp"


def _listed(client, name: str) -> dict:
    (found,) = [one for one in client.get("/v1/mcp/server") if one["server_name"] == name]
    return found


@pytest.mark.parametrize("kind", ["api_key", "oauth2", "static"])
def test_a_credential_is_set_kept_and_rotated_and_nobody_is_shown_it(own, play, client, kind):
    first, second = secrets.token_urlsafe(24), secrets.token_urlsafe(24)

    def options(value: str) -> dict:
        named = {"name": f"{own}x", "url": URL, "access_groups": [f"{own}group"]}
        if kind == "oauth2":
            oauth2 = {"client_id": "gateway", "client_secret": value, "token_url": "http://id.invalid/token"}
            return {**named, "auth_type": "oauth2", **oauth2, "scopes": ["b", "a"]}
        if kind == "static":
            return {**named, "static_headers": {"X-Site-Token": value}}
        return {**named, "auth_type": "api_key", "auth_value": value}

    if not Reconciler(client).ctx.capabilities.server_credentials:
        refused = play([{"name": "set", MODULE: options(first), "ignore_errors": True}])
        sentence = refused["set"]["msg"]
        config_alone = "keeps an MCP server's credential in config.yaml alone" in sentence
        assert config_alone if kind == "api_key" else "is too old: 1." in sentence, sentence
        assert first not in refused["output"]
        return
    results = play(
        [
            {"name": "in check mode", MODULE: options(first), "check_mode": True, "diff": True},
            {"name": "set", MODULE: options(first), "diff": True},
            {"name": "again", MODULE: options(first)},
            {"name": "rotate", MODULE: options(second), "diff": True},
            {"name": "rotated again", MODULE: options(second)},
        ],
        "-vvv",
    )
    assert [results[name]["changed"] for name in ("set", "again", "rotate", "rotated again")] == [1, 0, 1, 0]
    field = {"api_key": "auth_value", "oauth2": "client_secret", "static": "static_headers"}[kind]
    assert results["rotate"]["changes"] == [field]
    current = _listed(client, f"{own}x")
    if kind != "static":
        assert first not in json.dumps(current) and second not in json.dumps(current)
    assert first not in results["output"] and second not in results["output"]
    without = {"name": f"{own}x", "url": URL, "access_groups": [f"{own}group"]}
    # What is left out is left alone, a credential among it.
    results = play([{"name": "left out", MODULE: without}])
    assert results["left out"]["changed"] is False
    assert _listed(client, f"{own}x") == current


def test_how_long_it_is_waited_for(own, play, client):
    def task(name: str, **options) -> dict:
        return {"name": name, MODULE: {"name": f"{own}x", "url": URL, **options}, "ignore_errors": True}

    if not Reconciler(client).ctx.capabilities.server_timeout:
        refused = play([task("set", server_timeout=120)])
        assert "is too old: 1.89.0 is the first that keeps a time limit for each MCP server" in refused["set"]["msg"]
        return
    results = play(
        [task("set", server_timeout=120), task("again", server_timeout=120), task("change", server_timeout=7.5)]
    )
    assert [results[name]["changed"] for name in ("set", "again", "change")] == [1, 0, 1]
    assert _listed(client, f"{own}x")["timeout"] == 7.5
    assert play([task("left out")])["left out"]["changed"] is False
    assert _listed(client, f"{own}x")["timeout"] == 7.5


def test_other_names_for_tools_and_those_that_are_not_offered(own, play, client):
    options = {
        "name": f"{own}x",
        "url": URL,
        "tools": ["list", "get", "drop"],
        "disallowed_tools": ["drop"],
        "tool_display_names": {"get": "fetch-one"},
        "tool_descriptions": {"get": "Fetches one."},
    }
    tasks = [{"name": "set", MODULE: options, "ignore_errors": True}, {"name": "again", MODULE: options}]
    if not Reconciler(client).ctx.capabilities.tool_names:
        assert "is too old: 1." in play(tasks[:1])["set"]["msg"]
        return
    results = play(tasks)
    assert (results["set"]["changed"], results["again"]["changed"]) == (True, False)
    current = _listed(client, f"{own}x")
    assert sorted(current["allowed_tools"]) == ["get", "list"]
    assert current["tool_name_to_display_name"] == {"get": "fetch-one"}


class TestInConfig:
    """LiteLLM 1.77.3: what the role has written to config.yaml, and what the engine makes of it."""

    NAME = "moved"

    @pytest.fixture(scope="class")
    @classmethod
    def entry(cls):
        value = secrets.token_urlsafe(24)
        return {"name": cls.NAME, "url": URL, "auth_type": "bearer_token", "auth_value": value, "alias": "mv"}

    @pytest.fixture(scope="class")
    @classmethod
    def kept(cls, images, start_gateway, entry):
        found = config_of([entry], "1.77.3")
        config = CONFIG + yaml.safe_dump({"mcp_servers": found["mcp_servers"]})
        made = start_gateway(images["MCP_LAN_TEST_LITELLM_IMAGE"], GUARD, config, found["environment"])
        wait_until_ready(made.url, made.container)
        return made

    def run(self, kept, entries: dict, values: dict | None = None) -> dict[str, str]:
        engine = Reconciler(Client(kept.url, kept.master_key), values=values)
        steps = engine.plan(checked(entries))
        engine.apply(steps)
        assert not [step.error for step in steps if step.error]
        return {f"{step.kind} {step.name}": step.action for step in steps}

    def test_a_row_of_before_goes_and_its_grants_move(self, kept, entry):
        row = KINDS["mcp_server"].new_id(self.NAME)
        body = {"server_id": row, "server_name": self.NAME, "transport": "http", "url": URL}
        kept.admin("POST", "/v1/mcp/server", body)
        by_hand = kept.admin("POST", "/key/generate", {"object_permission": {"mcp_servers": [row]}})
        team = kept.admin("POST", "/team/new", {"team_alias": "moved", "object_permission": {"mcp_servers": [row]}})

        def of_team() -> dict:
            return kept.admin("GET", f"/team/info?team_id={team['team_id']}")["team_info"]["object_permission"]

        assert of_team()["mcp_servers"] == [row]
        entries = {"mcp_servers": [entry], "keys": [{"name": "moved", "mcp": {self.NAME: ["ping"]}}]}
        values = {"moved": "sk-" + secrets.token_urlsafe(24)}
        assert self.run(kept, entries, values) == {
            f"mcp_server {self.NAME}": "unchanged",
            f"mcp_server {self.NAME}#{row}": "removed",
            "key moved": "created",
        }
        (server,) = [one for one in kept.admin("GET", "/v1/mcp/server") if one["url"] == URL]
        assert server["server_id"] != row
        # By this id an upgrade finds the grants, when the server is to be in the database again.
        assert server["server_id"] in config_ids(KINDS["mcp_server"].complete(entry))
        keys = kept.admin("GET", "/key/list?return_full_object=true&size=100")["keys"]
        held = {one["token"]: one["object_permission"]["mcp_servers"] for one in keys}
        for value in (by_hand["key"], values["moved"]):
            assert held[sha256(value)] == [server["server_id"]]
        assert of_team()["mcp_servers"] == [server["server_id"]]
        assert set(self.run(kept, entries, values).values()) == {"unchanged"}

    def test_what_is_there_is_compared(self, kept, entry):
        engine = Reconciler(Client(kept.url, kept.master_key))
        steps = engine.plan(checked({"mcp_servers": [{**entry, "url": "http://elsewhere.invalid/mcp"}]}))
        assert [(step.action, step.changes) for step in steps] == [("changed", ["url"])]
        engine.apply(steps)
        assert "run the role litellm_gateway (site.yml), which writes it there" in steps[0].error

    def test_without_a_credential_it_is_not_for_config_yaml(self, kept, entry):
        engine = Reconciler(Client(kept.url, kept.master_key))
        steps = engine.plan(checked({"mcp_servers": [{"name": self.NAME, "url": URL}]}))
        engine.apply(steps)
        assert "it is in the gateway's config.yaml: change it there" in steps[0].error
        assert entry["auth_value"] not in str(kept.admin("GET", "/v1/mcp/server"))
