# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test sanity, all of it, on a copy of the checkout at the place that it insists on.

Its own environments are kept in .cache, so that only the first run takes minutes. Exceptions are in
tests/sanity/ignore-*.txt, each with its reason. Development code is left to ruff: ansible-test's rules are for plugins.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import ansible_test
import pytest
import tree

HOME = tree.TOP / ".cache" / "ansible-test"
COPY = tree.TOP / "build" / "ansible-test"
DEVELOPMENT = (
    "bench/",
    "findings/",
    "scripts/",
    "tools/",
    *(f"tests/{path.name}/" for path in tree.TOP.glob("tests/*") if path.name != "sanity"),
)


@pytest.fixture(scope="module")
def collection():
    """The copy, and a home in which ansible-test finds the pip it would otherwise download."""
    requirements = Path(next(iter(ansible_test.__path__))) / "_internal" / "python_requirements.py"
    (version,) = re.search(r"default_packages = dict\(\s*pip='([^']+)'", requirements.read_text()).groups()
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    shutil.copy2(tree.TOP / "tests/support/get_pip.py", cache / f"get_pip_{version.replace('.', '_')}.py")
    copy = tree.copy(COPY, without=DEVELOPMENT)
    # With a repository of its own, what it looks at is not decided by the checkout's .gitignore, which names build/.
    tree.check("git", "init", "--quiet", cwd=copy)
    return copy


def test_sanity(collection):
    config = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    status, output = tree.run(
        *("ansible-test", "sanity", "--local", "--color", "no", "--truncate", "0"),
        cwd=collection,
        timeout=1200,
        HOME=str(HOME),
        XDG_CONFIG_HOME=config,  # pip's configuration stays the user's own
        PATH=os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
    )
    ran = re.findall(r'Running sanity test "([^"]+)"|Running sanity test \'([^\']+)\'', output)
    found = [line for line in output.splitlines() if re.match(r"(ERROR|FATAL):", line)]
    assert status == 0, "ansible-test sanity:\n" + ("\n".join(found) or output[-4000:])
    assert len(ran) >= 20, f"only {len(ran)} sanity tests ran:\n{output[-4000:]}"
