# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was asked of a gateway and what it cost: the SQL that PostgreSQL counts with, and what its answer means.

PostgreSQL adds up, where the rows are, and in exact numbers; money comes as text, so that nothing rounds it on the way.
roles/postgres_db/files/report.sql is what it reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError, UserError

# What a figure may be of: its name, and how it is said in SQL.
OF = {
    "day": "to_char(at, 'YYYY-MM-DD')",
    "key": "key",
    "team": "team",
    "user": '"user"',
    "model": "model",
    "mcp_server": "mcp_server",
    "mcp_tool": "mcp_tool",
    "status": "status",
}
FIGURES = (
    "requests",
    "failed",
    "refused",
    "prompt_tokens",
    "completion_tokens",
    "spend",
    "median_seconds",
    "p95_seconds",
)
DAYS = 30  # that are asked for where nothing is said
_COUNTED = """count(*) AS requests,
    count(*) FILTER (WHERE status = 'failure') AS failed,
    count(*) FILTER (WHERE status = 'refused') AS refused,
    coalesce(sum(prompt_tokens), 0) AS prompt_tokens,
    coalesce(sum(completion_tokens), 0) AS completion_tokens,
    coalesce(sum(spend), 0) AS spend"""
_ADDED = ", ".join(f"coalesce(sum({name}), 0){'::text' * (name == 'spend')} AS {name}" for name in FIGURES[:6])
# Of what was answered: a refusal takes no time, and would hide how long the others took.
_TAKEN = """round(percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE status = 'success')::numeric, 3)
      AS median_seconds,
    round(percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE status = 'success')::numeric, 3)
      AS p95_seconds"""


def moment(value: str, option: str, end: bool = False) -> datetime:
    """A point in time in UTC. end: a day is meant with all its hours."""
    text = value.strip()
    try:
        if re.fullmatch(r"\d{4}(-?)\d{2}\1\d{2}", text):
            day = date.fromisoformat(text) + timedelta(days=1 if end else 0)
            return datetime.combine(day, time(), UTC)
        if re.fullmatch(r"\d{4}-?W\d{2}(-?\d)?", text):
            # Python takes a week for the first moment of its Monday.
            raise ValueError(text)
        said = datetime.fromisoformat(text)
        return said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
    except (ValueError, OverflowError):
        raise UserError(
            f"{option}: {value!r} is no date: write a day, such as 2026-11-29, or a time in UTC, such as "
            "2026-11-29T13:00.",
            "time_invalid",
        ) from None


def span(since: str | None, until: str | None, now: datetime) -> tuple[datetime, datetime]:
    """From when to when, the end not among it."""
    end = moment(until, "to", end=True) if until else now
    begin = moment(since, "from") if since else end - timedelta(days=DAYS)
    if begin >= end:
        raise UserError(
            f"from, {shown(begin)}, is not before to, {shown(end)}: exchange them, or leave one out.", "time_invalid"
        )
    return begin, end


