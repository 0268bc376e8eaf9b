# SPDX-License-Identifier: GPL-3.0-or-later
"""What is waited for in vain: the task behind it says why. Without failed_when the last try would end the run."""

from __future__ import annotations

import yaml
from plays import run_tasks
from tree import TOP


def tasks(path) -> list[dict]:
    return yaml.safe_load((TOP / "roles" / path).read_text(encoding="utf-8")) or []


def test_a_gateway_that_is_ended_each_time_is_refused(tmp_path, monkeypatch):
    """By the kernel, say; and stopped, where it has not shown its guard."""
    (tmp_path / "docker").write_text("#!/bin/sh\nexit 137\n", encoding="utf-8")
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    ready = tasks("litellm_gateway/tasks/ready.yml")
    (waits,) = [number for number, task in enumerate(ready) if "until" in task]
    refuses = {"ansible.builtin.fail": {"msg": ready[waits + 1]["ansible.builtin.include_tasks"]}}
    told = {"litellm_gateway_container_name": "litellm", "litellm_gateway_ready_timeout": 1}
    results, _output = run_tasks(tmp_path, [ready[waits] | {"delay": 0}, refuses], **told)
    assert [one["msg"] for one in results[1:]] == ["refused.yml"]


def test_each_wait_has_a_sentence_behind_it():
    waits = [task for path in (TOP / "roles").glob("*/tasks/*.yml") for task in tasks(path) if "until" in task]
    assert len(waits) == 3 and all(task.get("failed_when") is False for task in waits)
