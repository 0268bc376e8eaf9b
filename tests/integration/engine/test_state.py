# SPDX-License-Identifier: GPL-3.0-or-later
"""The bulk module: everything at once, drift, purge, refusal before anything is written, and no secret anywhere."""

from __future__ import annotations

import re

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import sha256
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore

MODULE = "mcp_lan.litellm.gateway_state"


def _state(own: str, **more) -> dict:
    return {
        "owner": own,
        "mcp_servers": [
            {"name": f"{own}alpha", "url": "http://alpha.invalid/mcp", "access_groups": [f"{own}all"]},
            {"name": f"{own}beta", "url": "http://beta.invalid/sse", "transport": "sse"},
        ],
        "models": [{"name": f"{own}model", "litellm_params": {"model": "openai/x", "api_key": "sk-model-secret"}}],
        "users": [{"name": f"{own}user"}],
        "teams": [
            {
                "name": f"{own}team",
                "mcp": {f"{own}alpha": ["*"]},
                "members": [{"user": f"{own}user", "role": "user"}],
            }
        ],
        "keys": [
            {"name": f"{own}one", "team": f"{own}team", "mcp": {f"{own}*": ["*"]}, "budget": {"max": 3, "per": "7d"}},
            {"name": f"{own}two", "mcp": {f"{own}beta": ["a", "b"]}},
            {"name": f"{own}nothing"},
        ],
        **more,
    }


def _task(own: str, name: str = "state", **more) -> dict:
    return {"name": name, MODULE: _state(own, **more)}


def _actions(result: dict) -> dict[str, str]:
    return {f"{one['kind']} {one['name']}": one["action"] for one in result["results"]}


def _key(client, name: str) -> dict:
    (found,) = client.get("/key/list", return_full_object="true", key_alias=name)["keys"]
    return found


def test_everything_at_once_and_again(own, play, client, tmp_path):
    results = play([_task(own), _task(own, "again")])
    assert set(_actions(results["state"]).values()) == {"created"}
    assert results["again"]["changed"] is False
    assert set(_actions(results["again"]).values()) == {"unchanged"}

    # What the gateway holds: the key's value by its hash, the team's bound applied, never an empty scope.
    servers = {one["server_name"]: one["server_id"] for one in client.get("/v1/mcp/server")}
    store = FileStore(str(tmp_path / "store"))
    one, two, nothing = (_key(client, own + name) for name in ("one", "two", "nothing"))
    assert one["token"] == sha256(store.get("keys", f"{own}one"))
    assert one["object_permission"]["mcp_servers"] == [servers[f"{own}alpha"]]
    mark = one["metadata"]["mcp_lan"]
    assert (mark["owner"], mark["policy"], mark["generation"]) == (own, {f"{own}alpha": ["*"]}, 1)
    assert two["metadata"]["mcp_lan"]["policy"] == {f"{own}beta": ["a", "b"]}
    assert nothing["metadata"]["mcp_lan"]["policy"] == {}
    assert nothing["object_permission"]["mcp_servers"] and not set(nothing["object_permission"]["mcp_servers"]) & set(
        servers.values()
    )
    assert {tuple(each["allowed_routes"]) for each in (one, two, nothing)} == {("llm_api_routes",)}


def test_prompts_and_resources_of_a_scope(own, play, client):
    """With a version that passes them on: the gateway itself is told of no tool. With others they are refused."""
    scope = {"prompts": ["greet"], "resources": ["note://open/*"]}
    key = {"name": f"{own}reader", "mcp": {f"{own}alpha": scope}}
    state = {**_state(own), "teams": [], "keys": [key]}
    if not Reconciler(client).ctx.capabilities.prompts_and_resources:
        results = play([{"name": "state", MODULE: state}], fails=True)
        assert "leave out the prompts and resources of MCP server" in results["state"]["msg"]
        return
    results = play([{"name": "state", MODULE: state}, {"name": "again", MODULE: state}])
    assert _actions(results["state"])[f"key {own}reader"] == "created" and results["again"]["changed"] is False
    found = _key(client, f"{own}reader")
    assert found["metadata"]["mcp_lan"]["policy"] == {f"{own}alpha": scope}
    (server,) = found["object_permission"]["mcp_servers"]
    assert found["object_permission"]["mcp_tool_permissions"] == {server: ["mcp-lan-no-tool"]}
    state["keys"] = [{**key, "mcp": {f"{own}alpha": {**scope, "tools": ["a"]}}}]
    assert play([{"name": "wider", MODULE: state}])["wider"]["changed"] is True
    assert _key(client, f"{own}reader")["object_permission"]["mcp_tool_permissions"] == {server: ["a"]}


