# SPDX-License-Identifier: GPL-3.0-or-later
"""An address of the gateway that ends with a slash: the front door refuses //, so what is asked there has one."""

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
