#!/usr/bin/python
# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of shell_info, which is an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: shell_info
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Runs a shell script that only looks
version_added: 1.0.0
description:
  - Gives a script to the host's C(sh) by standard input and returns what it prints.
  - For looking alone. It never reports a change and runs in check mode as well, so a script must not change anything.
  - Takes a tenth of the time of C(ansible.builtin.shell), as no module is sent and no Python is started for it. Unlike
    C(ansible.builtin.raw) it has the task's C(environment), standard error apart from standard output, and no terminal.
  - Does not fail where the script does; the task says by C(failed_when) what a failure is.
attributes:
  check_mode:
    description: Runs in check mode, as it only looks.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
options:
  cmd:
    description: The script, for a POSIX shell.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Look for the folder, and whose it is
  mcp_lan.litellm.shell_info:
    cmd: stat --format '%u %F' /srv/share
  register: folder
"""

RETURN = r"""
rc:
  description: The script's return code.
  returned: always
  type: int
stdout:
  description: What it printed, without the last line's end.
  returned: always
  type: str
stdout_lines:
  description: The lines of RV(stdout).
  returned: always
  type: list
  elements: str
stderr:
  description: What it printed on standard error, without the last line's end.
  returned: always
  type: str
stderr_lines:
  description: The lines of RV(stderr).
  returned: always
  type: list
  elements: str
"""
