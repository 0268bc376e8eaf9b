# SPDX-License-Identifier: GPL-3.0-or-later
"""Set-up: seconds to make the virtual environment of a deploy in an empty folder, and to see that nothing is to do."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tree import TOP


def table() -> str:
    rows = ["| set-up | s |", "| --- | --- |"]
    with tempfile.TemporaryDirectory() as place:
        for folder in ("scripts", "requirements"):
            shutil.copytree(TOP / folder, Path(place) / folder)
        for label in ("fresh", "again"):
            began = time.monotonic()
            subprocess.run([sys.executable, "scripts/setup.py", "deploy"], cwd=place, check=True)
            rows.append(f"| {label} | {time.monotonic() - began:.2f} |")
    return "\n".join(rows)
