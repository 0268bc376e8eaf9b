#!/usr/bin/python
# Copyright (c) The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module backup_restore."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_restore
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Restore a backup of a gateway's databases and volumes
version_added: 1.0.0
description:
  - Checks a backup that M(mcp_lan.litellm.backup) has made, restores its dumps into databases beside those that are in
    use, counts their rows, and puts them in their places in one transaction. Until then nothing of what is in use is
    touched.
  - The databases whose place was taken stay, with C(__replaced) behind their names, until O(state=settled) removes
    them.
  - Whatever uses the databases and the volumes has to be stopped before O(state=present).
options:
  path:
    description: The folder for backups, on the host.
    type: path
    required: true
  name:
    description: The backup to restore. Needed unless O(state=settled).
    type: str
  state:
    description:
      - V(prepared) checks the backup and fills the databases beside those that are in use, which may go on meanwhile.
      - V(present) restores, with what is prepared or without.
      - V(settled) removes the databases whose place was taken.
    type: str
    choices: [prepared, present, settled]
    default: present
  container:
    description: PostgreSQL's container. Its server has the major version of the backup's, or a newer one.
    type: str
    default: postgresql
  admin_user:
    description: PostgreSQL's superuser.
    type: str
    default: postgres
  volumes:
    description: Whether the volumes are restored as well.
    type: bool
    default: true
  docker_host:
    description: Address of the engine. The environment's E(DOCKER_HOST), or the client's own default, if not given.
    type: str
attributes:
  check_mode:
    description: Checks the backup, and restores nothing.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
"""

EXAMPLES = r"""
- name: Restore the databases as they were
  mcp_lan.litellm.backup_restore:
    path: /var/backups/mcp_lan/mcp-lan
    name: 20261129T130501Z
"""

RETURN = r"""
manifest:
  description: What the backup says of itself.
  returned: unless O(state=settled)
  type: dict
seconds:
  description: How long it took.
  returned: when it was restored
  type: float
removed:
  description: The databases that were removed.
  returned: with O(state=settled)
  type: list
  elements: str
"""

import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mcp_lan.litellm.plugins.module_utils import backups
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import BackupError, Server


def restore(module: AnsibleModule, server: Server, folder: Path) -> dict:
    """All of it, or nothing of the databases."""
    manifest = backups.check(folder)
    there, then = server.version(), manifest["postgresql"]
    if int(there.split(".")[0]) < int(then.split(".")[0]):
        raise BackupError(
            f"{folder} is of PostgreSQL {then}, and {there} runs in the container {server.container}: run that version."
        )
    if module.check_mode:
        return {"changed": True, "manifest": manifest}
    began = time.monotonic()
    for name, said in manifest["databases"].items():
        server.prepared(name + backups.FILLING, said, folder / f"{name}.dump")
    if module.params["state"] == "present":
        server.swap(list(manifest["databases"]))
        for volume in manifest["volumes"] if module.params["volumes"] else []:
            try:
                server.unpack(volume, folder / f"{volume}.tar.gz")
            except (BackupError, OSError) as error:
                why = backups.reason(error, folder) if isinstance(error, OSError) else str(error).rstrip(".")
                module.fail_json(msg=f"{why}. The databases were restored; run again.")
    return {"changed": True, "manifest": manifest, "seconds": round(time.monotonic() - began, 1)}


def settle(module: AnsibleModule, server: Server) -> dict:
    """Without what was kept of before."""
    removed = server.replaced()
    if not module.check_mode:
        for name in removed:
            server.remove(name)
    return {"changed": bool(removed), "removed": removed}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "name": {"type": "str"},
            "state": {"type": "str", "choices": ["prepared", "present", "settled"], "default": "present"},
            "container": {"type": "str", "default": "postgresql"},
            "admin_user": {"type": "str", "default": "postgres"},
            "volumes": {"type": "bool", "default": True},
            "docker_host": {"type": "str"},
        },
        required_if=[("state", "present", ["name"]), ("state", "prepared", ["name"])],
        supports_check_mode=True,
    )
    params = module.params
    server = Server(params["container"], params["admin_user"], params["docker_host"])
    try:
        if params["state"] == "settled":
            result = settle(module, server)
        else:
            result = restore(module, server, Path(params["path"]) / params["name"])
    except BackupError as error:
        module.fail_json(msg=f"{str(error).rstrip('.')}. What is in use was not touched.")
    except OSError as error:
        module.fail_json(msg=f"What is in use was not touched: {backups.reason(error, Path(params['path']))}.")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
