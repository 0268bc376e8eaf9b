#!/usr/bin/python
# Copyright (c) The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module backup_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_info
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Look at the backups of a gateway
version_added: 1.0.0
description:
  - Lists the backups in a folder of the host, and reads the manifest of one of them, after a look whether its files are
    all there and as they were written.
  - With O(repository), lists the copies there as well.
options:
  path:
    description: The folder for backups.
    type: path
    required: true
  name:
    description: The one to read and to check.
    type: str
extends_documentation_fragment: [mcp_lan.litellm.backup_copy]
attributes:
  check_mode:
    description: Runs in check mode and changes nothing.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
"""

EXAMPLES = r"""
- name: See which backups there are
  mcp_lan.litellm.backup_info:
    path: /var/backups/mcp_lan/mcp-lan
  register: backups
"""

RETURN = r"""
backups:
  description: Of each backup its C(name), C(taken) and C(size) in bytes, the oldest first.
  returned: success
  type: list
  elements: dict
copies:
  description: Of each copy its C(name), C(taken) and C(id), that of the snapshot, the oldest first.
  returned: when O(repository) is given
  type: list
  elements: dict
manifest:
  description: What the backup says of itself.
  returned: when O(name) is given
  type: dict
"""

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mcp_lan.litellm.plugins.module_utils import backups, restic
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import BackupError


def copied(module: AnsibleModule) -> list[dict]:
    """The copies in the repository; none where there is none."""
    repository = restic.Repository(module.params, looks_only=True)
    try:
        with repository.opened():
            copies = repository.snapshots()
    except restic.NoRepository:
        copies = []
    return [{key: one[key] for key in ("name", "taken", "id")} for one in copies]


def main() -> None:
    module = AnsibleModule(
        argument_spec={"path": {"type": "path", "required": True}, "name": {"type": "str"}, **restic.OPTIONS},
        required_together=[("repository", "repository_password")],
        supports_check_mode=True,
    )
    top = Path(module.params["path"])
    listed = []
    try:
        for folder in backups.found(top):
            size = sum(path.stat().st_size for path in folder.iterdir())
            listed.append({"name": folder.name, "taken": backups.read(folder).get("taken", ""), "size": size})
        copies = {"copies": copied(module)} if module.params["repository"] else {}
        given = {"manifest": backups.check(top / module.params["name"])} if module.params["name"] else {}
    except BackupError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, backups=listed, **copies, **given)


if __name__ == "__main__":
    main()
