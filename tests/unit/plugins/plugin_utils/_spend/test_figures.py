# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for, and what the answer means: dates, sentences, files."""

from __future__ import annotations

import importlib
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.action.spend_info import as_csv, as_lines
from ansible_collections.mcp_lan.litellm.plugins.doc_fragments.spend import ModuleDocFragment
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError, UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._spend import figures
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._spend.action import refuse_place, write

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
CONNECTING = "unable to connect to database:"
LOGIN = {"login_user": "report", "login_db": "litellm"}


def failing(error: str) -> str:
    """As community.postgresql says it."""
    query = "SELECT found FROM mcp_lan_report.calls()"
    return f"Cannot execute SQL '{query}' None: {error}, query list: ['{query}']"


@pytest.mark.parametrize(
    ("since", "until", "begin", "end"),
    [
        (None, None, "2026-10-30T12:00:00Z", "2026-11-29T12:00:00Z"),
        ("2026-11-01", "2026-11-01", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"),
        ("20261101", "20261101", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"),
        ("2026-11-01T10:30", "2026-11-01T12:00+01:00", "2026-11-01T10:30:00Z", "2026-11-01T11:00:00Z"),
        (" 2026-02-28 ", "2026-02-28T00:00:01Z", "2026-02-28T00:00:00Z", "2026-02-28T00:00:01Z"),
    ],
)
def test_the_time_that_is_asked_for(since, until, begin, end):
    assert tuple(map(figures.shown, figures.span(since, until, NOW))) == (begin, end)


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        ("yesterday", None, "from: 'yesterday' is no date"),
        ("2026-02-30", None, "from: '2026-02-30' is no date"),
        (None, "29.11.2026", "to: '29.11.2026' is no date"),
        (None, "9999-12-31", "to: '9999-12-31' is no date"),
        (None, "2026-W48", "to: '2026-W48' is no date"),
        ("2026-W48-1", None, "from: '2026-W48-1' is no date"),
        ("2026-11-03", "2026-11-01", "is not before to"),
        ("2026-12-01", None, "is not before to"),
        ("1'; DROP TABLE x; --", None, "is no date"),
    ],
)
def test_a_date_that_cannot_be_is_one_sentence(since, until, said):
    with pytest.raises(UserError, match=said) as refused:
        figures.span(since, until, NOW)
    assert refused.value.code == "time_invalid" and len(refused.value.sentences) == 1


@pytest.mark.parametrize(
    ("said", "sentence", "code"),
    [
        (
            f'{CONNECTING} connection failed: connection to server at "::1", port 9 failed: Connection refused\n\tIs '
            "the server running on that host",
            'cannot be reached (connection to server at "::1", port 9 failed: Connection refused):',
            "database_unreachable",
        ),
        (
            f'{CONNECTING} FATAL:  password authentication failed for user "report"',
            "refuses the log-in of report",
            "database_refused",
        ),
        (f'{CONNECTING} FATAL:  database "litellm" does not exist', "has no database litellm", "database_refused"),
        (
            failing('schema "mcp_lan_report" does not exist'),
            "has no database litellm with what report",
            "database_refused",
        ),
        (
            failing('relation "public.LiteLLM_SpendLogs" does not exist'),
            "LiteLLM has not started yet",
            "database_refused",
        ),
        (
            failing("canceling statement due to statement timeout"),
            "took longer than report may",
            "database_refused",
        ),
        (failing("disk full"), "could not be asked: disk full", "database_refused"),
    ],
)
def test_why_there_is_no_answer_is_one_sentence(said, sentence, code):
    with pytest.raises(ApiError) as refused:
        figures.read({"failed": True, "msg": said}, "db.lan:5432", LOGIN)
    text = str(refused.value)
    assert text.startswith("PostgreSQL at db.lan:5432 ") and sentence in text and "\n" not in text
    assert refused.value.code == code


def test_money_is_exact():
    rows = json.dumps([{"key": "ann", "spend": "1234567890.12345678901", "requests": 2}])
    (row,) = figures.read({"query_result": [{"found": rows}]}, "", LOGIN)
    assert row["spend"] == Decimal("1234567890.12345678901")


def test_a_spreadsheet_runs_nothing_and_a_program_reads_all():
    columns = ["model", "requests", "spend"]
    rows = [{"spend": "0.10", "model": "=HYPERLINK(1)", "requests": 1}, {"spend": "0", "model": None, "requests": 2}]
    assert as_csv(columns, rows) == "model,requests,spend\n'=HYPERLINK(1),1,0.10\n,2,0\n"
    assert [json.loads(line) for line in as_lines(columns, rows).splitlines()] == rows


def test_a_file_is_its_owners_alone_and_none_in_check_mode(tmp_path):
    place = tmp_path / "figures.csv"
    assert write(place, "one", "csv", pretended=True) and not place.exists()
    assert write(place, "one", "csv", pretended=False) and place.stat().st_mode & 0o777 == 0o600
    assert not write(place, "one", "csv", pretended=False)
    assert write(place, "two", "csv", pretended=True) and place.read_text() == "one"
    assert list(tmp_path.iterdir()) == [place]
    for wrong in (tmp_path, tmp_path / "none" / "figures.csv"):
        with pytest.raises(UserError) as refused:
            refuse_place(wrong, "csv")
        assert refused.value.code == "report_failed"


@pytest.mark.parametrize("name", ["spend_info", "spend_report"])
def test_the_documentation_says_what_the_action_takes(name):
    action = importlib.import_module(f"ansible_collections.mcp_lan.litellm.plugins.action.{name}").ActionModule
    module = importlib.import_module(f"ansible_collections.mcp_lan.litellm.plugins.modules.{name}")
    said = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"] | yaml.safe_load(module.DOCUMENTATION)["options"]
    kept = ("type", "elements", "choices", "required", "default")
    assert {one: {each: option.get(each) for each in kept if each in option} for one, option in said.items()} == {
        one: {each: option[each] for each in kept if each in option} for one, option in action.options.items()
    }
