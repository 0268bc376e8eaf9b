# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a public variable holds, the site goes on or says in a sentence which one is wrong, before anything else."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from ansible.plugins.filter.core import to_bool
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.inventory_shapes import (
    meant_by_empty,
    refusals,
    specifications,
)
from plays import run_playbook

# What other roles and the site give to these is no variable of an inventory.
PUBLIC = {
    name: spec
    for name, spec in specifications().items()
    if not name.startswith(("container_service_", "mcp_service_", "egress_proxy_"))
}
SHAPED = {name: spec["type"] for name, spec in PUBLIC.items() if spec["type"] in ("list", "dict")}
VALUES = {"null": None, "text": "x", "number": 5, "list": ["x"], "dict": {"x": "y"}}
WRONG = [
    (name, value) for name, kind in SHAPED.items() for shape, value in VALUES.items() if shape not in ("null", kind)
]
SITE = {
    "ansible_connection": "local",
    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    "ansible_become": False,
    "litellm_gateway_image_source": "build",
    "litellm_gateway_version": "1.77.3",
    # Nothing that a port or a folder of this machine could be in the way of.
    "litellm_api_url": "http://127.0.0.1:9",
    "litellm_admin_url": "http://127.0.0.1:9",
    "litellm_gateway_port": 0,
    "front_door_enabled": False,
    "mcp_filesystem_enabled": False,
    "mcp_postgresql_enabled": False,
}


def judged(tmp_path, monkeypatch, hosts, *arguments) -> dict[str, str]:
    """The hosts that fail, and what is said of each."""
    monkeypatch.setenv("ANSIBLE_CALLBACK_RESULT_FORMAT", "json")
    inventory = tmp_path / "inventory.yml"
    variables = {**SITE, "mcp_lan_store": str(tmp_path / "store")}
    groups = {"gateway": {"hosts": hosts}}
    inventory.write_text(yaml.safe_dump({"all": {"vars": variables, "children": groups}}), encoding="utf-8")
    try:
        run_playbook("mcp_lan.litellm.validate", "-i", str(inventory), *arguments)
    except AssertionError as failed:
        found = re.findall(r"(?m)^fatal: \[(\w+)\]: FAILED! => (\{.*\})$", str(failed))
        assert found, str(failed)
        return {host: json.loads(result)["msg"] for host, result in found}
    return {}


@pytest.mark.parametrize(("name", "value"), WRONG, ids=lambda one: one if isinstance(one, str) else None)
def test_another_type_is_a_sentence(name, value):
    (said,) = refusals({name: value})
    assert re.fullmatch(rf"{name} has to be a (list|dictionary), not a (text|whole number|list|dictionary)\.", said)


def test_none_is_empty():
    assert meant_by_empty(dict.fromkeys(SHAPED)) == {
        name: [] if kind == "list" else {} for name, kind in SHAPED.items()
    }
    assert not refusals(dict.fromkeys(SHAPED))
    assert meant_by_empty({"litellm_master_key": None, "litellm_gateway_version": None}) == {"litellm_master_key": ""}


@pytest.mark.parametrize("value", ["y", "t", "n", " true", "true\n", "True\n"])
@pytest.mark.parametrize("name", ["litellm_gateway_guard", "firewall_enabled", "rotate_revoke"])
def test_what_the_roles_would_take_for_false_is_no_switch(name, value):
    assert refusals({name: value}) == [f"{name} has to be true or false, not {value!r}."]


@pytest.mark.parametrize("value", [True, False, "true", "False", "yes", "No", "on", "OFF", "1", "0", 1, 0])
def test_switches_that_the_roles_take(value):
    assert not refusals({"litellm_gateway_guard": value})
    assert to_bool(value) is (str(value).lower() in ("true", "yes", "on", "1"))


@pytest.mark.parametrize(
    "name", ["backup_keep", "cache_ttl", "litellm_gateway_ready_timeout", "mcp_postgresql_sessions"]
)
def test_a_number_of_something_is_not_below_0(name):
    assert refusals({name: -1}) == [f"{name} has to be 0 or more, not '-1'."]
    assert not refusals({name: "5", "litellm_gateway_pids_limit": -1})


@pytest.mark.parametrize("name", ["litellm_api_url", "postgres_db_admin_user", "mcp_filesystem_path"])
def test_a_boolean_is_no_text(name):
    (said,) = refusals({name: True})
    assert re.fullmatch(rf"{name} has to be a (text|path), not a boolean: write it in quotes\.", said)


