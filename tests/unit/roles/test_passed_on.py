# SPDX-License-Identifier: GPL-3.0-or-later
"""Which headers of clients the request filter lets through to MCP servers, by the role's own variables."""

from __future__ import annotations

import json

import yaml
from plays import run_playbook
from tree import TOP

ROLE = TOP / "roles/litellm_gateway"
SERVERS = [
    {"name": "notes", "url": "http://notes.lan/mcp", "extra_headers": ["X-Notes"]},
    {"name": "tasks", "url": "http://tasks.lan/mcp", "extra_headers": ["X-Tasks"], "state": "present"},
    {"name": "former", "url": "http://former.lan/mcp", "extra_headers": ["X-Former"], "state": "absent"},
    {"name": "plain", "url": "http://plain.lan/mcp"},
]


def test_a_server_that_is_to_go_is_passed_no_headers_on(tmp_path):
    play = {
        "hosts": "server",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}", "litellm_mcp_servers": SERVERS},
        "vars_files": [str(ROLE / "defaults/main.yml"), str(ROLE / "vars/main.yml")],
        "tasks": [
            {
                "ansible.builtin.copy": {
                    "content": "{{ litellm_gateway_requests.text }}",
                    "dest": f"{tmp_path}/requests.json",
                    "mode": "0600",
                }
            }
        ],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    run_playbook("-i", "server,", "-c", "local", str(tmp_path / "play.yml"))
    rules = json.loads((tmp_path / "requests.json").read_text(encoding="utf-8"))
    assert rules["headers"]["passed_on"] == ["x-notes", "x-tasks"]
