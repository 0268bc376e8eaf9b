# Makes the program of a package of npm known by the package's own name, as npx finds it: node_modules/.bin/<package>.
# SPDX-License-Identifier: GPL-3.0-or-later
"""program.py NAME@VERSION, in the folder of node_modules."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path


def program(name: str, manifest: dict) -> str | None:
    """The file of a package's program: its only one, or of several that with the package's name without its scope."""
    programs = manifest.get("bin")
    plain = name.rpartition("/")[2]
    if isinstance(programs, str):
        programs = {plain: programs}
    if not isinstance(programs, dict):
        return None
    return programs.get(plain) or (next(iter(programs.values())) if len(set(programs.values())) == 1 else None)


def main(package: str) -> None:
    name = re.sub(r"(?<=.)@.*", "", package)
    folder = Path("node_modules") / name
    file = program(name, json.loads((folder / "package.json").read_text(encoding="utf-8-sig")))
    link = Path("node_modules/.bin") / name
    if not file or os.path.lexists(link):
        return
    (folder / file).chmod(0o755)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(os.path.relpath(folder / file, link.parent))


if __name__ == "__main__":
    main(sys.argv[1])