def shown(at: datetime) -> str:
    """As it is given back."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _source(begin: datetime, end: datetime) -> str:
    # Without its zone: the spend log's times are in UTC and do not say so.
    since, until = (each.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds") for each in (begin, end))
    return f"mcp_lan_report.calls('{since}', '{until}')"


def query(by: Iterable[str], begin: datetime, end: datetime) -> str:
    """One table of figures, by each of these and in their order."""
    columns = [f'{OF[name]} COLLATE "C" AS "{name}"' for name in by]
    numbers = ", ".join(str(number + 1) for number in range(len(columns)))
    grouped = f"GROUP BY {numbers} ORDER BY {numbers}" if columns else ""
    listed = ",\n    ".join([*columns, _COUNTED.replace("0) AS spend", "0)::text AS spend"), _TAKEN])
    return (
        f"SELECT coalesce(json_agg(f), '[]')::text AS found FROM (SELECT {listed}\n"
        f"FROM {_source(begin, end)} {grouped}) AS f"
    )


def report_query(begin: datetime, end: datetime) -> str:
    """All that the page shows, of one look at the database: what was asked on each day, and what that adds up to."""

    def listed(columns: str, more: str = "", table: str = "counted") -> str:
        return f"(SELECT coalesce(json_agg(f), '[]') FROM (SELECT {columns} FROM {table} {more}) AS f)"

    def days(name: str) -> str:
        return listed(f"day, {name} AS name, {_ADDED}", f"WHERE {name} IS NOT NULL GROUP BY 1, 2")

    def things(name: str, more: str = "") -> str:
        """Each with how long it took, which cannot be added up of days."""
        return listed(
            "a.*, t.median_seconds, t.p95_seconds",
            f"LEFT JOIN (SELECT {name} AS name, {_TAKEN} FROM c WHERE {name} IS NOT NULL GROUP BY 1) AS t USING (name)",
            f"(SELECT {name} AS name, {more}{_ADDED} FROM counted WHERE {name} IS NOT NULL GROUP BY 1) AS a",
        )

    parts = {
        "total": f"(SELECT to_json(f) FROM (SELECT * FROM (SELECT {_ADDED} FROM counted) AS a, "
        f"(SELECT {_TAKEN} FROM c) AS t) AS f)",
        "key": things("key"),
        "model": things("model"),
        "tool": things("tool", "max(mcp_server) AS server, max(mcp_tool) AS tool, "),
        "key_days": days("key"),
        "model_days": days("model"),
        "tool_days": days("tool"),
        "refusals": listed(
            "key, reason, coalesce(model, tool) AS asked, sum(refused) AS requests",
            "WHERE refused > 0 GROUP BY 1, 2, 3",
        ),
        "budgets": listed(
            "kind, name, spend::text, max_budget::text, period, to_char(resets, 'YYYY-MM-DD HH24:MI') AS resets",
            table="mcp_lan_report.budgets()",
        ),
    }
    shown_parts = ",\n  ".join(f"'{name}', {part}" for name, part in parts.items())
    plain = ", ".join(
        f'{name} COLLATE "C" AS {name}' for name in ("key", "model", "mcp_server", "mcp_tool", "status", "reason")
    )
    return f"""WITH c AS MATERIALIZED (
  SELECT at::date AS day, {plain}, (mcp_server || ' ' || mcp_tool) COLLATE "C" AS tool,
    prompt_tokens, completion_tokens, spend, seconds
  FROM {_source(begin, end)}
), counted AS MATERIALIZED (
  SELECT day, key, model, tool, mcp_server, mcp_tool, reason, {_COUNTED}
  FROM c GROUP BY 1, 2, 3, 4, 5, 6, 7
)
SELECT json_build_object(
  {shown_parts})::text AS found"""


def exact(found: Any) -> Any:
    """What PostgreSQL has answered, with money as exact numbers."""
    if isinstance(found, list):
        return [exact(each) for each in found]
    if isinstance(found, Mapping):
        return {
            name: Decimal(value) if name in ("spend", "max_budget") and value is not None else exact(value)
            for name, value in found.items()
        }
    return found


# What the server says, why that is, and what to do about it.
_REFUSALS = (
    (
        ("password authentication failed", "no pg_hba.conf entry"),
        "refuses the log-in of {user}: set postgres_db_report_user to it and run the site with --tags postgres_db, or "
        "correct login_user and login_password.",
    ),
    (
        ('relation "public.LiteLLM',),
        "has a database {database} that is not LiteLLM's, or on which LiteLLM has not started yet: name LiteLLM's "
        "database as postgres_db_report_database, and run the site.",
    ),
    (
        ("mcp_lan_report", "permission denied for database", "does not exist"),
        "has no database {database} with what {user} may read for reports: set postgres_db_report_user and run the "
        "site with --tags postgres_db, or correct login_db.",
    ),
    (
        ("statement timeout",),
        "took longer than {user} may: ask for less time with from and to, or raise statement_timeout in "
        "postgres_db_report_settings.",
    ),
)
_AWAY = re.compile(
    r".*to database:\s*(?:connection failed:\s*)?(.*?)\s*(?:Is the server running|Multiple connection attempts|$)"
)
# Of what community.postgresql says, which has the query in it, twice.
_SERVERS = re.compile(r"' None: (.*?), query list: ")


def read(answer: Mapping[str, Any], place: str, login: Mapping[str, Any]) -> Any:
    """The rows of an answer of community.postgresql.postgresql_query, or why there are none, in a sentence."""
    if not answer.get("failed"):
        return exact(json.loads(answer["query_result"][0]["found"]))
    said = " ".join(str(answer.get("msg") or "").split())
    if servers := _SERVERS.search(said):
        said = servers[1]
    names = {"user": login["login_user"], "database": login["login_db"]}
    for signs, sentence in _REFUSALS:
        if any(sign in said for sign in signs):
            raise ApiError(f"PostgreSQL at {place} {sentence.format(**names)}", None, "database_refused")
    if away := _AWAY.match(said):
        raise ApiError(
            f"PostgreSQL at {place} cannot be reached ({away[1][:160].rstrip('. ')}): is the gateway running, are "
            "login_host and login_port right?",
            None,
            "database_unreachable",
        )
    raise ApiError(f"PostgreSQL at {place} could not be asked: {said[-300:]}", None, "database_refused")
