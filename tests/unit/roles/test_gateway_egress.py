# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether LiteLLM has a way out past its proxy, by the role's own variables. The proxy: tests/integration/egress."""

from __future__ import annotations

import json

import pytest
import yaml
from plays import run_playbook
from tree import TOP

ROLE = TOP / "roles/litellm_gateway"
SEEN = ("networks", "egress_environment", "egress_warnings", "way_out")
# What three inventories say.
GATEWAYS = {
    "by-proxy": {},
    "open": {"litellm_gateway_egress": False},
    "configured": {
        "litellm_gateway_config": {
            "mcp_servers": {"tools": {"url": "https://tools.lan/mcp"}, "beside": {"url": "http://beside:8000/mcp"}},
            "credential_list": [{"credential_name": "a", "credential_values": {"api_base": "http://models.lan/v1"}}],
        }
    },
    "published": {"litellm_gateway_port": 4000, "postgres_db_mode": "external"},
}


@pytest.fixture(scope="module")
def worked_out(tmp_path_factory):
    """What the role makes of each."""
    folder = tmp_path_factory.mktemp("egress")
    content = "{{ {" + ", ".join(f"'{name}': litellm_gateway_{name}" for name in SEEN) + "} | to_json }}"
    play = {
        "hosts": "server",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "vars_files": [str(ROLE / "defaults/main.yml"), str(ROLE / "vars/main.yml")],
        "tasks": [
            {
                "ansible.builtin.copy": {"content": content, "dest": f"{folder}/{name}.json", "mode": "0600"},
                "vars": variables,
            }
            for name, variables in GATEWAYS.items()
        ],
    }
    (folder / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    run_playbook("-i", "server,", "-c", "local", str(folder / "play.yml"))
    return {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in GATEWAYS}


def with_a_way_out(seen: dict) -> list[str]:
    return [one["name"] for one in seen["networks"] if not one["internal"]]


def warnings(seen: dict) -> list[str]:
    return [sentence for sentence in seen["egress_warnings"] if sentence]


def test_it_asks_by_its_proxy_and_has_no_other_way(worked_out):
    seen = worked_out["by-proxy"]
    assert warnings(seen) == [] and with_a_way_out(seen) == []
    assert seen["egress_environment"]["HTTPS_PROXY"] == "http://egress-proxy:8888"


def test_what_config_yaml_names_is_reached_as_well(worked_out):
    assert worked_out["by-proxy"]["way_out"]["allowed"] == []
    seen = worked_out["configured"]["way_out"]
    assert (seen["allowed"], seen["direct"]) == (["models.lan:80", "tools.lan:443"], ["beside"])


def test_without_its_proxy_it_reaches_everything_and_a_run_says_so(worked_out):
    seen = worked_out["open"]
    # Those of the MCP servers and of the database stay closed.
    assert seen["egress_environment"] == {} and with_a_way_out(seen) == ["litellm-net"]
    assert warnings(seen) == [
        "litellm_gateway_egress is false, so LiteLLM reaches every host that server reaches, and so does what a "
        "request or the address of a model makes it ask."
    ]


def test_what_leaves_a_route_out_beside_the_proxy_is_said(worked_out):
    seen = worked_out["published"]
    assert with_a_way_out(seen) == ["litellm-net", "postgres-net"]
    assert warnings(seen) == [
        "LiteLLM's container keeps a route out, as it is published itself (litellm_gateway_port), and its database is "
        "outside (postgres_db_mode): it asks by the proxy, but nothing forces it to."
    ]


def test_the_warning_is_told_before_the_container_runs():
    tasks = yaml.safe_load((ROLE / "tasks/install.yml").read_text(encoding="utf-8"))
    names = [task["name"] for task in tasks]
    (told,) = [task for task in tasks if "litellm_gateway_egress_warnings" in task.get("loop", "")]
    assert told["ansible.builtin.debug"]["msg"] == "WARNING: {{ item }}"
    assert names.index(told["name"]) < names.index("Run LiteLLM's container")
