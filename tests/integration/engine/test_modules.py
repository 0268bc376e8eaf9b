# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module through one skeleton, run by Ansible against a real gateway: create, change, remove, each in check mode,
for real and again; while a proxy sees that check mode and a second run only read."""

from __future__ import annotations

import re
import secrets

import pytest
import tree
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler

URL = "http://mcp-test.invalid:8000/mcp"
GUARDRAIL = {"guardrail": "generic_guardrail_api", "api_base": "http://guardrail.invalid"}
CASES = {
    "mcp_server": (
        {"url": URL, "access_groups": ["g"]},
        {"url": URL, "description": "changed", "tool_costs": {"t": 2}},
    ),
    "model": (
        {"litellm_params": {"model": "openai/x", "mock_response": "a", "api_key": "sk-model-secret-1"}},
        {"litellm_params": {"model": "openai/x", "api_key": "sk-model-secret-2"}, "model_info": {"mode": "chat"}},
    ),
    "credential": (
        {"values": {"api_key": "sk-credential-secret-1"}, "info": {"custom_llm_provider": "openai"}},
        {"values": {"api_key": "sk-credential-secret-2"}, "info": {}},
    ),
    "budget": ({"budget": {"max": 5, "per": "30d"}}, {"budget": {"max": 6}, "limits": {"rpm": 10}}),
    "user": (
        {"email": "somebody@example.com", "budget": {"max": 1}},
        {"email": "else@example.com", "role": "internal_user_viewer", "metadata": {"a": 1}},
    ),
    "guardrail": (
        {"litellm_params": {**GUARDRAIL, "mode": "pre_call", "api_key": "sk-guardrail-secret-1"}},
        {"litellm_params": {**GUARDRAIL, "mode": "post_call", "api_key": "sk-guardrail-secret-2"}, "info": {"a": "b"}},
    ),
    "toolset": ({"mcp": {}, "description": "first"}, {"mcp": {}, "description": "second"}),
    "access_group": ({"description": "first", "models": ["mock"]}, {"description": "second"}),
    "customer": ({"alias": "first"}, {"alias": "second", "blocked": True}),
    "tag": ({"description": "first"}, {"description": "second"}),
    "organization": (
        {"budget": {"max": 5}, "metadata": {"a": "b"}},
        {"models": ["mock"], "mcp": {}, "limits": {"rpm": 3}},
    ),
    "team": (
        {"budget": {"max": 5, "per": "30d"}, "limits": {"tpm": 1000}, "metadata": {"a": "b"}},
        {"budget": {"max": 7}, "mcp": {}, "blocked": True, "models": ["mock"]},
    ),
    "key": (
        {"budget": {"max": 5, "per": "30d"}, "limits": {"rpm": 5, "parallel": 2}, "metadata": {"a": "b"}},
        {"limits": {"tpm": 100}, "expires": "2031-01-01T00:00:00Z", "models": ["mock"], "blocked": True},
    ),
}

# One option of an object that is made as in the first of its cases, beside those that are required.
ONE = {
    "mcp_server": {"url": URL, "description": "changed"},
    "model": {**CASES["model"][0], "model_info": {"mode": "chat"}},
    "credential": {"values": {"api_key": "sk-credential-secret-1"}, "info": {"a": "b"}},
    "budget": {"limits": {"rpm": 10}},
    "user": {"metadata": {"a": 1}},
    "guardrail": {**CASES["guardrail"][0], "info": {"a": "b"}},
    "toolset": {"mcp": {}, "description": "second"},
    "access_group": {"description": "second"},
    "customer": {"blocked": True},
    "tag": {"description": "second"},
    "organization": {"limits": {"rpm": 3}},
    "team": {"blocked": True},
    "key": {"budget": {"max": 6, "per": "30d"}},
}


def test_every_kind_has_a_case():
    assert set(CASES) == set(ONE) == set(KINDS)


def _steps(kind: str, name: str, first: dict, second: dict) -> list[dict]:
    module = f"mcp_lan.litellm.{kind}"
    tasks = []
    for label, options in (
        ("create", {"name": name, **first}),
        ("update", {"name": name, **second}),
        ("delete", {"name": name, "state": "absent"}),
    ):
        tasks += [
            {"name": f"{label} in check mode", module: options, "check_mode": True, "diff": True},
            {"name": label, module: options, "diff": True},
            {"name": f"{label} again", module: options},
        ]
    return tasks


@pytest.mark.parametrize("kind", KINDS)
def test_skeleton(kind, own, play, proxy, client):
    if _refused(kind, client, play):
        return
    name = own + kind
    first, second = CASES[kind]
    proxy.reset()
    results = play(_steps(kind, name, first, second), api_url=proxy.url)
    for label, outcome in (("create", "created"), ("update", "changed"), ("delete", "removed")):
        for variant, changed in (("", True), (" in check mode", True), (" again", False)):
            result = results[label + variant]
            assert result["changed"] is changed, (label + variant, result)
            assert result["outcome"] == (outcome if changed else "unchanged")
        assert results[label]["diff"] == results[f"{label} in check mode"]["diff"] or kind == "key"
    assert set(results["update"]["changes"]) == set(results["update in check mode"]["changes"])
    assert results["create"][kind]["name"] == name
    assert "-secret-" not in results["output"]


def _refused(kind: str, client, play) -> bool:
    """Whether this gateway has no such objects; then the module has to say why."""
    if kind == "organization" and _needs_a_licence(client):
        sentence = "organizations need a licence"
    elif not getattr(Reconciler(client).ctx.capabilities, f"{kind}s", True):
        sentence = "is too old: 1."
    else:
        return False
    options = {"name": "one", **CASES[kind][0]}
    results = play([{"name": "make", f"mcp_lan.litellm.{kind}": options, "ignore_errors": True}])
    assert sentence in results["make"]["msg"]
    return True


def _needs_a_licence(client) -> bool:
    try:
        client.get("/organization/list")
    except ApiError as error:
        if error.status != 403:
            raise
        return True
    return False


@pytest.mark.parametrize("kind", KINDS)
def test_check_mode_and_a_second_run_only_read(kind, own, play, proxy, client):
    if _refused(kind, client, play):
        return
    name = own + kind
    first, second = CASES[kind]
    module = f"mcp_lan.litellm.{kind}"
    play([{"name": "create", module: {"name": name, **first}}])
    proxy.reset()
    play(
        [
            {"name": "again", module: {"name": name, **first}},
            {"name": "would change", module: {"name": name, **second}, "check_mode": True},
            {"name": "would make", module: {"name": f"{name}_2", **second}, "check_mode": True},
            {"name": "read", f"{module}_info": {}},
        ],
        api_url=proxy.url,
    )
    assert proxy.seen and {method for method, _path in proxy.seen} == {"GET"}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_left_out_is_left_alone(kind, own, play, client):
    if _refused(kind, client, play):
        return
    name, module = own + kind, f"mcp_lan.litellm.{kind}"
    play([{"name": "create", module: {"name": name, **CASES[kind][0]}}])
    before = Reconciler(client).look(kind)[name].state
    changed = play([{"name": "change", module: {"name": name, **ONE[kind]}}])["change"]
    after = Reconciler(client).look(kind)[name].state
    differing = {option for option in after if after[option] != before.get(option)}
    required = {"litellm_params", "values", "url", *(["mcp"] if kind == "toolset" else [])}
    assert changed["changed"] and set(changed["changes"]) == differing == set(ONE[kind]) - required
    again = play([{"name": "again", module: {"name": name, **ONE[kind]}}])["again"]
    assert again["outcome"] == "unchanged"


@pytest.fixture
def filesystem(client, play):
    """The MCP server of this name, which the gateway of the newest version has not."""
    if "filesystem" in Reconciler(client).look("mcp_server"):
        yield
    else:
        server = {"name": "filesystem", "url": URL}
        play([{"name": "make", "mcp_lan.litellm.mcp_server": server}])
        yield
        play([{"name": "remove", "mcp_lan.litellm.mcp_server": {**server, "state": "absent"}}])


def test_a_key_keeps_what_others_have_said_of_it(own, play, client, filesystem):
    """Whoever changes its budget alone opens nothing and lets nobody in again."""
    name = f"{own}key"
    whole = {"name": name, "models": ["mock"], "mcp": {"filesystem": ["list_directory"]}, "blocked": True}
    play([{"name": "create", "mcp_lan.litellm.key": {**whole, "expires": "2031-01-01T00:00:00Z"}}])
    before = Reconciler(client).look("key")[name].state
    play([{"name": "budget", "mcp_lan.litellm.key": {"name": name, "budget": {"max": 6}}}])
    after = Reconciler(client).look("key")[name].state
    assert after == {**before, "budget": {"max": 6}}
    assert after["mcp"] == {"filesystem": ["list_directory"]} and after["blocked"] and after["models"] == ["mock"]
    play([{"name": "nothing", "mcp_lan.litellm.key": {"name": name, "mcp": {}, "models": []}}])
    last = Reconciler(client).look("key")[name].state
    assert (
        last["mcp"] == {}
        and last["models"] == ["no-default-models"]
        and last["budget"] == {"max": 6}
        and last["blocked"]
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_run(kind, play, client, filesystem):
    """All of a module's, in order, as they stand in its documentation: made, changed, looked at and removed."""
    if _refused(kind, client, play):
        return
    text = (tree.TOP / "plugins/modules" / f"{kind}.py").read_text(encoding="utf-8")
    tasks = yaml.safe_load(re.search(r'EXAMPLES = r"""(.*?)"""', text, re.DOTALL)[1])
    secret = {name: secrets.token_urlsafe(24) for name in re.findall(r"{{ (\w+) }}", text)}
    results = play(tasks, **secret)
    module = f"mcp_lan.litellm.{kind}"
    removals = [one["name"] for one in tasks if one.get(module, {}).get("state") == "absent"]
    assert len(tasks) - len(removals) >= 3 and removals
    for one in tasks:
        result = results[one["name"]]
        if module in one:
            expected = ("removed",) if one["name"] in removals else ("created", "changed")
            assert result["outcome"] in expected, (one, result)
        else:
            assert len(result[KINDS[kind].returned or KINDS[kind].plural]) == 1
    assert results[tasks[0]["name"]]["outcome"] == "created"


@pytest.mark.parametrize("kind", KINDS)
def test_missing_arguments(kind, play):
    results = play([{"name": "nothing", f"mcp_lan.litellm.{kind}": {}, "ignore_errors": True}])
    assert "missing required arguments" in results["nothing"]["msg"]
