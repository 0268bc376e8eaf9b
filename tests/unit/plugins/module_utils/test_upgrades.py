# SPDX-License-Identifier: GPL-3.0-or-later
"""What is decided about an upgrade that was begun, and what is said of one that was undone."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils import upgrades
from ansible_collections.mcp_lan.litellm.plugins.module_utils.upgrades import BEFORE, FAILED, State

BEGUN = State(before="1.77.3", to="1.108.7", began="2026-11-29 19:00:00", guard="mcp_lan_guard sha256:a requests:b")
STOPPED = State(**{**vars(BEGUN), "stopped": "2026-11-29 19:00:20"})
PROVED = State(**{**vars(STOPPED), "proved": True})
PLAIN, SWITCHED, RETURNED = ["litellm"], ["litellm", "litellm" + BEFORE], ["litellm", "litellm" + FAILED]


@pytest.mark.parametrize(
    ("state", "version", "databases", "expected"),
    [
        (None, "1.108.7", PLAIN, "none"),
        (None, "1.108.7", SWITCHED, "none"),
        (BEGUN, "1.108.7", PLAIN, "on"),
        (STOPPED, "1.108.7", SWITCHED, "on"),
        (STOPPED, "1.77.3", SWITCHED, "back"),
        (STOPPED, "1.110.2", SWITCHED, "back"),
        (BEGUN, "1.77.3", PLAIN, "back"),
        # Its database is back in its place already: what the newer version has left is only looked at.
        (STOPPED, "1.108.7", RETURNED, "back"),
        (STOPPED, "1.77.3", RETURNED, "back"),
        (STOPPED, "1.108.7", [*SWITCHED, "litellm" + FAILED], "on"),
        (PROVED, "1.108.7", SWITCHED, "settle"),
        (PROVED, "1.77.3", SWITCHED, "settle"),
        (PROVED, "1.77.3", PLAIN, "settle"),
    ],
)
def test_the_course_is_that_of_the_version_and_the_databases(state, version, databases, expected):
    assert upgrades.course(state, version, databases, "litellm") == expected


def test_a_state_is_read_as_it_was_kept():
    kept = State(**{**vars(PROVED), "services": ["litellm"], "paths": ["/etc/x"], "backup": "one"})
    assert State.read(kept.text()) == kept
    assert kept.text().count("\n") == 1 and kept.text().startswith("{")


def test_the_estimate_grows_with_rows_and_size():
    small, rows, size = upgrades.estimate(0, 10**7), upgrades.estimate(10**6, 10**7), upgrades.estimate(0, 5 * 10**9)
    assert small < rows and small < size


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            '{"litellm.callbacks": ["mcp_lan_guard sha256:0ab requests:12", "x"]}',
            "mcp_lan_guard sha256:0ab requests:12",
        ),
        ("['mcp_lan_guard sha256:0ab']", "mcp_lan_guard sha256:0ab"),
        ('{"litellm.callbacks": []}', ""),
        ("", ""),
    ],
)
def test_the_guard_is_what_the_gateway_says_of_it(answer, expected):
    assert upgrades.guard_of(answer) == expected


SCHEMA = """
enum Kind {
  one
}

// model Comment { x String }
model LiteLLM_One {
  id    String @id @default(uuid())
  alias Json?  @map("aliases")
  kind  Kind?
  names String[] @default([]) // @map("no")
  two   LiteLLM_Two[]
  only  LiteLLM_Two? @relation(fields: [id], references: [id])

  @@unique([id, alias])
}

model LiteLLM_Two {
  id String @id
  @@map("second")
}
"""


def test_what_a_schema_expects_are_its_tables_and_columns():
    expected = upgrades.expected_columns(SCHEMA)
    assert expected == {"LiteLLM_One": {"id", "aliases", "kind", "names"}, "second": {"id"}}
    there = {"LiteLLM_One": ["id", "aliases", "kind", "names", "more"], "second": ["id"], "other": ["x"]}
    assert upgrades.missing(expected, there) == []
    assert upgrades.missing(expected, {"LiteLLM_One": ["id", "kind"]}) == [
        "LiteLLM_One.aliases",
        "LiteLLM_One.names",
        "second",
    ]


@pytest.mark.parametrize(
    ("state", "kept", "lost", "words"),
    [
        (BEGUN, 0, [], ["runs again; its database was not touched"]),
        (
            STOPPED,
            0,
            [],
            ["when it was stopped (2026-11-29 19:00:20 UTC)", "1.108.7 wrote nothing", "nothing of it is lost"],
        ),
        (STOPPED, 12, ["ann"], ["kept in the spend log: 12 rows", "Lost are the keys that were made meanwhile: ann."]),
        (State(**{**vars(STOPPED), "before": ""}), 1, [], ["The upgrade to 1.108.7", "What ran before was put back"]),
    ],
)
def test_what_became_of_it_is_said(state, kept, lost, words):
    said = upgrades.told({"seconds": 31.4, "kept": kept, "lost_keys": lost}, state, "it did\n  not come up.")
    assert "failed and was undone in 31 s: it did not come up." in said
    assert not [word for word in words if word not in said], said
