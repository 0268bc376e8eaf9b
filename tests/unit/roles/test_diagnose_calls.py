# SPDX-License-Identifier: GPL-3.0-or-later
"""Which calls diagnose.yml tries: those that the key's scope allows, however it says so."""

from __future__ import annotations

import json

import yaml
from plays import run_playbook
from tree import TOP

SCOPES = {
    "all": ["*"],
    "named": ["read_text", "write_text"],
    "prefix": ["read_*"],
    "parts": {"tools": ["re*", "read_text"], "prompts": ["*"]},
    "others": ["write_*"],
    "none": {"prompts": ["*"]},
    "unasked": ["*"],
}


def test_a_call_is_tried_that_the_scope_allows(tmp_path):
    text = (TOP / "roles/litellm/tasks/diagnose.yml").read_text(encoding="utf-8")
    (calls,) = [
        task["vars"]["litellm_calls"] for task in yaml.safe_load(text) if "litellm_calls" in task.get("vars", {})
    ]
    told = {
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "litellm_calls": calls,
        "litellm_all_verify_calls": {name: {"tool": "read_text"} for name in (*SCOPES, "elsewhere")},
        "litellm_diagnosed_keys": {"virtual_keys": [{"mcp": SCOPES}]},
        "litellm_diagnosed": [name for name in SCOPES if name != "unasked"],
        "litellm_prefixes": {name: name for name in SCOPES},
    }
    keep = {"content": "{{ litellm_calls | to_json }}", "dest": f"{tmp_path}/calls.json", "mode": "0600"}
    play = {"hosts": "localhost", "gather_facts": False, "vars": told, "tasks": [{"ansible.builtin.copy": keep}]}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    run_playbook("-i", "localhost,", "-c", "local", str(tmp_path / "play.yml"))
    said = json.loads((tmp_path / "calls.json").read_text(encoding="utf-8"))
    assert sorted(each["tool"] for each in said) == [
        f"{name}-read_text" for name in ("all", "named", "parts", "prefix")
    ]
