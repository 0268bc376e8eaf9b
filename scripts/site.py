# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the documentation's site in build/docs/html: the pages of docs, and a reference generated from the code.

A link that leads nowhere, a heading that is not there and whatever else Sphinx warns of ends it.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
BUILD = TOP / "build" / "docs"
SOURCE = BUILD / "source"
CONTENTS = re.compile(r"^\.\. contents::\n(?:   .*\n)+", re.MULTILINE)
REPOSITORY = "https://github.com/mcp-lan/litellm/blob/main/"
# What of the top of the checkout is a page as well.
ALSO = ("README.md", "CONTRIBUTING.md", "MAINTAINERS.md", "SECURITY.md", "CODE_OF_CONDUCT.md")
LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]*)(#[^)\s]*)?(?=\))")


def pages() -> dict[str, str]:
    """Which file of the checkout is which page of the site."""
    own = {f"docs/{path.name}": path.name for path in sorted((TOP / "docs").glob("*.md"))}
    return own | {name: f"project/{name.lower()}" for name in ALSO}


def relinked(text: str, path: str, known: dict[str, str]) -> str:
    """A page's text, its links to other pages as the site has them, and to other files as the repository has them."""

    def link(found: re.Match) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), found[1]))
        if not (TOP / target).exists():
            sys.exit(f"{path}: there is no {found[1]}, which it links to.")
        if target in known:
            return posixpath.relpath(known[target], posixpath.dirname(known[path]) or ".") + (found[2] or "")
        if target.startswith("docs/pictures/"):
            return posixpath.relpath(target.removeprefix("docs/"), posixpath.dirname(known[path]) or ".")
        return REPOSITORY + target

    return LINK.sub(link, text)


def contents(index: str, known: dict[str, str]) -> str:
    """The site's table of contents: the sections of docs/index.md, with the pages that each links to."""
    made = []
    for section in index.split("\n## ")[1:]:
        targets = [posixpath.normpath(posixpath.join("docs", found[1])) for found in LINK.finditer(section)]
        entries = [known[target].removesuffix(".md") for target in targets if target in known]
        made += ["```{toctree}", ":hidden:", f":caption: {section.splitlines()[0]}", "", *entries, "```", ""]
    rest = sorted(set(known.values()) - {"index.md"} - {f"{line}.md" for line in made})
    names = [name.removesuffix(".md") for name in rest]
    made += ["```{toctree}", ":hidden:", ":caption: Reference", "", "reference/index", "```", ""]
    return "\n".join([*made, "```{toctree}", ":hidden:", ":caption: The project", "", *names, "```", ""])


def lay_out() -> None:
    """All that Sphinx reads, in build/docs/source."""
    shutil.rmtree(BUILD, ignore_errors=True)
    (SOURCE / "project").mkdir(parents=True)
    shutil.copy(TOP / "docs" / "conf.py", SOURCE)
    shutil.copytree(TOP / "docs" / "pictures", SOURCE / "pictures")
    known = pages()
    for path, page in known.items():
        text = relinked((TOP / path).read_text(encoding="utf-8"), path, known)
        if page == "index.md":
            text += "\n" + contents((TOP / path).read_text(encoding="utf-8"), known)
        (SOURCE / page).write_text(text, encoding="utf-8")


def reference() -> None:
    """Pages of every module, plugin and role."""
    (SOURCE / "reference").mkdir()
    subprocess.run(
        [
            *("antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--fail-on-error"),
            *("--no-add-antsibull-docs-version", "--dest-dir", SOURCE / "reference", "mcp_lan.litellm"),
        ],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(TOP / ".collections")},
        cwd=BUILD,  # where no ansible.cfg is
        check=True,
        stdout=subprocess.DEVNULL,
    )
    # The theme has a table of contents beside each page.
    for path in (SOURCE / "reference").glob("*.rst"):
        path.write_text(CONTENTS.sub("", path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    lay_out()
    reference()
    done = subprocess.run(["sphinx-build", "-W", "--keep-going", "-q", "-j", "2", SOURCE, BUILD / "html"], check=False)
    if done.returncode:
        sys.exit("site: Sphinx has found what is above; put that right, then run this again.")
    print(f"site: {BUILD / 'html' / 'index.html'}")
