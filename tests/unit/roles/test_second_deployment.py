# SPDX-License-Identifier: GPL-3.0-or-later
"""A second deployment on a host is one variable and a port: nothing that exists once on a host has one name in both."""

from __future__ import annotations

import json
import re

import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores import default_place
from plays import run_playbook
from tree import TOP

# What exists once on a host, by the ends of the variables' names.
ONCE = re.compile(
    r"_(container_name|container|network|volume|config_dir|project|project_dir|deployment|database_host|upstream_host)$"
)
ROLES = ("cache", "container_service", "egress_proxy", "front_door", "litellm", "litellm_gateway", "mcp_filesystem")
MORE = ("mcp_postgresql", "mcp_service", "observability", "open_webui", "postgres_db")


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    folder = tmp_path_factory.mktemp("play")

    def of(prefix: str) -> dict[str, str]:
        defaults = [TOP / "roles" / role / "defaults/main.yml" for role in (*ROLES, *MORE)]
        known = [name for path in defaults for name in yaml.safe_load(path.read_text(encoding="utf-8"))]
        once = [name for name in known if ONCE.search(name)]
        seen = "{{ {" + ", ".join(f"'{name}': {name}" for name in once) + "} | to_json }}"
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars_files": [str(path) for path in defaults],
            "vars": {"mcp_service_name": "notes", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
            | ({"mcp_lan_prefix": prefix} if prefix else {}),
            "tasks": [{"ansible.builtin.copy": {"content": seen, "dest": f"{folder}/names.json", "mode": "0600"}}],
        }
        (folder / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
        run_playbook("-i", "localhost,", "-c", "local", str(folder / "play.yml"))
        return json.loads((folder / "names.json").read_text(encoding="utf-8"))

    return of


def test_every_name_is_another_one(names):
    first, second = names(""), names("lab-")
    assert len(first) > 30 and first["litellm_gateway_container_name"] == "litellm"
    assert {name: value for name, value in second.items() if value == first[name]} == {}
    assert second["container_service_project"] == "lab"
    assert second["container_service_project_dir"] == "/etc/mcp_lan/lab"
    folders = {value for name, value in second.items() if name.endswith(("_config_dir", "_project_dir"))}
    assert all(folder.startswith("/etc/mcp_lan/lab") for folder in folders)


@pytest.mark.parametrize(
    ("given", "project"),
    [
        ({}, "mcp-lan"),
        ({"mcp_lan_prefix": "lab-"}, "lab"),
        ({"litellm_gateway_container_name": "Other.llm"}, "other-llm"),
        ({"container_service_project": "own", "container_service_project_dir": "/srv/own"}, "own"),
    ],
)
def test_backups_are_of_the_project_that_the_containers_are_of(given, project, tmp_path):
    """The role that makes it knows it by its own defaults, the other by the same variables without them."""
    paths = {"container_service": "defaults", "backup": "vars"}
    told = {}
    for role, folder in paths.items():
        seen = "{{ [" + f"{role}_project, {role}_project_dir" + "] | to_json }}"
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars_files": [str(TOP / "roles" / role / folder / "main.yml")],
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
            "tasks": [{"ansible.builtin.copy": {"content": seen, "dest": f"{tmp_path}/{role}", "mode": "0600"}}],
        }
        (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
        run_playbook("-i", "localhost,", "-c", "local", "-e", json.dumps(given), str(tmp_path / "play.yml"))
        told[role] = json.loads((tmp_path / role).read_text(encoding="utf-8"))
    assert told["backup"] == told["container_service"] and told["backup"][0] == project


def test_its_keys_are_in_a_store_of_its_own():
    assert default_place(None) == default_place("") == "~/.config/mcp_lan/default"
    assert default_place("lab-") == "~/.config/mcp_lan/lab"


@pytest.mark.parametrize("prefix", ["", "lab.1-"])
def test_what_is_left_over_is_known_by_its_services_name(prefix, tmp_path):
    """By which its environment file is called, which has secrets in it."""
    found = re.findall(r'mcp_service_name: "(.*item \| regex_replace.*)"', (TOP / "playbooks/site.yml").read_text())
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"item": f"{prefix}mcp-time", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        | ({"mcp_lan_prefix": prefix} if prefix else {}),
        "tasks": [{"ansible.builtin.assert": {"that": f"{one[2:-2]} == 'time'"}} for one in found],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    assert len(found) == 1
    run_playbook("-i", "localhost,", "-c", "local", str(tmp_path / "play.yml"))
