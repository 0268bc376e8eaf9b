# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of spend_report: one look at the database, and a page for a browser on the controller."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._spend import figures, page
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._spend.action import (
    LOGIN,
    SpendAction,
    refuse_place,
    write,
)


class ActionModule(SpendAction):
    """Asks once; then the page."""

    options = {**LOGIN, "dest": {"type": "path", "required": True}, "title": {"type": "str", "default": ""}}

    def act(self, given):
        """The module."""
        begin, end = self.span(given)
        dest = Path(given["dest"]).expanduser()
        refuse_place(dest, "dest")
        found = self.ask(given, figures.report_query(begin, end))
        text = page.render(found, begin, end, given["title"])
        total = {**found["total"], "spend": f"{found['total']['spend']:f}"}
        return {
            "changed": write(dest, text, "dest", self._task.check_mode),
            "dest": str(dest),
            "from": figures.shown(begin),
            "to": figures.shown(end),
            "total": total,
        }
