# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway that somebody configured by hand, over raw HTTP, as an inventory: applied back it changes nothing."""

from __future__ import annotations

import secrets

import pytest
import requests
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import Client
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS, ORDER, PLURALS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from guarded_gateway import GATEWAYS, wait_until_ready
from plays import run_playbook

EXPORT = "mcp_lan.litellm.gateway_export"
STATE = "mcp_lan.litellm.gateway_state"
NO_GUARD = "general_settings: {proxy_batch_write_at: 3}"


class Hand:
    """A person with curl: makes one or more of each kind, some as this collection never would."""

    def __init__(self, api_url: str, master_key: str, prefix: str):
        self.api_url, self.prefix = api_url, prefix
        self.headers = {"Authorization": f"Bearer {master_key}"}
        self.secrets: list[str] = []

    def post(self, path: str, **body) -> dict:
        answer = requests.post(self.api_url + path, json=body, headers=self.headers, timeout=60)
        assert answer.ok, (path, answer.text)
        return answer.json()

    def secret(self, prefix: str = "") -> str:
        self.secrets.append(prefix + secrets.token_urlsafe(18))
        return self.secrets[-1]

    def key(self, alias: str | None = None, **fields) -> None:
        value = self.secret("sk-")
        self.post("/key/generate", key=value, **({"key_alias": self.prefix + alias} if alias else {}), **fields)

    def server(self, name: str, **fields) -> str:
        url = f"http://{name}.invalid/mcp?token={self.secret()}"
        body = {"server_name": self.prefix + name, "transport": "http", "url": url, **fields}
        return self.post("/v1/mcp/server", **body)["server_id"]

    def everything(self) -> None:
        own = self.prefix
        values = {"api_key": self.secret("sk-"), "api_base": "http://models.invalid"}
        credential = {"credential_name": own + "credential", "credential_values": values}
        self.post("/credentials", credential_info={"custom_llm_provider": "openai"}, **credential)
        self.post("/budget/new", budget_id=own + "gold", max_budget=5, budget_duration="30d")
        for parameters in (
            {"api_key": self.secret("sk-"), "input_cost_per_token": 1e-06},
            {"litellm_credential_name": own + "credential", "extra_headers": {"X-Any": self.secret()}},
        ):
            model = {"model_name": own + "gpt", "litellm_params": {"model": "openai/gpt-4o", **parameters}}
            self.post("/model/new", model_info={"base_model": "gpt-4o"}, **model)
        self.post("/tag/new", name=own + "fast", description="not a {{ template }}", models=[])
        alpha = self.server("alpha", mcp_access_groups=[own + "group"], description="first")
        beta = self.server("beta", alias=own + "b", auth_type="bearer_token", credentials={"auth_value": self.secret()})
        self.server("headers", static_headers={"X-Any": self.secret()}, allowed_tools=["one"])
        self.post("/user/new", user_id=own + "ann", user_email=f"{own}ann@example.com", auto_create_key=False)
        scope = {"mcp_servers": [alpha, beta]}
        members = [{"user_id": own + "ann", "role": "admin"}]
        team = self.post("/team/new", team_alias=own + "team", object_permission=scope, members_with_roles=members)
        self.post("/team/new", team_alias=own + "team")  # LiteLLM takes the same name twice
        nameless = self.post("/team/new", metadata={"made_by": own})
        if self._has("/v1/mcp/toolset"):
            tools = [{"server_id": alpha, "tool_name": "one"}, {"server_id": beta, "tool_name": "two"}]
            toolset = self.post("/v1/mcp/toolset", toolset_name=own + "toolset", tools=tools)
            granted = {"access_model_names": [own + "gpt"], "access_mcp_server_ids": [alpha]}
            assigned = {"assigned_team_ids": [team["team_id"]]}
            self.post("/v1/access_group", access_group_name=own + "access", **granted, **assigned)
            self.key("by_toolset", object_permission={"mcp_toolsets": [toolset["toolset_id"]]})
        parameters = {"guardrail": "generic_guardrail_api", "mode": "pre_call", "api_base": "http://guard.invalid"}
        guardrail = {
            "guardrail_name": own + "guardrail",
            "litellm_params": {**parameters, "api_key": self.secret("sk-")},
        }
        self.post("/guardrails", guardrail={**guardrail, "guardrail_info": {"note": "by hand"}})
        self.post("/customer/new", user_id=own + "cust", budget_id=own + "gold")
        self.key("scoped", object_permission={"mcp_servers": [beta]}, max_budget=4, budget_duration="7d")
        self.key("of_team", team_id=team["team_id"])
        self.key("of_nameless", team_id=nameless["team_id"], metadata={"logging": [{"api_key": self.secret()}]})
        self.key("by_group", object_permission={"mcp_access_groups": [own + "group"]})
        self.key("open", duration="30d", models=[own + "gpt"], rpm_limit=3)
        self.key("user_unknown", user_id=own + "nobody")
        self.key(None, user_id=own + "ann", metadata={"made_by": own})

    def _has(self, path: str) -> bool:
        return requests.get(self.api_url + path, headers=self.headers, timeout=60).ok

    def clean(self) -> None:
        engine = Reconciler(Client(self.api_url, self.headers["Authorization"].removeprefix("Bearer ")))
        current = engine.read_all()
        for kind in reversed(ORDER):
            for name, found in current[kind].items():
                if name.startswith(self.prefix) or (found.raw.get("metadata") or {}).get("made_by") == self.prefix:
                    KINDS[kind].delete(engine.ctx, found)


