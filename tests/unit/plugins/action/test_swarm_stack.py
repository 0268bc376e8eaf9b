# SPDX-License-Identifier: GPL-3.0-or-later
"""What swarm_stack leaves of a stack's files when its removal is ended; the swarm itself: tests/integration/swarm."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from types import SimpleNamespace

import pytest
from ansible_collections.mcp_lan.litellm.plugins.action.swarm_stack import ActionModule
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._swarm.host import Host


class Absent(ActionModule):
    """The action on this machine, with an engine that has nothing of the stack any more."""

    def __init__(self, file, path: str = os.environ["PATH"]) -> None:
        self.options = {"name": "mcp-lan", "file": str(file), "state": "absent", "docker_host": None}
        self.where, self.path = "gateway", path
        self._task = SimpleNamespace(check_mode=False)
        self._connection = SimpleNamespace(_shell=SimpleNamespace(quote=shlex.quote))

    def _look(self, images, networks):
        return Host()

    def _shell(self, script):
        environment = {**os.environ, "PATH": self.path}
        done = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, text=True, check=False)
        return {"rc": done.returncode, "stdout": done.stdout, "stderr": done.stderr}


def test_a_removal_that_was_ended_between_two_paths_is_gone_on_with(tmp_path):
    file, folder, programs = tmp_path / "stack.yaml", tmp_path / "stack", tmp_path / "bin"
    file.touch()
    folder.mkdir()
    (folder / "litellm.env").write_text("export LITELLM_MASTER_KEY=x\n")
    programs.mkdir()
    # Removes the first path, and no others.
    (programs / "rm").write_text(f'#!/bin/sh\n{shutil.which("rm")} -rf -- "$3"\nexit 137\n')
    (programs / "rm").chmod(0o755)
    with pytest.raises(UserError, match="could not be removed"):
        Absent(file, f"{programs}:{os.environ['PATH']}").act()
    assert Absent(file).act()["changed"]
    assert not file.exists() and not folder.exists()
    assert not Absent(file).act()["changed"]
