# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of spend_info: PostgreSQL adds up, and the controller writes files of its own."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._spend import figures
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._spend.action import (
    LOGIN,
    SpendAction,
    refuse_place,
    write,
)

# What a spreadsheet takes for a formula, at the beginning of a name that a client has made up.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(columns, rows):
    """For a spreadsheet."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        texts = {name: value for name, value in row.items() if isinstance(value, str) and value.startswith(FORMULA)}
        writer.writerow({**row, **{name: f"'{value}" for name, value in texts.items()}})
    return text.getvalue()


def as_lines(columns, rows):
    """For a program."""
    return "".join(json.dumps({name: row[name] for name in columns}, ensure_ascii=False) + "\n" for row in rows)


FORMATS = {"csv": as_csv, "jsonl": as_lines}


class ActionModule(SpendAction):
    """Asks once; then the files."""

    options = {
        **LOGIN,
        "by": {"type": "list", "elements": "str", "choices": list(figures.OF), "default": []},
        **{name: {"type": "path"} for name in FORMATS},
    }

    def act(self, given):
        """The module."""
        begin, end = self.span(given)
        by = given["by"]
        if len(set(by)) < len(by):
            raise UserError(f"by: {', '.join(by)} names one of them twice: name each once.", "options_invalid")
        places = {name: Path(given[name]).expanduser() for name in FORMATS if given[name]}
        for name, place in places.items():
            refuse_place(place, name)
        rows = [
            # Not as a number, which would round it.
            {**row, "spend": f"{row['spend']:f}"}
            for row in self.ask(given, figures.query(by, begin, end))
        ]
        columns = [*by, *figures.FIGURES]
        changed = [
            write(place, FORMATS[name](columns, rows), name, self._task.check_mode) for name, place in places.items()
        ]
        return {"changed": any(changed), "from": figures.shown(begin), "to": figures.shown(end), "figures": rows}
