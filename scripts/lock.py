# SPDX-License-Identifier: GPL-3.0-or-later
"""Lock requirements/*.in into requirements/*.txt: exact versions with hashes, for every supported Python at once.

The test environment takes the deploy environment's versions, so that the tests run on what a deploy runs on.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"


def lock(name: str, *options: str) -> None:
    """Resolve one input file; versions that still fit are kept."""
    subprocess.run(
        [
            *("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"),
            *("--custom-compile-command", "make lock", *options, f"{name}.in", "--output-file", f"{name}.txt"),
        ],
        cwd=REQUIREMENTS,
        check=True,
    )


if __name__ == "__main__":
    lock("deploy")
    lock("dev", "--constraint", "deploy.txt")
    lock("sdks")
