# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of what it cost: it asks nobody, runs nothing of what clients have sent, and adds up."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser

import pytest
import tree
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._spend import page
from spent import EVIL, counted, found

BEGIN, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 4, tzinfo=UTC)
# Chart.js 4.6.1: chart.umd.min.js of npm's package.
LIBRARY = "roles/litellm/files/chart.umd.min.js"
SHA256 = "87364cc2b2a76a6684929e7d6b80b18a897794db38400caff1fcf1791c6925d2"
TAGS = set(
    "html head meta title style body main h1 h2 h3 p dl div dt dd fieldset legend label input figure figcaption canvas "
    "details summary table caption thead tbody tr th td span i noscript ol li script".split()
)


def test_the_library_is_as_its_makers_publish_it():
    assert hashlib.sha256((tree.TOP / LIBRARY).read_bytes()).hexdigest() == SHA256
    assert "Copyright (c) 2014-2024 Chart.js Contributors" in (tree.TOP / "LICENSES/MIT.txt").read_text()


def test_the_page_asks_nobody():
    text = page.render(found(), BEGIN, END, "http://linuxserver.lan:4000")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    allowed = set(re.findall(r"'(sha256-[^']+)'", policy))
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digests = {f"sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}" for one in scripts}
    assert policy.startswith("default-src 'none';") and len(scripts) == 2 and digests == allowed
    tags = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: tags.append((tag, dict(attributes)))
    parser.feed(text)
    assert len(tags) > 100 and {tag for tag, _ in tags} <= TAGS
    assert not [one for one in tags if one[1].keys() & {"src", "href", "action", "srcset", "data", "onclick", "onload"}]
    assert not re.search(r"url\(|@import", re.search("<style>(.*?)</style>", text, re.DOTALL)[1])
    assert "sourceMappingURL" not in text


def test_what_clients_have_sent_stays_text():
    text = page.render(found(), BEGIN, END, EVIL)
    assert "evil" in text and EVIL not in text and "<img" not in text
    data = json.loads(re.search(r'<script type="application/json" id="figures">(.*?)</script>', text, re.DOTALL)[1])
    assert data["series"]["model"][0]["name"] == EVIL
    assert data["days"] == ["2026-11-01", "2026-11-02", "2026-11-03"]


def test_a_page_of_nothing_is_one():
    empty = {name: [] for name in found()}
    nothing = {
        "median_seconds": None,
        "p95_seconds": None,
        "requests": 0,
        "spend": Decimal(0),
        "failed": 0,
        "refused": 0,
    }
    text = page.render({**empty, "total": {**nothing, "prompt_tokens": 0, "completion_tokens": 0}}, BEGIN, END, "")
    assert "In this time nothing was recorded." in text and "No key and no team has a budget." in text


def test_the_rest_is_one_more_series_and_nothing_gets_lost():
    rows = [counted(f"key-{number}", f"0.{number:02}", day="2026-11-02") for number in range(1, 21)]
    series = page.over_time(rows, page.days(BEGIN, END))
    assert [one["name"] for one in series] == [*(f"key-{number}" for number in range(20, 13, -1)), page.OTHERS]
    assert sum(sum(one["spend"]) for one in series) == sum(row["spend"] for row in rows)
    assert series[-1]["requests"] == [0, 13, 0]


def test_budgets_begin_with_what_is_used_up():
    assert [(one["name"], one["left"], one["part"]) for one in page.budgets(found()["budgets"])] == [
        ("ben", 0, 1.0),
        ("ann", 3, 0.25),
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0", "0.00"),
        ("12.345", "12.34"),
        ("1234.5", "1,234.50"),
        ("0.12345", "0.1234"),
        ("0.00001", "< 0.0001"),
        ("-2", "-2.00"),
    ],
)
def test_money(value, shown):
    assert page.money(Decimal(value)) == shown


def test_a_day_that_has_begun_is_one():
    assert page.days(datetime(2026, 11, 1, 23, tzinfo=UTC), datetime(2026, 11, 2, 0, 1, tzinfo=UTC)) == [
        "2026-11-01",
        "2026-11-02",
    ]
