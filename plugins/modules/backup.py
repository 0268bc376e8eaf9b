#!/usr/bin/python
# Copyright (c) The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module backup."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Take a backup of a gateway's databases and volumes
version_added: 1.0.0
description:
  - Makes a folder below O(path) with a dump of each database (C(pg_dump) of the server's own version, from its
    container), an archive of each volume, the files that are named, and a manifest with their checksums, the versions,
    and the number of rows of each table in the moment of the dump. Nothing is stopped for it.
  - The folder has its name once it is whole. What a run that was ended has left is removed by the next one.
  - Then those are removed that are too many or too old.
options:
  path:
    description: The folder for backups, on the host. It is made, for its owner alone.
    type: path
    required: true
  name:
    description: What the backup is called. By default the time in UTC, such as V(20261129T130501Z).
    type: str
  container:
    description: PostgreSQL's container.
    type: str
    default: postgresql
  admin_user:
    description: PostgreSQL's superuser.
    type: str
    default: postgres
  databases:
    description: The databases to dump.
    type: list
    elements: str
    required: true
  deployment:
    description: Whose containers' volumes are archived, by the label C(mcp_lan.deployment). Without it none are.
    type: str
  files:
    description: Files of the host that become part of it, as they are, each with a name of its own, such as the store's
      archive.
    type: list
    elements: path
    default: []
  config:
    description:
      - Files of the host that are archived as C(config.tar.gz), for who wants to look what was configured.
        Files whose names end in C(.env) hold secrets and are left out.
    type: list
    elements: path
    default: []
  facts:
    description: What the manifest says besides, such as the version of LiteLLM.
    type: dict
    default: {}
  trial:
    description:
      - Whether the dumps are restored into databases of their own and counted, before the backup gets its name. Takes
        about as long as a restore.
    type: bool
    default: true
  keep:
    description: How many are kept, V(0) for all.
    type: int
    default: 7
  keep_days:
    description: For how many days they are kept, V(0) for ever. The newest one stays in any case.
    type: int
    default: 30
  docker_host:
    description: Address of the engine. The environment's E(DOCKER_HOST), or the client's own default, if not given.
    type: str
attributes:
  check_mode:
    description: Says that a backup would be taken, and takes none.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
"""

EXAMPLES = r"""
- name: Take a backup
  mcp_lan.litellm.backup:
    path: /var/backups/mcp_lan/mcp-lan
    databases: [litellm]
    deployment: litellm
"""

RETURN = r"""
name:
  description: What the backup is called. Empty in check mode without O(name).
  returned: success
  type: str
  sample: 20261129T130501Z
databases:
  description: Of each database C(rows), its tables and their rows, C(last_migration) and C(owner).
  returned: when a backup was taken
  type: dict
size:
  description: Its size in bytes.
  returned: when a backup was taken
  type: int
seconds:
  description: How long it took, and C(trial) how long its trial.
  returned: when a backup was taken
  type: dict
removed:
  description: The backups that were removed; none in check mode.
  returned: success
  type: list
  elements: str
"""

import fcntl
import os
import shutil
import tarfile
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mcp_lan.litellm.plugins.module_utils import backups
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import BackupError, Server

CONFIG = "config.tar.gz"


def taken(module: AnsibleModule, server: Server, top: Path, name: str) -> dict:
    """A backup, whole."""
    params = module.params
    began = time.monotonic()
    folder = top / (name + backups.PARTIAL)
    folder.mkdir(mode=0o700)
    databases = {each: server.dump(each, folder / f"{each}.dump") for each in params["databases"]}
    volumes = server.volumes(params["deployment"]) if params["deployment"] else []
    for volume in volumes:
        server.pack(volume, folder / f"{volume}.tar.gz")
    for given in map(Path, params["files"]):
        part = folder / given.name
        if part.exists() or given.name in (CONFIG, backups.MANIFEST):
            raise BackupError(f"{given} has the name of another part of the backup: give it another one")
        shutil.copyfile(given, part)
        part.chmod(0o600)
    if params["config"]:
        with tarfile.open(folder / CONFIG, "w:gz") as archive:
            for given in sorted({path for path in map(Path, params["config"]) if path.is_file()}):
                if given.suffix != ".env":
                    archive.add(given, arcname=str(given).lstrip("/"))
        (folder / CONFIG).chmod(0o600)
    manifest = {
        "name": name,
        "taken": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
        "postgresql": server.version(),
        "databases": databases,
        "volumes": volumes,
        **params["facts"],
    }
    backups.close(folder, manifest)
    seconds = {"backup": round(time.monotonic() - began, 1)}
    if params["trial"]:
        began = time.monotonic()
        tried(server, folder, manifest)
        seconds["trial"] = round(time.monotonic() - began, 1)
    size = sum(path.stat().st_size for path in folder.iterdir())
    folder.rename(top / name)
    return {"databases": databases, "size": size, "seconds": seconds}


def tried(server: Server, folder: Path, manifest: dict) -> None:
    """Restore the dumps into databases that go away again, and count."""
    for name, said in manifest["databases"].items():
        try:
            server.restored(name + backups.TRIAL, said, folder / f"{name}.dump", paced=True)
        finally:
            server.remove(name + backups.TRIAL)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "name": {"type": "str"},
            "container": {"type": "str", "default": "postgresql"},
            "admin_user": {"type": "str", "default": "postgres"},
            "databases": {"type": "list", "elements": "str", "required": True},
            "deployment": {"type": "str"},
            "files": {"type": "list", "elements": "path", "default": []},
            "config": {"type": "list", "elements": "path", "default": []},
            "facts": {"type": "dict", "default": {}},
            "trial": {"type": "bool", "default": True},
            "keep": {"type": "int", "default": 7},
            "keep_days": {"type": "int", "default": 30},
            "docker_host": {"type": "str"},
        },
        supports_check_mode=True,
    )
    params = module.params
    name = params["name"] or time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    top = Path(params["path"])
    if not backups.NAME.fullmatch(name) or backups.PARTIAL in name:
        module.fail_json(msg=f"'{name}' cannot be a backup's name: use letters, digits, '.', '_' and '-'.")
    if (top / name).exists():
        module.fail_json(msg=f"There is a backup {top / name} already: choose another name.")
    if module.check_mode:
        module.exit_json(changed=True, name=params["name"] or "", removed=[])
    try:
        server = Server(params["container"], params["admin_user"], params["docker_host"])
        top.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Held until the process ends. Whoever has it is at work on what is not whole yet.
        lock = os.open(top, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"Another backup is being taken to {top}: wait until it is there") from None
        for left in top.glob(f"*{backups.PARTIAL}"):
            shutil.rmtree(left)
        result = taken(module, server, top, name)
    except BackupError as error:
        module.fail_json(msg=f"{str(error).rstrip('.')}. No backup was taken.")
    except OSError as error:
        module.fail_json(msg=f"No backup was taken: {backups.reason(error, top)}.")
    removed, left = [], []
    for each in backups.outdated(top, params["keep"], params["keep_days"], time.time()):
        try:
            backups.remove(each)
            removed.append(each.name)
        except OSError as error:
            left.append(f"{each} ({error.strerror})")
    result |= {"changed": True, "name": name, "removed": removed}
    if left:
        module.fail_json(
            msg=f"The backup {top / name} was taken. Older ones could not be removed, which is left to you: "
            f"{', '.join(left)}.",
            **result,
        )
    module.exit_json(**result)


if __name__ == "__main__":
    main()
