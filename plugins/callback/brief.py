# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stdout callback brief: a run as a person wants to read it."""

from __future__ import annotations

DOCUMENTATION = r"""
name: brief
type: stdout
short_description: What a run changes and says, and nothing of what is as it should be
version_added: 1.0.0
author: The mcp_lan.litellm maintainers (@mcp-lan)
description:
  - Prints a line for each play, a line for each task that changes something, what C(ansible.builtin.debug) says, and
    what fails as C(ansible.builtin.default) does. With C(--diff) a change is shown with its difference.
  - With C(-v) and more it is C(ansible.builtin.default).
extends_documentation_fragment:
  - default_callback
  - result_format_callback
requirements:
  - Set as stdout_callback in ansible.cfg, as in this collection's own checkout
"""

import os
import textwrap

from ansible import constants as C
from ansible.playbook.task_include import TaskInclude
from ansible.plugins.callback.default import CallbackModule as Default

DEBUG = ("ansible.builtin.debug", "ansible.legacy.debug", "debug")


class CallbackModule(Default):
    """The default one, without what is as it should be."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "mcp_lan.litellm.brief"

    @property
    def _whole(self):
        return self._display.verbosity > 0

    def set_options(self, task_keys=None, var_options=None, direct=None):
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)
        if not self._whole:
            # A task's name is printed with its first result that is shown, not before.
            self.set_option("display_ok_hosts", False)
            self.set_option("display_skipped_hosts", False)

    def v2_playbook_on_play_start(self, play):
        if self._whole:
            super().v2_playbook_on_play_start(play)
            return
        self._play = play
        name = play.get_name().strip()
        mode = " [check mode]" if play.check_mode else ""
        self._display.display(f"{name or 'Play'}{mode}", color=C.COLOR_HIGHLIGHT)

    def v2_runner_on_ok(self, result):
        if self._whole:
            super().v2_runner_on_ok(result)
            return
        task, told = self._parts(result)
        if isinstance(task, TaskInclude):
            return
        if task.action in DEBUG:
            for each in told.get("results") or [told]:
                self._say(each)
        elif told.get("changed"):
            self._display.display(f"  changed: [{self.host_label(result)}] {task.get_name()}", color=C.COLOR_CHANGED)
        self._warn(result, told)

    def v2_runner_item_on_ok(self, result):
        if self._whole:
            super().v2_runner_item_on_ok(result)

    def v2_runner_item_on_skipped(self, result):
        if self._whole:
            super().v2_runner_item_on_skipped(result)

    def v2_playbook_on_include(self, included_file):
        if self._whole:
            super().v2_playbook_on_include(included_file)

    @staticmethod
    def _parts(result):
        """Task and answer; ansible-core calls them so from 2.19 on."""
        if hasattr(result, "task"):
            return result.task, result.result
        return result._task, result._result

    def _say(self, told):
        if told.get("skipped"):
            return
        text = told["msg"] if "msg" in told else self._variable(told)
        lines = text if isinstance(text, list) else str(text).splitlines()
        self._display.display(os.linesep.join(f"  {line}".rstrip() for line in lines))

    def _variable(self, told):
        """What is said by C(var): the variable's name and its value."""
        self._clean_results(told, "debug")
        return textwrap.dedent(self._dump_results(told).strip("\n"))

    def _warn(self, result, told):
        if hasattr(self, "_handle_warnings_and_exception"):
            self._handle_warnings_and_exception(result)
        else:
            self._handle_warnings(told)
