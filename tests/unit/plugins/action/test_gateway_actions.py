# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions that speak to a gateway, as Ansible itself runs them: on the controller, and without a secret shown."""

from __future__ import annotations

import importlib
import json
import os
import socket

import pytest
import tree
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.action import HIDDEN, plain
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS

ACTIONS = tree.TOP / "plugins" / "action"
ONES = [
    *KINDS,
    *(f"{kind}_info" for kind in KINDS),
    "gateway_info",
    "gateway_state",
    "gateway_verify",
    "open_webui",
]
FRAGMENTS = "ansible_collections.mcp_lan.litellm.plugins.doc_fragments"
SECRETS = {"master": "sk-the-master-1", "entry": "the-entrys-own-secret"}
MODEL = {"litellm_params": {"model": "openai/x", "api_key": SECRETS["entry"]}}


def _documented(name: str) -> dict:
    module = importlib.import_module(f"ansible_collections.mcp_lan.litellm.plugins.modules.{name}")
    documentation = yaml.safe_load(module.DOCUMENTATION)
    options = dict(documentation.get("options") or {})
    for fragment in documentation.get("extends_documentation_fragment") or []:
        file, _, section = fragment.removeprefix("mcp_lan.litellm.").partition(".")
        text = getattr(
            importlib.import_module(f"{FRAGMENTS}.{file}").ModuleDocFragment, section.upper() or "DOCUMENTATION"
        )
        options |= yaml.safe_load(text).get("options") or {}
    return options


def _as_declared(options: dict) -> dict:
    return {
        name: {
            "type": one.get("type", "str"),
            "elements": one.get("elements"),
            "choices": one.get("choices"),
            "required": bool(one.get("required")),
            "default": one.get("default"),
            "options": _as_declared(one.get("suboptions") or one.get("options") or {}),
        }
        for name, one in options.items()
    }


@pytest.mark.parametrize("name", ONES)
def test_the_documentation_says_what_the_action_takes(name):
    action = importlib.import_module(f"ansible_collections.mcp_lan.litellm.plugins.action.{name}").ActionModule
    assert _as_declared(action.options) == _as_declared(_documented(name))


def test_every_action_group_has_them():
    group = yaml.safe_load((tree.TOP / "meta" / "runtime.yml").read_text())["action_groups"]["litellm"]
    assert set(ONES) - {"open_webui"} <= set(group)


