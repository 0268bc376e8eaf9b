#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI pglast 8.8 (libpg_query for PostgreSQL 18), `fingerprint`, which tools group statements by.
# Behaviour: a fingerprint leaves out more than constants. The schema of a table that is read or written is not part of
#   it, though that of a function, of DROP and of TRUNCATE is; nor is the role in GRANT; nor the order of conditions. It
#   does tell a limit from none, and two aliases apart.
# A good guess: statements with one fingerprint do the same to the same tables, and differ in their constants only.
# Seen: as below; `delete from hr.staff` and `delete from shop.staff` are one statement in a report by fingerprint.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages pglast==8.8

cat >expected <<'EOF'
one fingerprint: select * from hr.staff | select * from shop.staff
one fingerprint: delete from hr.staff where id = 1 | delete from shop.staff where id = 1
two fingerprints: truncate hr.staff | truncate shop.staff
two fingerprints: select hr.f(1) | select shop.f(1)
one fingerprint: grant select on t to reader | grant select on t to writer
two fingerprints: select a from t as x | select a from t as y
two fingerprints: select a from t | select a from t limit 9
EOF

venv/bin/python - >seen <<'EOF'
from pglast import fingerprint

for left, right in (
    ("select * from hr.staff", "select * from shop.staff"),
    ("delete from hr.staff where id = 1", "delete from shop.staff where id = 1"),
    ("truncate hr.staff", "truncate shop.staff"),
    ("select hr.f(1)", "select shop.f(1)"),
    ("grant select on t to reader", "grant select on t to writer"),
    ("select a from t as x", "select a from t as y"),
    ("select a from t", "select a from t limit 9"),
):
    same = fingerprint(left) == fingerprint(right)
    print("one fingerprint:" if same else "two fingerprints:", left, "|", right)
EOF

compare