@pytest.mark.parametrize("name", ["front_door_admin_networks", "front_door_trusted_proxies"])
@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("192.168.1.10/24", "write 192.168.1.0/24 for all of that network, or 192.168.1.10 for the one address"),
        (
            "192.168.1.0/255.255.255.0",
            "write 192.168.1.0/24 for all of that network, or 192.168.1.0 for the one address",
        ),
        ("fd00::5/64", "write fd00::/64 for all of that network, or fd00::5 for the one address"),
        ("laptop.lan", "write an address or a network, such as 192.168.1.10 or 192.168.1.0/24"),
        ("192.168.1.*", "write an address or a network, such as 192.168.1.10 or 192.168.1.0/24"),
        ("192.168.1.10, 192.168.1.11", "write an address or a network, such as 192.168.1.10 or 192.168.1.0/24"),
        ("all", "write an address or a network, such as 192.168.1.10 or 192.168.1.0/24"),
    ],
)
def test_who_administers_is_an_address_or_a_network(name, value, hint):
    assert refusals({name: ["192.0.2.1", value]}) == [f"{name}[1] is {value!r}: {hint}."]


@pytest.mark.parametrize("value", ["0.0.0.0/0", "::/0"])
def test_not_every_client_is_a_proxy_that_is_believed(value):
    (said,) = refusals({"front_door_trusted_proxies": [value]})
    assert said.endswith(f"is {value!r}, so that every client would say who it is: name the proxies.")
    assert not refusals({"front_door_admin_networks": [value]})


def test_addresses_and_networks_in_each_way_of_writing():
    right = ["192.168.1.10", "192.168.1.10/32", "192.168.1.0/24", "0.0.0.0/0", "FD00:0::/64", "fd00::5", "192.0.2.1\n"]
    assert not refusals({"front_door_admin_networks": right, "front_door_trusted_proxies": []})


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("front_door_port", [0, -1, 70000], [4000, "80"]),
        ("front_door_admin_port", ["4001 ", "4001-4002", "4001/tcp", "admin", ""], ["4001", 4001]),
        ("mcp_postgresql_published_port", [70000], [0, 48001]),
        ("litellm_gateway_port", [99999], [0, "4000"]),
        ("front_door_bind", ["localhost", "eth0", "192.168.1.5/24", "::", "*"], ["", "0.0.0.0", "192.168.1.5", "[::]"]),
        ("front_door_memory", ["half", "1,5g", "1m", "-1"], ["", 0, "256m", "512 MB", "1Gi", "0.5g", 536870912]),
        ("cache_memory", ["", 0], ["256mb"]),
        ("front_door_rate", [0], [1]),
        ("front_door_max_header", ["16kb", "16 k", "0"], ["16k", "8192"]),
        ("container_service_log_max_files", [0], [3]),
    ],
)
def test_what_the_engine_would_refuse_is_a_sentence(name, wrong, right):
    for value in wrong:
        (said,) = refusals({name: value})
        assert said.startswith(f"{name} has to be ")
        assert said.endswith(f", not {str(value)!r}.")
    assert not [said for value in right for said in refusals({name: value})]


@pytest.mark.parametrize(
    "value",
    ["gateway.lan:4000", "https://gateway.lan", "gateway.lan/", "*.lan", "gateway.lan.", "10.0.0.5:4000", ""],
)
def test_what_no_client_could_call_the_gateway_is_a_sentence(value):
    assert refusals({"front_door_hosts": ["gateway.lan", value]}) == [
        f"front_door_hosts[1] is {value!r}: write a name or an address alone, such as gateway.lan."
    ]


def test_what_clients_may_call_the_gateway():
    right = ["gateway.lan", "GATEWAY_2", "default", "192.168.1.5", "fd00::5", "[fd00::5]", "*", 7]
    assert not refusals({"front_door_hosts": right})


