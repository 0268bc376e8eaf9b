# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The editors as a program of their own, for a machine that Ansible does not manage: `edit.pyz` of a bundle.

    edit.pyz set|remove FORMAT FILE EDITS RESULT

EDITS is a JSON list of {"path": [...], "value": ..., "base": ...}; RESULT is written, FILE is not. It says what
became of it by its exit status, and says why on standard error where it refuses.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from . import toml_edit, yaml_edit
from .entry import remove_entry, set_entry
from .text import RefusedEdit

WRITTEN, REFUSED, SAME, GONE, UNABLE = 0, 1, 10, 11, 12


def main(arguments: list[str]) -> int:
    """Edit one file, and return the exit status."""
    action, kind, file, edits, result = arguments
    # What Python brings by itself: nothing can be installed here.
    if (kind == "toml" and toml_edit.tomllib is None) or (kind == "yaml" and yaml_edit.yaml is None):
        return UNABLE
    desired = json.loads(Path(edits).read_text(encoding="utf-8"))
    before = after = Path(file).read_bytes() if Path(file).exists() else None
    try:
        for edit in desired if action == "set" else desired[::-1]:
            path = tuple(edit["path"])
            base = edit.get("base")
            if action == "set":
                after = set_entry(kind, after, path, edit["value"], base)
            else:
                after = remove_entry(kind, after, path, base)
    except RefusedEdit as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    if after == before:
        return SAME
    if after is None:
        return GONE
    Path(result).write_bytes(after)
    return WRITTEN