@pytest.fixture
def closed():
    """Addresses at which nothing answers."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        yield [f"http://127.0.0.1:{each.getsockname()[1]}" for each in (one, other)]


@pytest.fixture
def play(tmp_path):
    """Run tasks, none of which can succeed; gives what each of them returned, and all that was printed."""

    def playing(*tasks: dict, hosts: str = "localhost", **of_play):
        book = tmp_path / "play.yml"
        named = [{"name": str(number), "ignore_errors": True, **task} for number, task in enumerate(tasks)]
        variables = {"mcp_lan_store": str(tmp_path / "store")}
        book.write_text(
            yaml.safe_dump([{"hosts": hosts, "gather_facts": False, "vars": variables, "tasks": named, **of_play}])
        )
        _status, output = tree.run(
            *("ansible-playbook", "-vvv", "-i", f"{hosts},", book),
            ANSIBLE_STDOUT_CALLBACK="ansible.posix.json",
            ANSIBLE_LOCAL_TEMP=str(tmp_path / "ansible"),
            PATH=os.environ["PATH"],
        )
        report = json.loads(output[output.index("\n{") : output.rindex("}") + 1])
        return [one["hosts"][hosts] for one in report["plays"][0]["tasks"]], output

    return playing


def _model(**more) -> dict:
    return {"mcp_lan.litellm.model": {"name": "m", "retries": 0, "master_key": SECRETS["master"], **MODEL, **more}}


def test_nothing_is_made_a_text_that_is_none(play, closed):
    gateway = {"api_url": closed[0], "retries": 0, "master_key": SECRETS["master"]}
    results, _output = play(
        {"mcp_lan.litellm.key": {**gateway, "name": "k", "team": ["t"]}},
        {"mcp_lan.litellm.team": {**gateway, "name": "t", "models": "m, n", "limits": {"rpm": True}}},
        _model(api_url=closed[0], id={"a": 1}),
    )
    assert [one["msg"] for one in results] == [
        "key.team: it is a text, this is a list.",
        "team.models: it is a list such as [a, b], this is a text with blanks around its commas.\n"
        "team.limits.rpm: it is a whole number, this is True.",
        "model.id: it is a text, this is a dictionary.",
    ]
    assert not any(secret in json.dumps(results) for secret in SECRETS.values())


def test_no_secret_is_shown(play, closed):
    state = {"api_url": closed[0], "retries": 0, "master_key": SECRETS["master"], "models": [{"name": "m", **MODEL}]}
    results, output = play(
        _model(api_url=closed[0]),
        _model(api_url=f"{closed[0]}/{SECRETS['entry']}"),
        _model(api_url=closed[0], nothing_like_that=1),
        _model(api_url=closed[0], info="{[", timeout="soon"),
        {"mcp_lan.litellm.gateway_state": state},
        {"mcp_lan.litellm.gateway_state": {**state, "models": [{"name": "m", "nothing_like_that": 1, **MODEL}]}},
    )
    assert all(one["failed"] for one in results), results
    assert not [value for value in SECRETS.values() if value in output]
    assert "Nothing answers at" in results[0]["msg"]
    assert results[0]["invocation"]["module_args"]["master_key"] == HIDDEN
    assert results[0]["invocation"]["module_args"]["litellm_params"]["model"] == "openai/x"
    assert "Unsupported parameters for (mcp_lan.litellm.model) module: nothing_like_that" in results[2]["msg"]
    assert results[4]["results"] == [] and "models" not in results[4]["invocation"]["module_args"]
    assert "'nothing_like_that' is not an option of a model" in results[5]["msg"]
    assert [one["code"] for one in results] == [
        "api_unreachable",
        "api_unreachable",
        "options_invalid",
        "options_invalid",
        "api_unreachable",
        "entry_invalid",
    ]


def test_defaults_of_the_group_and_of_one_kind(play, closed):
    group, own = closed
    common = {"master_key": SECRETS["master"], "retries": 0, "api_url": group}
    results, _output = play(
        {"mcp_lan.litellm.team": {"name": "t"}},
        {"mcp_lan.litellm.tag": {"name": "t"}},
        {"mcp_lan.litellm.team_info": {}},
        module_defaults={
            "group/mcp_lan.litellm.litellm": common,
            "mcp_lan.litellm.tag": {"api_url": own, "description": "for tags alone"},
        },
    )
    assert [own in one["msg"] for one in results] == [False, True, False], results
    assert all("Nothing answers" in one["msg"] for one in results)


def test_it_runs_on_the_controller_with_the_environment_of_the_task(play, closed):
    """The host has no name that could be found, so that nothing can have run there."""
    environment = {"LITELLM_API_URL": closed[0], "LITELLM_MASTER_KEY": SECRETS["master"]}
    results, output = play(
        {"mcp_lan.litellm.budget": {"name": "b", "retries": 0}, "environment": environment},
        {"mcp_lan.litellm.budget_info": {"retries": 0}},
        hosts="nowhere.invalid",
    )
    assert f"Nothing answers at {closed[0]}" in results[0]["msg"]
    assert "missing required arguments: api_url, master_key" in results[1]["msg"]
    assert SECRETS["master"] not in output


def test_the_proof_says_which_entry_has_no_name(play, closed):
    given = {"api_url": closed[0], "master_key": SECRETS["master"], "retries": 0, "keys": [], "mcp_servers": []}
    results, _output = play(
        {"mcp_lan.litellm.gateway_verify": {**given, "keys": [{"name": "a"}, {"alias": "b"}]}},
        {"mcp_lan.litellm.gateway_verify": {**given, "mcp_servers": [{"url": "http://notes/mcp"}]}},
    )
    assert [one["msg"].partition(":")[0] for one in results] == ["keys[1] has no name", "mcp_servers[0] has no name"]
    assert {one["code"] for one in results} == {"entry_invalid"}


def test_options_are_what_a_module_would_get():
    class Text(str):
        """As Ansible marks values."""

    found = plain({Text("a"): (Text("b"), 1, None), "c": {"d": {2.5}}})
    assert found == {"a": ["b", 1, None], "c": {"d": [2.5]}}
    assert type(found["a"][0]) is str and type(next(iter(found))) is str
