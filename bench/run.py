# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the benchmarks bench_*.py and writes what they print into docs/bench.md: run.py [NAME ...].

A benchmark is a file with a first line that says what it measures and a function table(), which returns a Markdown
table. One that has NEEDS, names of environment variables, is left out while one of them is not set. Sections of
benchmarks that are not taken this time stay as they are.
"""

from __future__ import annotations

import importlib
import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent
PAGE = TOP / "docs" / "bench.md"
HEAD = """<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
# Benchmarks

Written by `make bench`. Take them on your own machine: the ratios are what carries over.
"""
SECTION = re.compile(r"^## (\w+)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def circumstances() -> str:
    """What a number depends on: when, which commit, on what."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=TOP, capture_output=True, text=True, check=False
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Taken {datetime.now(UTC):%Y-%m-%d %H:%M} UTC at {commit.stdout.strip() or 'no commit'}: "
        f"{os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}, ansible-core {version('ansible-core')}, "
        f"load {os.getloadavg()[0]:.1f} when it began."
    )


def main(desired: list[str]) -> None:
    names = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    if unknown := set(desired) - set(names):
        sys.exit(f"bench: there is no {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    sections = dict(SECTION.findall(PAGE.read_text(encoding="utf-8"))) if PAGE.exists() else {}
    for name in desired or names:
        said = circumstances()
        module = importlib.import_module(f"bench_{name}")
        if missing := [variable for variable in getattr(module, "NEEDS", ()) if not os.environ.get(variable)]:
            print(f"\nbench: {name} is not taken, because it needs {', '.join(missing)}; see its first lines")
            continue
        about = " ".join(module.__doc__.split())
        sections[name] = f"{about}\n\n{module.table().strip()}\n\n{said}\n"
        print(f"\n{sections[name]}")
        # At once: the next one may fail.
        PAGE.write_text(
            HEAD + "".join(f"\n## {name}\n{text.rstrip()}\n" for name, text in sorted(sections.items())), "utf-8"
        )


if __name__ == "__main__":
    own = [HERE, TOP / "tests/support", TOP / ".collections", TOP / "roles/litellm_gateway/files/config"]
    sys.path[:0] = map(str, own)
    main(sys.argv[1:])
