# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses of the gateway: one that ends with a slash, as the front door refuses //, and one of IPv6."""

from __future__ import annotations

import yaml
from plays import run_tasks
from tree import TOP


def tasks(path: str) -> list[dict]:
    return yaml.safe_load((TOP / "roles" / path).read_text(encoding="utf-8"))


def test_a_slash_at_its_end_is_none_too_many(tmp_path):
    """Check mode would say that no gateway is there yet, and diagnose.yml that its path is wrong."""
    asked = [
        *[task["ansible.builtin.uri"]["url"] for task in tasks("litellm/tasks/compare.yml")[:1]],
        *[task["ansible.builtin.uri"]["url"] for task in tasks("open_webui/tasks/connect.yml")[:1]],
        tasks("litellm/tasks/diagnose.yml")[1]["ansible.builtin.set_fact"]["litellm_diagnosed_url"],
    ]
    variables = ("litellm_admin_url", "open_webui_url", "litellm_api_url")
    told = dict.fromkeys(variables, "http://gateway.lan:4000/")
    said = [{"ansible.builtin.debug": {"msg": asked}}]
    results, _output = run_tasks(tmp_path, said, **told)
    paths = ["/health/liveliness", "/health", "/mcp/"]
    assert results[0]["msg"] == [f"http://gateway.lan:4000{path}" for path in paths]


def test_an_address_of_ipv6_has_brackets_in_a_url(tmp_path):
    asked = [
        yaml.safe_load((TOP / f"roles/{role}/defaults/main.yml").read_text(encoding="utf-8"))[name]
        for role, name in (("litellm", "litellm_api_url"), ("open_webui", "open_webui_url"))
    ]
    loop = {"loop": ["fd00::5", "192.168.1.5", "gateway.lan"], "loop_control": {"loop_var": "ansible_host"}}
    said = [{"ansible.builtin.debug": {"msg": asked}, **loop}]
    results, _output = run_tasks(tmp_path, said, open_webui_port="4080")
    hosts = ["[fd00::5]", "192.168.1.5", "gateway.lan"]
    assert [each["msg"] for each in results[0]["results"]] == [
        [f"http://{host}:4000", f"http://{host}:4080"] for host in hosts
    ]