def test_a_team_that_gets_narrower_narrows_its_keys(own, play, client):
    play([_task(own)])
    teams = [{"name": f"{own}team", "mcp": {}}]
    result = play([_task(own, teams=teams)])["state"]
    assert _actions(result)[f"key {own}one"] == "changed"
    assert _key(client, f"{own}one")["metadata"]["mcp_lan"]["policy"] == {}


def test_a_changed_server_keeps_its_id(own, play, client):
    play([_task(own)])
    before = {one["server_name"]: one["server_id"] for one in client.get("/v1/mcp/server")}
    servers = _state(own)["mcp_servers"]
    servers[0]["url"] = "http://elsewhere.invalid/mcp"
    result = play([_task(own, mcp_servers=servers)])["state"]
    assert [name for name, action in _actions(result).items() if action == "changed"] == [f"mcp_server {own}alpha"]
    after = {one["server_name"]: one["server_id"] for one in client.get("/v1/mcp/server")}
    assert after == before


def test_drift_is_reported_field_by_field_and_put_right(own, play, client):
    play([_task(own)])
    token = _key(client, f"{own}two")["token"]
    client.post("/key/update", {"key": token, "max_budget": 99, "models": ["by-hand"]})
    drift = play([_task(own)], "--check", "--diff")["state"]
    assert [(one["name"], one["changes"]) for one in drift["results"] if one["changes"]] == [
        (f"{own}two", ["models", "budget"])
    ]
    assert '"max": 99' in drift["diff"]["before"] and "mcp" not in drift["diff"]["before"]
    results = play([_task(own), _task(own, "again")])
    assert _actions(results["state"])[f"key {own}two"] == "changed"
    assert results["again"]["changed"] is False


def test_a_scope_widened_by_hand_is_put_right(own, play, client):
    play([_task(own)])
    key = _key(client, f"{own}nothing")
    servers = [one["server_id"] for one in client.get("/v1/mcp/server")]
    client.post("/key/update", {"key": key["token"], "object_permission": {"mcp_servers": servers}})
    result = play([_task(own)])["state"]
    assert _actions(result)[f"key {own}nothing"] == "changed"
    assert not set(_key(client, f"{own}nothing")["object_permission"]["mcp_servers"]) & set(servers)


def test_what_is_ours_and_in_no_list_is_named_until_it_is_removed(own, play):
    state = _state(own)
    out = {**state, "keys": state["keys"][:1], "models": []}
    out["teams"] = [{**state["teams"][0], "mcp": {}}]
    tasks = [
        {"name": "all", MODULE: state},
        {"name": "out", MODULE: out},
        {"name": "would purge", MODULE: {**out, "purge": True}, "check_mode": True},
        {"name": "purge", MODULE: {**out, "purge": True}},
        {"name": "after", MODULE: out},
    ]
    results = play(tasks)
    gone = {f"model {own}model", f"key {own}two", f"key {own}nothing"}

    def named(result) -> set[str]:
        return {f"{one['kind']} {one['name']}" for one in result["left_over"]}

    def removed(result) -> set[str]:
        return {name for name, action in _actions(result).items() if action == "removed"}

    assert named(results["all"]) == set() and named(results["out"]) == gone
    assert removed(results["would purge"]) == removed(results["purge"]) == gone
    assert named(results["purge"]) == named(results["after"]) == set() and results["after"]["changed"] is False


