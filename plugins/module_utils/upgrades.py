# What an upgrade of LiteLLM that was begun leaves until it is proved or undone, and what is to be done about it.
# Copyright (c) The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The newer version works on a copy of the database, and the database itself stays as the older version left it.

Both take their places by renaming, in one transaction, so the names say how far an upgrade has come, whenever it was
ended: without C(BEFORE) the newer version has touched nothing; with it, it may have; and C(FAILED) is what it has left
once the database is back in its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

COPYING, BEFORE, FAILED = "__upgrading", "__before_upgrade", "__failed_upgrade"
# What is said beforehand of how long it takes, for a person who waits: measured on 2 cores.
COPIES_A_SECOND = 150_000_000
ROWS_A_SECOND = 150_000
SECONDS_BESIDES = 40
# The columns of a table in Prisma's schema language. A list of another model, or one model, is a relation: no column.
_MODEL = re.compile(r"^model\s+(\w+)\s*\{(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^\s*(\w+)\s+(\w+)(?:\[\])?\??(.*)$")
_MAPPED = re.compile(r'(?<!@)@map\("([^"]+)"\)')
_TABLE = re.compile(r'@@map\("([^"]+)"\)')
_GUARD = re.compile(r"mcp_lan_guard sha256:\S+(?: requests:\w+)?")


@dataclass
class State:
    """An upgrade that was begun: from which version (empty if none ran) to which, when, with which backup; what the
    gateway said of its guard; the services of the Compose file, and the files that are kept; when the gateway was
    stopped; and whether the upgrade is proved, so that only the tidying is left.
    """

    before: str
    to: str
    began: str
    backup: str = ""
    guard: str = ""
    services: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    stopped: str = ""
    proved: bool = False

    def text(self) -> str:
        """As it is kept: one line."""
        return json.dumps(asdict(self), sort_keys=True) + "\n"

    @classmethod
    def read(cls, text: str) -> State:
        """What was kept."""
        return cls(**json.loads(text))


def course(state: State | None, version: str, databases: Iterable[str], database: str) -> str:
    """What a run that is to have this version does about an upgrade that was begun, with these databases there.

    C(none), where there is nothing to be done; C(settle), to tidy up; C(on), to go on; C(back), to undo it.
    """
    if state is None:
        return "none"
    if state.proved:
        return "settle"
    undone = database + FAILED in databases and database + BEFORE not in databases
    return "on" if state.to == version and not undone else "back"


def estimate(rows: int, size: int) -> int:
    """About how many seconds the gateway is away for the copy, the migrations and its start."""
    return round(SECONDS_BESIDES + size / COPIES_A_SECOND + rows / ROWS_A_SECOND)


def guard_of(answer: str) -> str:
    """What a gateway says of its guard and its list of requests, out of what it says that it has loaded."""
    found = _GUARD.search(answer)
    return found[0].rstrip("'\",]") if found else ""


def expected_columns(schema: str) -> dict[str, set[str]]:
    """The tables with their columns that a schema of Prisma's describes."""
    models = dict(_MODEL.findall(schema))
    tables = {}
    for name, body in models.items():
        columns = set()
        for line in body.splitlines():
            found = _FIELD.match(line.partition("//")[0])
            if found and found[2] not in models:
                mapped = _MAPPED.search(found[3])
                columns.add(mapped[1] if mapped else found[1])
        mapped = _TABLE.search(body)
        tables[mapped[1] if mapped else name] = columns
    return tables


def missing(expected: Mapping[str, set[str]], found: Mapping[str, Iterable[str]]) -> list[str]:
    """The tables and columns that are not there, as C(TABLE) or C(TABLE.COLUMN)."""
    lacking = []
    for table, columns in sorted(expected.items()):
        if table not in found:
            lacking.append(table)
        else:
            lacking += [f"{table}.{column}" for column in sorted(columns - set(found[table]))]
    return lacking


def told(result: Mapping[str, Any], state: State, reason: str) -> str:
    """What became of an upgrade that failed, for a person."""
    reason = " ".join(reason.split()).rstrip(".")
    origin = f" from LiteLLM {state.before}" if state.before else ""
    words = [f"The upgrade{origin} to {state.to} failed and was undone in {result['seconds']:.0f} s: {reason}."]
    who = f"LiteLLM {state.before} runs again" if state.before else "What ran before was put back"
    if not state.stopped:
        return f"{words[0]} {who}; its database was not touched."
    words.append(f"{who}, with its files and its database as they were when it was stopped ({state.stopped} UTC).")
    if result["kept"]:
        words.append(f"What {state.to} answered meanwhile is kept in the spend log: {result['kept']} rows.")
    else:
        words.append(f"{state.to} wrote nothing to the spend log meanwhile, so nothing of it is lost.")
    if result["lost_keys"]:
        words.append(f"Lost are the keys that were made meanwhile: {', '.join(result['lost_keys'])}.")
    return " ".join(words)
