# SPDX-License-Identifier: GPL-3.0-or-later
"""What is copied and removed, and what check mode says of it; what a backup is made of."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils import backups, restic
from ansible_collections.mcp_lan.litellm.plugins.modules import backup, backup_copy

MANIFEST = {"name": "new", "taken": "2026-11-28T00:00:00+00:00", "databases": {}, "volumes": []}


class Repository:
    """One in memory."""

    def __init__(self, *names):
        self.copies = [{"name": name, "taken": f"2026-11-{day:02}T00:00:00Z"} for day, name in enumerate(names, 1)]
        self.made = bool(names)

    def make(self):
        self.made = True

    def snapshots(self):
        if not self.made:
            raise restic.NoRepository
        return [*self.copies]

    def copy(self, folder, taken):
        self.copies.append({"name": folder.name, "taken": taken})

    def forget(self, copies):
        self.copies = [one for one in self.copies if one not in copies]


@pytest.mark.parametrize("there", [(), ("one",), ("one", "two", "three")])
@pytest.mark.parametrize("new", [True, False])
def test_check_mode_says_what_the_run_does(tmp_path, there, new):
    if new:
        (tmp_path / "new").mkdir()
        backups.close(tmp_path / "new", MANIFEST)
    repository, found = Repository(*there), []
    for check_mode in (True, False, True):
        params = {"keep": 2, "keep_days": 0, "check_days": 0}
        module = SimpleNamespace(check_mode=check_mode, params=params)
        before = [*repository.copies]
        found.append(backup_copy.copied(module, repository, tmp_path))
        assert not check_mode or repository.copies == before
    assert found[0] == found[1]
    assert found[1]["changed"] == (not there or new or len(there) > 2)
    assert not found[2]["changed"]


@pytest.mark.parametrize("name", ["same", backup.CONFIG, backups.MANIFEST])
def test_no_part_of_a_backup_takes_the_place_of_another(tmp_path, name):
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(folder, encoding="utf-8")
    files = [str(tmp_path / folder / name) for folder in ("one", "other")]
    module = SimpleNamespace(params={"databases": [], "deployment": "", "files": files})
    (tmp_path / "backups").mkdir()
    with pytest.raises(backups.BackupError, match="has the name of another part of the backup: give it another one"):
        backup.taken(module, None, tmp_path / "backups", "now")
