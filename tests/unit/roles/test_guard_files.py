# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard's files on a host: written where they differ, and nothing of a person's touched."""

from __future__ import annotations

import pytest
import yaml
from plays import run_playbook
from tree import TOP

ROLE = TOP / "roles/litellm_gateway"
# As tasks/install.yml does it.
LOOK = {"paths": "{{ litellm_gateway_config_dir }}/config", "patterns": "*.py", "recurse": True, "get_checksum": True}
WRITE = {"name": "mcp_lan.litellm.litellm_gateway", "tasks_from": "guard.yml"}


@pytest.fixture
def config(tmp_path):
    folder = tmp_path / "litellm/config"
    (folder / "mcp_lan_filter").mkdir(parents=True)
    (folder / "own_callback.py").write_text("# a person's\n", encoding="utf-8")
    (folder / "mcp_lan_filter/former.py").write_text("# of an earlier version\n", encoding="utf-8")
    return folder


def write(config) -> str:
    differs = "litellm_gateway_guard_found != litellm_gateway_requests.checksums"
    tasks = [
        {"ansible.builtin.find": LOOK, "register": "litellm_gateway_guard_now"},
        {"ansible.builtin.include_role": WRITE, "when": differs},
    ]
    variables = {"ansible_python_interpreter": "{{ ansible_playbook_python }}", "litellm_gateway_mcp_servers": []}
    play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": tasks}
    path = config.parent / "play.yml"
    path.write_text(yaml.safe_dump([play | {"vars_files": [f"{ROLE}/vars/main.yml"]}]), encoding="utf-8")
    given = ("-e", f"@{ROLE}/defaults/main.yml", "-e", f"litellm_gateway_config_dir={config.parent}")
    return run_playbook("-i", "localhost,", "-c", "local", *given, str(path))


def test_they_are_written_once_and_a_persons_file_stays(config):
    assert "changed=2" in write(config)
    assert (config / "own_callback.py").read_text(encoding="utf-8") == "# a person's\n"
    assert not (config / "mcp_lan_filter/former.py").exists()
    assert (config / "mcp_lan_filter/servers.py").exists() and (config / "mcp_lan_guard.py").exists()
    assert "changed=0" in write(config)
