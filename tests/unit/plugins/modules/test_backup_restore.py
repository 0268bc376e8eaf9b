# SPDX-License-Identifier: GPL-3.0-or-later
"""What backup_restore says on a host without a docker client; tests/integration/postgresql has the restore itself."""

from __future__ import annotations

import json
import shutil
import sys

import tree


def test_a_host_without_a_docker_client_is_told_so(tmp_path):
    arguments = json.dumps({"path": str(tmp_path), "state": "settled"})
    variables = json.dumps({"ansible_python_interpreter": sys.executable})
    (tmp_path / "sh").symlink_to(shutil.which("sh"))
    command = (shutil.which("ansible"), "localhost", "-m", "mcp_lan.litellm.backup_restore", "-a", arguments)
    status, output = tree.run(*command, "-e", variables, PATH=str(tmp_path))
    assert status and "Traceback" not in output, output
    assert "What is in use was not touched: the host has no docker client: install it." in output
