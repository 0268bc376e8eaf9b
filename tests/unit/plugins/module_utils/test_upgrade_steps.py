# SPDX-License-Identifier: GPL-3.0-or-later
"""How files are put back after an upgrade. With a server: tests/integration/postgresql/test_upgrades.py."""

from __future__ import annotations

import os
import tarfile

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import BackupError
from ansible_collections.mcp_lan.litellm.plugins.module_utils.upgrade_steps import Upgrade
from ansible_collections.mcp_lan.litellm.plugins.module_utils.upgrades import State


@pytest.fixture
def upgrade(tmp_path):
    names = dict.fromkeys(("container", "admin_user", "database", "gateway"), "none")
    return Upgrade({**names, "path": tmp_path / "upgrade", "files": [], "docker_host": f"unix://{tmp_path}/none.sock"})


def test_a_secret_that_is_put_back_is_never_anothers_to_read(upgrade, tmp_path):
    secret = tmp_path / "secret.env"
    secret.touch(mode=0o600)
    secret.write_text("A=1\n", encoding="utf-8")
    upgrade.folder.mkdir()
    with tarfile.open(upgrade.folder / "files.tar.gz", "w:gz") as archive:
        archive.add(secret, arcname=str(secret).lstrip("/"))
    secret.unlink()
    upgrade.state = State("1.77.3", "1.108.7", "now", paths=[str(secret)])
    # Whoever has it open reads what is written to it later.
    with (tmp_path / "secret.env.mcp-lan-new").open("w+", encoding="utf-8") as left:
        upgrade.put_back()
        assert secret.read_text(encoding="utf-8") == "A=1\n" and secret.stat().st_mode & 0o777 == 0o600
        assert left.read() == ""


def test_an_engine_that_does_not_stop_a_container_is_said_in_a_sentence(upgrade, tmp_path, monkeypatch):
    client = tmp_path / "docker"
    client.write_text("#!/bin/sh\necho 'no engine answers' >&2\nexit 1\n", encoding="utf-8")
    client.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(BackupError, match=r"^docker could not stop litellm, door: [^\[\]]+$"):
        upgrade.stopped(["litellm", "door"])
