#!/usr/bin/python
# Copyright (c) The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module upgrade."""

from __future__ import annotations

DOCUMENTATION = r"""
module: upgrade
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Begin, undo or settle an upgrade of LiteLLM
version_added: 1.0.0
description:
  - Gives the newer version of LiteLLM a copy of the database to work on, and keeps the database itself and the files
    of the Compose project, so that both can be put back as the older version left them.
  - What is kept is in O(path) and in the database that has C(__before_upgrade) behind its name. Each step can be ended
    at any moment and called again.
  - Runs on the gateway's host. PostgreSQL runs in a container.
options:
  path:
    description: The folder for what is kept, on the host. It is made, for its owner alone, and goes with the upgrade.
    type: path
    required: true
  state:
    description:
      - V(examined) says what stands of an upgrade, how large the database is, and about how long its upgrade takes.
      - V(begun) keeps the files, stops the gateway, and puts a copy in the place of its database.
      - V(compared) says which tables and columns the database lacks that the version that runs expects.
      - V(undone) puts files and database back as they were, with the spend log of what was answered meanwhile, and
        starts the gateway.
      - V(settled) removes what was kept.
    type: str
    choices: [examined, begun, compared, undone, settled]
    required: true
  version:
    description: The version of LiteLLM that is to run. Needed for V(examined) and V(begun).
    type: str
  former_version:
    description: The version that runs, for V(begun). Empty if none does.
    type: str
    default: ""
  backup:
    description: The name of the backup that was taken before, for V(begun).
    type: str
    default: ""
  container:
    description: PostgreSQL's container.
    type: str
    default: postgresql
  admin_user:
    description: PostgreSQL's superuser.
    type: str
    default: postgres
  database:
    description: LiteLLM's database.
    type: str
    default: litellm
  gateway:
    description: LiteLLM's container.
    type: str
    default: litellm
  doors:
    description: The containers that let requests in, which are stopped first and started last.
    type: list
    elements: str
    default: []
  others:
    description: Other containers that are stopped, such as what deletes old rows, or a migration that goes on.
    type: list
    elements: str
    default: []
  drain:
    description: How many seconds LiteLLM takes at most to write its spend log.
    type: int
    default: 8
  compose_file:
    description: The Compose file of the project. Needed for V(begun) and V(undone).
    type: path
  services:
    description: The services of the Compose file, for V(begun).
    type: list
    elements: str
    default: []
  files:
    description: The files of the project, which V(begun) keeps and of which V(undone) removes those that were not kept.
    type: list
    elements: path
    default: []
  reason:
    description: Why the upgrade is undone, as a sentence.
    type: str
    default: The run was ended.
  docker_host:
    description: Address of the engine. The environment's E(DOCKER_HOST), or the client's own default, if not given.
    type: str
attributes:
  check_mode:
    description: Says whether something would be done, and does nothing.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
"""

EXAMPLES = r"""
- name: Put a copy in the place of LiteLLM's database
  mcp_lan.litellm.upgrade:
    path: /etc/mcp_lan/litellm/upgrade
    state: begun
    version: 1.108.7
    former_version: 1.77.3
    doors: [front-door]
    compose_file: /etc/mcp_lan/compose.yaml
    services: [litellm, front-door]
    files: [/etc/mcp_lan/litellm/config/config.yaml]
"""

RETURN = r"""
course:
  description: What is to be done about an upgrade that was begun, V(none), V(on), V(back) or V(settle).
  returned: with O(state=examined)
  type: str
unfinished:
  description: What is known of an upgrade that was begun; empty for none.
  returned: with O(state=examined)
  type: dict
rows:
  description: The rows of the spend log.
  returned: with O(state=examined)
  type: int
size:
  description: The size of the database in bytes.
  returned: with O(state=examined)
  type: int
estimate:
  description: About how many seconds the gateway is away for an upgrade.
  returned: with O(state=examined)
  type: int
missing:
  description: The tables and columns that are not there.
  returned: with O(state=compared)
  type: list
  elements: str
msg:
  description: What became of the upgrade, and of the requests meanwhile.
  returned: with O(state=undone), not in check mode
  type: str
kept:
  description: How many rows of the spend log were carried over.
  returned: with O(state=undone), not in check mode
  type: int
lost_keys:
  description: The keys that were made meanwhile.
  returned: with O(state=undone), not in check mode
  type: list
  elements: str
seconds:
  description: How long it took.
  returned: with O(state=begun) and O(state=undone), not in check mode
  type: float
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import BackupError
from ansible_collections.mcp_lan.litellm.plugins.module_utils.upgrade_steps import Upgrade


def main() -> None:
    texts = {"type": "list", "elements": "str", "default": []}
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "state": {
                "type": "str",
                "choices": ["examined", "begun", "compared", "undone", "settled"],
                "required": True,
            },
            "version": {"type": "str"},
            "former_version": {"type": "str", "default": ""},
            "backup": {"type": "str", "default": ""},
            "container": {"type": "str", "default": "postgresql"},
            "admin_user": {"type": "str", "default": "postgres"},
            "database": {"type": "str", "default": "litellm"},
            "gateway": {"type": "str", "default": "litellm"},
            "doors": texts,
            "others": texts,
            "drain": {"type": "int", "default": 8},
            "compose_file": {"type": "path"},
            "services": texts,
            "files": {"type": "list", "elements": "path", "default": []},
            "reason": {"type": "str", "default": "The run was ended."},
            "docker_host": {"type": "str"},
        },
        required_if=[
            ("state", "examined", ["version"]),
            ("state", "begun", ["version", "compose_file"]),
            ("state", "undone", ["compose_file"]),
        ],
        supports_check_mode=True,
    )
    state = module.params["state"]
    try:
        upgrade = Upgrade(module.params)
        if module.check_mode and state in ("begun", "undone", "settled"):
            module.exit_json(changed=state == "begun" or upgrade.state is not None)
        result = getattr(upgrade, state)()
    except BackupError as error:
        module.fail_json(msg=f"{str(error).rstrip('.')}.")
    except OSError as error:
        module.fail_json(msg=f"{error.filename or module.params['path']}: {error.strerror}.")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