@pytest.fixture
def hand(gateway, master_key):
    made = Hand(gateway.admin_url, master_key, f"ent{secrets.token_hex(3)}_")
    try:
        made.everything()
        yield made
    finally:
        made.clean()


@pytest.fixture
def another_hand(request, images, start_gateway):
    """The same at a gateway that has no guard, as one that was never deployed by this collection."""
    started = start_gateway(images[request.param], None, NO_GUARD)
    wait_until_ready(started.url, started.container)
    made = Hand(started.url, started.master_key, f"ent{secrets.token_hex(3)}_")
    try:
        made.everything()
        yield made
    finally:
        made.clean()


def _apply(dest) -> list[dict]:
    state = {plural: f"{{{{ litellm_{plural} | default([]) }}}}" for plural in PLURALS}
    return [
        {"name": "read", "ansible.builtin.include_vars": {"file": str(dest)}},
        {"name": "apply", STATE: {**state, "purge": True}},
    ]


def _connected(hand: Hand) -> dict:
    return {"master_key": hand.headers["Authorization"].removeprefix("Bearer ")}


def test_applied_back_nothing_changes(hand, play, tmp_path):
    dest = tmp_path / "exported.yml"
    results = play([{"name": "export", EXPORT: {"dest": str(dest)}}, *_apply(dest)], "--diff")
    assert results["export"]["changed"] is True and dest.stat().st_mode & 0o777 == 0o600
    assert results["apply"]["changed"] is False
    assert {one["action"] for one in results["apply"]["results"]} == {"unchanged"}
    mine = [one["name"] for one in results["apply"]["results"] if one["name"].startswith(hand.prefix)]
    assert len(mine) >= 18 and f"{hand.prefix}of_team" in mine and f"{hand.prefix}user_unknown" in mine
    written = dest.read_text() + results["output"]
    assert [one for one in hand.secrets if one in written] == []
    assert len(hand.secrets) >= 14


@pytest.mark.slow
def test_the_file_is_not_overwritten_and_check_mode_writes_none(play, tmp_path):
    dest = tmp_path / "exported.yml"
    task = {EXPORT: {"dest": str(dest)}}
    results = play(
        [
            {"name": "would write", **task, "check_mode": True},
            {"name": "is there", "ansible.builtin.stat": {"path": str(dest)}},
            {"name": "write", **task},
            {"name": "again", **task},
            {"name": "edit", "ansible.builtin.lineinfile": {"path": str(dest), "line": "# a person's own word"}},
            {"name": "refused", **task, "ignore_errors": True},
            {"name": "forced", EXPORT: {"dest": str(dest), "force": True}},
        ]
    )
    assert results["would write"]["changed"] is True and results["is there"]["stat"]["exists"] is False
    assert [results[name]["changed"] for name in ("write", "again", "forced")] == [True, False, True]
    assert "is there already, and is not overwritten" in results["refused"]["msg"]


@pytest.mark.slow
@pytest.mark.parametrize("gateway", ["deployed"], indirect=True)
@pytest.mark.parametrize("another_hand", GATEWAYS, indirect=True)
def test_a_gateway_that_was_never_ours_is_taken_over(another_hand, play, tmp_path):
    hand = another_hand
    dest = tmp_path / "exported.yml"
    tasks = [{"name": "export", EXPORT: {"dest": str(dest), **_connected(hand)}}, *_apply(dest)]
    tasks[-1][STATE] |= _connected(hand)
    results = play(tasks, api_url=hand.api_url)
    assert {one["action"] for one in results["apply"]["results"]} == {"unchanged"}
    inventory = dest.read_text()
    assert [one for one in hand.secrets if one in inventory] == []

    for plural in ("guardrails", *(["toolsets", "access_groups"] if "litellm_toolsets" in inventory else [])):
        assert [one["name"].startswith(hand.prefix) for one in _entries(dest, plural)] == [True]

    # From then on it is managed: an adopted key that gets another scope keeps its value.
    (scoped,) = [one for one in _entries(dest, "keys") if one["name"] == f"{hand.prefix}scoped"]
    assert scoped["mcp"] == {f"{hand.prefix}beta": ["*"]}
    narrower = {**scoped, "mcp": {f"{hand.prefix}alpha": ["one"]}}
    task = {STATE: {"keys": [narrower], **_connected(hand)}}
    results = play([{"name": "narrow", **task}, {"name": "again", **task}], api_url=hand.api_url)
    assert [one["changes"] for one in results["narrow"]["results"]] and results["narrow"]["changed"] is True
    assert results["again"]["changed"] is False
    client = Client(hand.api_url, _connected(hand)["master_key"])
    (current,) = client.get("/key/list", return_full_object="true", key_alias=scoped["name"])["keys"]
    assert current["token"] == scoped["hash"]
    assert current["metadata"]["mcp_lan"]["policy"] == {f"{hand.prefix}alpha": ["one"]}


@pytest.mark.slow
def test_the_playbook(hand, gateway, tmp_path):
    dest, inventory = tmp_path / "exported.yml", tmp_path / "hosts"
    inventory.write_text(
        f"[gateway]\nhost.invalid litellm_admin_url={gateway.admin_url} mcp_lan_store={gateway.store}\n"
    )
    run_playbook("playbooks/export.yml", "-i", str(inventory), "-e", f"export_dest={dest}")
    assert f"{hand.prefix}scoped" in dest.read_text()


def _entries(dest, plural: str) -> list[dict]:
    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))
    return yaml.load(dest.read_text(), Loader)[f"litellm_{plural}"]
