# SPDX-License-Identifier: GPL-3.0-or-later
"""A place that no file can be put into is said before any other file is written."""

from __future__ import annotations

import getpass
import subprocess
from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.mcp_lan.litellm.plugins.action.client_config import Run
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients import plan

URL = "http://127.0.0.1:4000"


def run(home, *clients, state="present"):
    def shell(script):
        done = subprocess.run(["/bin/sh", "-s"], input=script, capture_output=True, text=True, check=True)
        return done.stdout, done.stderr

    defaults = {"gateway": URL, "url": f"{URL}/mcp/", "server_name": "litellm"}
    given = {"user": getpass.getuser(), "home": str(home), "state": state}
    items = [plan.item_from({**given, "client": client}, defaults, "sk-is-no-secret") for client in clients]
    task = SimpleNamespace(check_mode=False, diff=False)
    return Run(SimpleNamespace(is_windows=False, shell=shell, _task=task), [items], [URL]).result()


def test_nothing_is_written_where_one_file_cannot_be(tmp_path):
    (tmp_path / ".cursor").write_text("a file")
    with pytest.raises(AnsibleActionFail, match=r"\.cursor/mcp\.json can't be written: .* Nothing was changed\."):
        run(tmp_path, "zed", "cursor")
    assert [each.name for each in tmp_path.iterdir()] == [".cursor"]


def test_a_place_that_nothing_is_put_into_is_in_nobodys_way(tmp_path):
    (tmp_path / ".cursor").write_text("a file")
    assert run(tmp_path, "zed")["changed"] is True
    assert run(tmp_path, "zed", "cursor", state="absent")["changed"] is True
    assert run(tmp_path, "zed", "cursor", state="absent")["changed"] is False