def test_purge_removes_what_is_ours_and_nothing_else(own, play, client, tmp_path):
    play([_task(own)])
    client.post("/key/generate", {"key_alias": f"{own}by_hand"})
    kept = [one for one in _state(own)["keys"] if one["name"] != f"{own}two"]
    result = play([_task(own, keys=kept, purge=True)])["state"]
    assert [name for name, action in _actions(result).items() if action == "removed"] == [f"key {own}two"]
    assert _key(client, f"{own}by_hand")
    assert f"{own}two" not in FileStore(str(tmp_path / "store")).names("keys")


def test_a_server_that_goes_leaves_no_grant_behind(own, play, client):
    play([_task(own)])
    (beta,) = [one["server_id"] for one in client.get("/v1/mcp/server") if one["server_name"] == f"{own}beta"]
    client.post("/key/generate", {"key_alias": f"{own}by_hand", "object_permission": {"mcp_servers": [beta]}})
    play([{"name": "gone", "mcp_lan.litellm.mcp_server": {"name": f"{own}beta", "state": "absent"}}])
    for name in ("by_hand", "two"):
        key = _key(client, own + name)
        assert key["object_permission"]["mcp_servers"] and beta not in key["object_permission"]["mcp_servers"]
        assert f"{own}beta" not in str(key["metadata"])


def test_a_server_that_comes_back_is_within_a_team_s_bound_again(own, play, client):
    group = {"teams": [{"name": f"{own}group", "mcp": {f"{own}all": ["*"]}}], "keys": []}
    play([_task(own, **group)])
    (alpha,) = [one["server_id"] for one in client.get("/v1/mcp/server") if one["server_name"] == f"{own}alpha"]

    def bound() -> list[str]:
        (team,) = [one for one in client.get("/team/list") if one["team_alias"] == f"{own}group"]
        return client.get("/team/info", team_id=team["team_id"])["team_info"]["object_permission"]["mcp_servers"]

    assert bound() == [alpha]
    play([{"name": "gone", "mcp_lan.litellm.mcp_server": {"name": f"{own}alpha", "state": "absent"}}])
    assert alpha not in bound()
    result = play([_task(own, **group)])["state"]
    assert bound() == [alpha]
    assert _actions(result)[f"team {own}group"] == "changed"


def test_a_key_that_another_value_has_is_replaced(own, play, client, tmp_path):
    client.post("/key/generate", {"key_alias": f"{own}two", "spend": 1.5})
    by_hand = _key(client, f"{own}two")["token"]
    result = play([_task(own)])["state"]
    (two,) = [one for one in result["results"] if one["name"] == f"{own}two"]
    assert two["action"] == "changed" and "value" in two["changes"]
    now = _key(client, f"{own}two")
    assert now["token"] == sha256(FileStore(str(tmp_path / "store")).get("keys", f"{own}two")) != by_hand
    assert now["spend"] == 1.5
    assert client.get("/key/list", key_hash=by_hand)["keys"] == []


