#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI tomlkit 0.15.2, the TOML editor that keeps comments.
# Behaviour: a comment above a table's header belongs to the table before it. Deleting or replacing that table deletes
#   the comment about its successor; a table that is added lands below the comment and is described by it. A key that is
#   added at the top goes between the file's head comment and the blank line after it.
# A good guess: a comment directly above `[b]` stays with `[b]`, whatever happens to `[a]`.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages tomlkit==0.15.2

cat >expected <<'EOF'
deleted a: [b]|y = 1|
replaced a: [a]|x = 2||[b]|y = 1|
added servers.c: [servers.a]|x = 1||# do not remove b||[servers.c]|z = 1|[b]|y = 1|
added a key at the top: # This file is managed.|k = 1||[a]|x = 1|
EOF

venv/bin/python - >seen <<'EOF'
import tomlkit

REST = "x = 1\n\n# do not remove b\n[b]\ny = 1\n"


def show(what, text, change):
    document = tomlkit.parse(text)
    change(document)
    print(f"{what}: {tomlkit.dumps(document)}".replace("\n", "|"))


show("deleted a", "[a]\n" + REST, lambda document: document.pop("a"))
show("replaced a", "[a]\n" + REST, lambda document: document.update({"a": {"x": 2}}))
show("added servers.c", "[servers.a]\n" + REST, lambda document: document["servers"].update({"c": {"z": 1}}))
show("added a key at the top", "# This file is managed.\n\n[a]\nx = 1\n", lambda document: document.update({"k": 1}))
EOF

compare
