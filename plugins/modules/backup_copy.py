#!/usr/bin/python
# Copyright (c) The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module backup_copy."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_copy
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Copy backups to another host or an S3-compatible place, and back
version_added: 1.0.0
description:
  - Has each backup in a folder as a snapshot in a repository of restic, which is encrypted, removes the snapshots that
    are too many or too old, and checks the repository. One that is not there yet is made.
  - With O(state=fetched) it brings one back into the folder, where it is not there any more.
  - C(restic) has to be on the host, and for sftp C(ssh).
options:
  path:
    description: The folder for backups, on the host.
    type: path
    required: true
  repository:
    description: Where copies are, as restic writes it, such as V(sftp:backup@nas.lan:/srv/gateway) or V(s3:https://s3.lan/bucket).
    type: str
    required: true
  name:
    description: The one to bring back.
    type: str
  state:
    description: V(present) copies what the repository lacks. V(fetched) brings back O(name).
    type: str
    choices: [present, fetched]
    default: present
  keep:
    description: How many snapshots are kept, V(0) for all.
    type: int
    default: 7
  keep_days:
    description: For how many days snapshots are kept, V(0) for ever. The newest one stays in any case.
    type: int
    default: 30
  check_days:
    description:
      - In how many days of a run each all the data in the repository has been read once. Each run checks that it is
        whole, and reads its part. V(0) checks nothing.
    type: int
    default: 7
extends_documentation_fragment: [mcp_lan.litellm.backup_copy]
attributes:
  check_mode:
    description: Says what would be copied, removed or brought back, and writes nothing, there or here.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
"""

EXAMPLES = r"""
- name: Copy the backups to another host
  mcp_lan.litellm.backup_copy:
    path: /var/backups/mcp_lan/mcp-lan
    repository: sftp:backup@nas.lan:/srv/gateway
    repository_password: "{{ lookup('mcp_lan.litellm.secret', 'backup_repository') }}"
    known_hosts: nas.lan ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI...
"""

RETURN = r"""
copied:
  description: The backups that were copied.
  returned: with O(state=present)
  type: list
  elements: str
removed:
  description: The copies that were removed.
  returned: with O(state=present)
  type: list
  elements: str
checked:
  description: Which part of the data was read, such as C(3/7); empty for none, as in check mode.
  returned: with O(state=present)
  type: str
manifest:
  description: What the backup says of itself.
  returned: with O(state=fetched)
  type: dict
seconds:
  description: How long it took.
  returned: success
  type: float
"""

import shutil
import tempfile
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mcp_lan.litellm.plugins.module_utils import backups, restic
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import BackupError


def copied(module: AnsibleModule, repository: restic.Repository, top: Path) -> dict:
    """Snapshots of all backups in the folder, and no more than are to be kept."""
    params, writes, made = module.params, not module.check_mode, False
    try:
        copies = repository.snapshots()
    except restic.NoRepository:
        copies, made = [], True
        if writes:
            repository.make()
    known = {one["name"] for one in copies}
    wanted = [folder for folder in backups.found(top) if folder.name not in known]
    # A copy is what it was taken as; what has become another since is said.
    manifests = {folder: backups.check(folder) for folder in wanted}
    if writes:
        for folder in wanted:
            repository.copy(folder, manifests[folder]["taken"])
        copies = repository.snapshots() if wanted else copies
    else:
        copies += [{"name": folder.name, "taken": manifests[folder]["taken"]} for folder in wanted]
        copies.sort(key=lambda one: restic.moment(one["taken"]))
    removed = restic.surplus(copies, params["keep"], params["keep_days"], time.time())
    if removed and writes:
        repository.forget(removed)
    parts = params["check_days"]
    part = int(time.time() // 86400) % parts + 1 if parts > 0 and writes else 0
    if part:
        repository.check(part, parts)
    return {
        "changed": bool(made or wanted or removed),
        "copied": [one.name for one in wanted],
        "removed": [one["name"] for one in removed],
        "checked": f"{part}/{parts}" if part else "",
    }


def fetched(module: AnsibleModule, repository: restic.Repository, top: Path) -> dict:
    """One backup, in the folder again."""
    name = module.params["name"]
    if (top / name / backups.MANIFEST).is_file():
        return {"changed": False, "manifest": backups.check(top / name)}
    copies = repository.snapshots()
    found = [one for one in copies if one["name"] == name]
    if not found:
        near = ", ".join(one["name"] for one in copies) or "none"
        raise BackupError(
            f"There is no copy {name} of {repository.origin} in {repository.place}: those there are {near}"
        )
    manifest = repository.manifest(found[-1])
    if module.check_mode:
        return {"changed": True, "manifest": manifest}
    top.mkdir(mode=0o700, parents=True, exist_ok=True)
    # What a run that was ended has left.
    for left in top.glob(f"{name}{backups.PARTIAL}-*"):
        shutil.rmtree(left)
    # It has its name once it is whole.
    staging = Path(tempfile.mkdtemp(prefix=f"{name}{backups.PARTIAL}-", dir=top))
    try:
        repository.fetch(found[-1], staging)
        folder = staging / found[-1]["folder"].lstrip("/")
        backups.check(folder)
        folder.chmod(0o700)
        folder.rename(top / name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return {"changed": True, "manifest": manifest}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "name": {"type": "str"},
            "state": {"type": "str", "choices": ["present", "fetched"], "default": "present"},
            "keep": {"type": "int", "default": 7},
            "keep_days": {"type": "int", "default": 30},
            "check_days": {"type": "int", "default": 7},
            **restic.OPTIONS,
            "repository": {"type": "str", "required": True},
        },
        required_if=[("state", "fetched", ["name"])],
        required_together=[("repository", "repository_password")],
        supports_check_mode=True,
    )
    began = time.monotonic()
    name = module.params["name"]
    if name and (not backups.NAME.fullmatch(name) or backups.PARTIAL in name):
        module.fail_json(msg=f"'{name}' cannot be a backup's name: use letters, digits, '.', '_' and '-'.")
    repository = restic.Repository(module.params, looks_only=module.check_mode)
    work = copied if module.params["state"] == "present" else fetched
    try:
        with repository.opened():
            result = work(module, repository, Path(module.params["path"]))
    except BackupError as error:
        module.fail_json(msg=f"{str(error).rstrip('.')}.")
    except OSError as error:
        module.fail_json(msg=f"{error.filename or module.params['path']}: {error.strerror}.")
    module.exit_json(seconds=round(time.monotonic() - began, 1), **result)


if __name__ == "__main__":
    main()
