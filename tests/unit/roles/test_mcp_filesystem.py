# SPDX-License-Identifier: GPL-3.0-or-later
"""Which folder the role mcp_filesystem shares, before there is a container."""

from __future__ import annotations

from plays import run_tasks

CHECK = {"ansible.builtin.include_role": {"name": "mcp_lan.litellm.mcp_filesystem", "tasks_from": "check.yml"}}


def test_a_path_with_a_colon_is_refused_and_a_link_to_it_is_not(tmp_path):
    """Of the path the engine would mount what comes before the colon."""
    folder, link = tmp_path / "shared:2026", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    failed = {}
    for path in (folder, link):
        done, _output = run_tasks(tmp_path, [CHECK], mcp_filesystem_path=str(path))
        failed[path] = [each["msg"] for each in done if each.get("failed")]
    (sentence,) = failed[folder]
    assert sentence.startswith(f"mcp_filesystem_path is '{folder}': a colon ends the path")
    assert failed[link] == []