def test_an_adopted_key_keeps_its_value(own, play, client, tmp_path):
    client.post("/key/generate", {"key_alias": f"{own}adopted", "max_budget": 4})
    token = _key(client, f"{own}adopted")["token"]
    keys = [{"name": f"{own}adopted", "hash": token, "budget": {"max": 4}}]
    results = play([_task(own, keys=keys), _task(own, "again", keys=keys)])
    assert results["again"]["changed"] is False
    assert _key(client, f"{own}adopted")["token"] == token
    assert FileStore(str(tmp_path / "store")).names("keys") == []


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"keys": [{"name": "k", "modles": ["x"]}]}, "keys[0] (k): 'modles' is not an option of a key; did you mean"),
        ({"keys": [{"name": "k", "team": "nobody"}]}, "there is no team 'nobody'"),
        ({"keys": [{"name": "k", "mcp": {"nowhere": ["*"]}}]}, "mcp.nowhere matches no server"),
        ({"keys": [{"name": "k", "expires": "soon"}]}, "'soon' is not an ISO 8601 time"),
        ({"mcp_servers": [{"name": "with-dash", "url": "http://x.invalid"}]}, "'with_dash' would do"),
        ({"mcp_servers": [{"name": "s", "transport": "stdio", "command": "npx"}]}, "at least one entry in args"),
        ({"models": [{"name": "m", "litellm_params": {}}]}, "litellm_params.model is missing"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(own, play, proxy, more, sentence):
    proxy.reset()
    state = {**_state(own), **({} if "mcp_servers" in more else {"mcp_servers": []}), "teams": [], "keys": [], **more}
    results = play([{"name": "state", MODULE: state}], api_url=proxy.url, fails=True)
    assert results["state"]["failed"] and sentence in results["state"]["msg"]
    assert {method for method, _path in proxy.seen} <= {"GET"}


def test_no_secret_in_any_output(own, play, tmp_path, master_key):
    credentials = [{"name": f"{own}credential", "values": {"api_key": "sk-credential-secret"}}]
    output = play([_task(own, credentials=credentials)], "--diff", "-vvv")["output"]
    output += play([_task(own, keys=[{"name": f"{own}two", "budget": {"max": 1}}])], "--diff", "-vvv")["output"]
    store = FileStore(str(tmp_path / "store"))
    values = [store.get("keys", name) for name in store.names("keys")]
    assert len(values) == 3
    for secret in [*values, master_key, "sk-credential-secret", "sk-model-secret"]:
        assert secret not in output


def test_secret_and_lookups(play, tmp_path):
    store = str(tmp_path / "store")
    tasks = [
        {"name": "would make", "mcp_lan.litellm.secret": {"name": "one", "prefix": "sk-"}, "check_mode": True},
        {
            "name": "not yet",
            "ansible.builtin.set_fact": {
                "found": "{{ lookup('mcp_lan.litellm.secret', 'one', missing='placeholder') }}"
            },
        },
        {"name": "make", "mcp_lan.litellm.secret": {"name": "one", "prefix": "sk-"}},
        {"name": "again", "mcp_lan.litellm.secret": {"name": "one"}},
        {
            "name": "length",
            "ansible.builtin.set_fact": {"found": "{{ lookup('mcp_lan.litellm.secret', 'one') | length }}"},
        },
        {
            "name": "missing",
            "ansible.builtin.set_fact": {"found": "{{ lookup('mcp_lan.litellm.key', 'nobody') }}"},
            "ignore_errors": True,
        },
    ]
    results = play(tasks)
    assert [results[name]["changed"] for name in ("would make", "make", "again")] == [True, True, False]
    assert results["not yet"]["ansible_facts"]["found"] == "not-made-yet"
    assert int(results["length"]["ansible_facts"]["found"]) > 40
    assert "has no 'nobody' among its keys" in results["missing"]["msg"]
    assert FileStore(store).get("secrets", "one") not in results["output"]


def test_gateway_info(play, client, gateway):
    tasks = [
        {"name": "info", "mcp_lan.litellm.gateway_info": {}},
        {"name": "wrong key", "mcp_lan.litellm.gateway_info": {"master_key": "sk-wrong"}, "ignore_errors": True},
        {
            "name": "nobody",
            "mcp_lan.litellm.gateway_info": {"api_url": "http://127.0.0.1:9", "retries": 0},
            "ignore_errors": True,
        },
    ]
    results = play(tasks)
    assert results["info"]["database_connected"] is True and results["info"]["ready"] is True
    assert results["info"]["counts"]["keys"] >= 0
    # By the front door it is refused; LiteLLM's own port has nothing for who is not the administrator.
    assert re.search("refuses the master key|check api_url and master_key", results["wrong key"]["msg"])
    assert "connection refused" in results["nobody"]["msg"]
