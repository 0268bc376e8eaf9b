# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was asked and what it cost, as one page that asks no host for anything: tables, and charts where a browser runs
the library that is in it.

Names of models and tools are what clients have sent, refused ones too: nothing of them gets into the page unescaped.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import jinja2

ROLE = Path(__file__).resolve().parents[3] / "roles/litellm"
LIBRARY = ROLE / "files/chart.umd.min.js"
SERIES = 7  # that have a colour of their own; the rest is one more
SLOWEST = 12
ROWS = 100  # of a table: more is for spend_info
OTHERS = "all others"
WAYS = {"key": "key", "model": "model", "tool": "tool"}


def money(value: Decimal) -> str:
    """US dollars to the cent; less than a dollar to a hundredth of one."""
    if not value:
        return "0.00"
    step = Decimal("0.01") if abs(value) >= 1 else Decimal("0.0001")
    rounded = value.quantize(step, ROUND_HALF_EVEN)
    return f"{rounded:,f}" if rounded else "< 0.0001"


def number(value: int) -> str:
    return f"{value:,}"


def took(value: float | None) -> str:
    return "" if value is None else f"{value:,.3f}"


def days(begin: datetime, end: datetime) -> list[str]:
    """Each day of the time, the last one too where it has only begun."""
    last = (end - timedelta(microseconds=1)).date()
    return [f"{begin.date() + timedelta(days=each)}" for each in range((last - begin.date()).days + 1)]


def over_time(rows: Iterable[Mapping[str, Any]], named: list[str]) -> list[dict[str, Any]]:
    """What each day's figures are: those with the most, and of the others together."""
    counted: dict[str, dict[str, dict[str, Any]]] = {"spend": {}, "requests": {}}
    sums: dict[str, tuple[Decimal, int]] = {}
    rows = list(rows)
    for row in rows:
        spend, requests = sums.get(row["name"], (Decimal(0), 0))
        sums[row["name"]] = (spend + row["spend"], requests + row["requests"])
    most = sorted(sums, key=lambda name: (-sums[name][0], -sums[name][1], name))
    own = most[:SERIES] if len(most) > SERIES + 1 else most
    for row in rows:
        name = row["name"] if row["name"] in own else OTHERS
        for what, found in counted.items():
            per_day = found.setdefault(name, {})
            per_day[row["day"]] = per_day.get(row["day"], 0) + row[what]
    return [
        {
            "name": name,
            **{what: [found.get(name, {}).get(day, 0) for day in named] for what, found in counted.items()},
        }
        for name in [*own, *([OTHERS] if len(own) < len(most) else [])]
    ]


def budgets(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of those that have one, the one with the least of it left first."""
    found = []
    for row in rows:
        # The number that stands for none (kinds/limits.py).
        if row["max_budget"] is not None and row["max_budget"] < 2**31 - 1:
            left = row["max_budget"] - row["spend"]
            part = min(Decimal(1), row["spend"] / row["max_budget"]) if row["max_budget"] > 0 else Decimal(1)
            found.append({**row, "left": left, "part": float(part)})
    return sorted(found, key=lambda one: (-one["part"], one["kind"], one["name"]))


def _script(text: str) -> tuple[str, str]:
    """A script as it stands in a page, and what allows it to run there."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return text, f"'sha256-{digest}'"


def _data(value: Any) -> str:
    """JSON that ends no script."""
    plain = json.dumps(value, default=float, ensure_ascii=True)
    return plain.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def render(found: Mapping[str, Any], begin: datetime, end: datetime, title: str) -> str:
    """The page. found: what figures.report_query gives."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROLE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"money": money, "number": number, "took": took}
    named = days(begin, end)
    series = {way: over_time(found[f"{way}_days"], named) for way in WAYS}
    by_cost = {way: sorted(found[way], key=lambda one: (-one["spend"], -one["requests"], one["name"])) for way in WAYS}
    slowest = sorted(
        (one for one in found["tool"] if one["p95_seconds"] is not None),
        key=lambda one: (-one["p95_seconds"], one["name"]),
    )[:SLOWEST]
    # Without the line by which a browser's tools would look for another file.
    library, library_hash = _script(LIBRARY.read_text(encoding="utf-8").partition("\n//# sourceMappingURL=")[0] + "\n")
    drawing, drawing_hash = _script((ROLE / "files/spend.js").read_text(encoding="utf-8"))
    return environment.get_template("spend.html.j2").render(
        title=title,
        begin=begin,
        end=end,
        days=named,
        total=found["total"],
        ways=WAYS,
        series=series,
        tables=by_cost,
        rows=ROWS,
        slowest=slowest,
        refusals=sorted(found["refusals"], key=lambda one: (-one["requests"], one["key"], one["asked"] or "")),
        budgets=budgets(found["budgets"]),
        library=library,
        drawing=drawing,
        scripts=f"{library_hash} {drawing_hash}",
        data=_data({"days": named, "series": series, "slowest": slowest}),
    )
