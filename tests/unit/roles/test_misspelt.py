# SPDX-License-Identifier: GPL-3.0-or-later
"""A variable that is nearly one of the site's is refused by name; what somebody reads is nobody's mistake."""

from __future__ import annotations

import re

import pytest
import tree
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.inventory_names import named_in, read_here, suspects
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.inventory_shapes import specifications
from plays import run_playbook

MISSPELT = {
    "front_door_host": "front_door_hosts",
    "front_door_certificate": "front_door_tls_certificate",
    "frontdoor_hosts": "front_door_hosts",
    "litelm_models": "litellm_models",
    "litellm_key": "litellm_keys",
    "litellm_gateway_modles": "litellm_models",
    "litellm_gateway_mcp_servers": "litellm_mcp_servers",
    "litellm_gateway_enviroment": "litellm_gateway_environment",
    "postgres_db_database": "postgres_db_databases",
    "mcp_service": "mcp_services",
    "mcp_postgres_enabled": "mcp_postgresql_enabled",
    "firewall_enable": "firewall_enabled",
    "mcp_lan_prefx": "mcp_lan_prefix",
}
UNLIKE = ("litellm_virtual_keys", "litellm_gateway_env", "mcp_filesystem_colour")
OTHERS = (
    *("firewall_allowed_tcp_ports", "backup_path", "swarm_nodes", "cache_valid_time", "docker_version", "mcp_token"),
    *("postgres_db_name", "docker_engine_packages"),
)


@pytest.mark.parametrize(("name", "meant"), MISSPELT.items())
def test_the_one_that_is_meant_is_said(name, meant):
    assert suspects([name]) == {name: f"{name} is no variable of this collection: did you mean {meant}?"}


def test_without_one_that_is_near_nothing_is_guessed():
    rest = "remove it, or give one of your own another name."
    assert suspects(UNLIKE) == {name: f"{name} is no variable of this collection: {rest}" for name in UNLIKE}


def test_variables_of_others_are_theirs():
    assert suspects(OTHERS) == {}


def test_every_variable_of_the_documentation_is_one():
    files = [tree.TOP / "README.md", *tree.TOP.glob("docs/*.md"), *tree.TOP.glob("findings/*.md")]
    for folder in ("inventories", "demo", "molecule", "tests"):
        files += tree.TOP.glob(f"{folder}/**/*.yml")
    written = {
        name
        for path in files
        # LiteLLM's own sections are no variables.
        for name in re.findall(r"(?m)^ *(?:- )?(\w+):", path.read_text(encoding="utf-8"))
        if name not in ("litellm_params", "litellm_settings")
    }
    assert "litellm_keys" in written
    assert suspects(specifications()) == {}
    assert set(suspects(written)) - read_here() == set()


def test_what_another_variable_asks_for_is_read():
    variables = {
        "litellm_host": "gateway.lan",
        "litellm_port": 4000,
        "litellm_itself": "{{ litellm_itself }}",
        "litellm_api_url": "http://{{ litellm_host }}:{{litellm_port|int}}",
        "deep": [{"a": {"b": "{{ litellm_deep }}"}}],
        "vars": {"litellm_magic": "{{ litellm_magic }}"},
    }
    asked = ("litellm_host", "litellm_port", "litellm_itself", "litellm_deep", "litellm_magic")
    assert named_in(variables, asked) == {"litellm_host", "litellm_port", "litellm_deep"}


def test_an_inventory_is_refused_by_name_and_no_more(tmp_path):
    """What a host of its own, another host, or a play before has use for is no mistake."""
    there = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    own = {"litellm_host": "127.0.0.1", "litellm_api_url": "http://{{ litellm_host }}:9", "litellm_shown": "x"}
    groups = {
        "gateway": {"hosts": {"one": own}},
        "clients": {"hosts": {"two": {"a": "{{ hostvars.one.litellm_shown }}"}}},
    }
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"all": {"vars": there, "children": groups}}), encoding="utf-8")
    before = [
        {"ansible.builtin.set_fact": {"litellm_own_fact": 1}},
        {"ansible.builtin.command": "true", "register": "litellm_own_result", "changed_when": False},
    ]
    book = tmp_path / "book.yml"
    plays = [
        {"hosts": "gateway", "gather_facts": False, "tasks": before},
        {"ansible.builtin.import_playbook": "mcp_lan.litellm.variables"},
    ]
    book.write_text(yaml.safe_dump(plays), encoding="utf-8")
    run_playbook(str(book), "-i", str(inventory))
    with pytest.raises(AssertionError) as failed:
        run_playbook(str(book), "-i", str(inventory), "-e", '{"front_door_host": ["a"], "litelm_models": []}')
    for name, meant in (("front_door_host", "front_door_hosts"), ("litelm_models", "litellm_models")):
        assert f"{name} is no variable of this collection: did you mean {meant}?" in str(failed.value)
    assert "litellm_own" not in str(failed.value).split("FAILED!")[1]