@pytest.mark.parametrize("value", ["4001\n", " 4001"])
def test_a_number_that_is_put_into_texts_has_no_blanks_about_it(value):
    assert refusals({"front_door_port": value}) == [f"front_door_port has to be a whole number, not {value!r}."]


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"litellm_models": ["x"]}, "litellm_models[0] has to be a dictionary, not a text."),
        ({"litellm_models": [None]}, "litellm_models[0] is empty: give it a value, or leave it out."),
        ({"litellm_gateway_extra_networks": [{"nam": "x"}]}, "'nam' is not an option of it; did you mean 'name'?"),
        (
            {"litellm_gateway_extra_networks": [{"internal": True}]},
            "litellm_gateway_extra_networks[0]: name is missing.",
        ),
        ({"litellm_gateway_egress_extra": [["x"]]}, "litellm_gateway_egress_extra[0] has to be a text, not a list."),
        ({"litellm_gateway_port": "http"}, "litellm_gateway_port has to be a whole number, not 'http'."),
        ({"litellm_gateway_port": "4_000"}, "litellm_gateway_port has to be a whole number, not '4_000'."),
        ({"litellm_gateway_port": True}, "litellm_gateway_port has to be a whole number, not 'True'."),
        ({"litellm_gateway_egress": "maybe"}, "litellm_gateway_egress has to be true or false, not 'maybe'."),
        ({"litellm_verify_depth": "ful"}, "litellm_verify_depth has to be one of smoke, full, exhaustive, not 'ful'."),
        ({"litellm_gateway_version": None}, "litellm_gateway_version is empty: give it a value, or leave it out."),
        ({"litellm_api_url": {"a": 1}}, "litellm_api_url has to be a text, not a dictionary."),
        # A program would find the text None, or ['a'].
        (
            {"open_webui_environment": {"WEBUI_NAME": None}},
            "open_webui_environment.WEBUI_NAME has to be a text, and is empty.",
        ),
        (
            {"litellm_gateway_environment": {"NO_PROXY": ["a.lan"]}},
            "litellm_gateway_environment.NO_PROXY has to be a text, not a list.",
        ),
        (
            {"acme_dns_environment": {"DNS TOKEN": "x"}},
            "acme_dns_environment has the name 'DNS TOKEN', which is none of an environment variable.",
        ),
    ],
)
def test_what_is_said(variables, sentence):
    assert sentence in " ".join(refusals(variables))


@pytest.mark.parametrize(
    "variables",
    [
        {"litellm_gateway_port": None},
        {"litellm_gateway_port": "4000", "litellm_gateway_egress": "yes", "litellm_gateway_version": 1.77},
        {"litellm_gateway_egress_extra": ["a.lan:80", 5], "litellm_verify_front_door": None},
        {"litellm_gateway_extra_networks": [{"name": "a", "internal": None}]},
        {"litellm_gateway_environment": {"A": "", "B_2": True, "C": 8, "d.e-f": 1.5, "G": "yes $HOME\n100%"}},
    ],
)
def test_what_is_right(variables):
    assert not [said for said in refusals(variables) if "internal" not in said]


def test_the_play_says_it_of_each_before_anything_else(tmp_path, monkeypatch):
    hosts = {f"host_{number}": {name: value} for number, (name, value) in enumerate(WRONG)}
    said = judged(tmp_path, monkeypatch, hosts)
    for host, variables in hosts.items():
        (name,) = variables
        assert re.fullmatch(rf".*\b{name} has to be a [a-z, ]+\.\nNothing has been changed\.", said[host])


def test_all_of_them_may_be_empty(tmp_path, monkeypatch):
    # Without a database of its own LiteLLM could not start.
    variables = dict.fromkeys(SHAPED.keys() - {"postgres_db_databases"})
    assert judged(tmp_path, monkeypatch, {"server": variables}) == {}


def test_what_is_empty_on_the_command_line_is_a_sentence(tmp_path, monkeypatch):
    """No play could set it to anything else."""
    said = judged(tmp_path, monkeypatch, {"server": {}}, "-e", '{"litellm_models": null}')
    assert "litellm_models is empty on the command line: give it a value, or leave it out." in said["server"]


# What the gateway's role is given inside a variable of the right type.
@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (
            {"litellm_gateway_config": dict.fromkeys(("model_list", "guardrails", "general_settings", "mcp_servers"))},
            "",
        ),
        (
            {"litellm_gateway_config": {"model_list": ["x"]}},
            "litellm_gateway_config.model_list[0] has to be a dictionary",
        ),
        ({"litellm_gateway_environment": {"LITELLM_MASTER_KEY": "x"}}, "litellm_gateway_environment: 'LITELLM_MASTER"),
        ({"litellm_gateway_egress_extra": ["x"]}, "'x' in litellm_gateway_egress_extra is not HOST:PORT"),
        ({"litellm_rotate": {"aftr": "30d"}}, "aftr"),
    ],
)
def test_what_is_inside_is_judged_before_anything_as_well(tmp_path, monkeypatch, variables, sentence):
    said = judged(tmp_path, monkeypatch, {"server": variables})
    assert sentence in said["server"] if sentence else said == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPED)
def test_each_of_them_with_every_value(tmp_path, monkeypatch, name):
    hosts = {shape: {name: value} for shape, value in VALUES.items() if shape in ("null", SHAPED[name])}
    said = judged(tmp_path, monkeypatch, hosts)
    assert "null" not in said and all(name in sentence or "x" in sentence for sentence in said.values())
