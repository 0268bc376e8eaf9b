# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of what it cost, in a real browser: it draws, asks nobody, and reads without JavaScript as well."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import browser
import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._spend import page
from spent import EVIL, found

# How many of a chart's pixels are not as its paper.
DRAWN = """(() => { const data = document.getElementById(%r).getContext('2d').getImageData(0, 0, 600, 250).data;
    return [...data].filter((value, at) => at %% 4 === 3 && value > 0).length })()"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    place = folder / "report.html"
    text = page.render(found(), datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 4, tzinfo=UTC), "http://x.lan")
    place.write_text(text, encoding="utf-8")
    opened = browser.Page(f"file://{place}", folder / "profile")
    yield opened
    opened.close()


def test_it_draws_and_asks_nobody(shown):
    for name in ("spend", "requests", "slowest"):
        # A chart is drawn with the next frame, which a busy machine shows late.
        shown.wait(f"{DRAWN % name} > 1000")
    assert shown.js("performance.getEntriesByType('resource').length") == 0
    # An address that the page were to ask for is refused to it.
    assert shown.js("fetch('http://127.0.0.1:9/').then(() => 'asked', (error) => error.name)") == "TypeError"
    assert shown.js("document.title") == "What it cost: http://x.lan"


def test_what_clients_have_sent_is_text(shown):
    shown.click('input[value="model"]')
    assert shown.js("[...document.querySelectorAll('.way')].map((each) => each.textContent)") == ["model", "model"]
    assert shown.js("document.querySelector('details[data-way=key]').hidden") is True
    assert EVIL in shown.js("document.body.textContent")
    assert shown.js("document.querySelectorAll('img').length") == 0
    assert shown.js("document.title") == "What it cost: http://x.lan"


@pytest.mark.parametrize(("scheme", "paper"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 23, 27)")])
def test_it_is_dark_where_the_browser_is(shown, scheme, paper):
    shown.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    assert shown.js("getComputedStyle(document.body).backgroundColor") == paper
    shown.wait(f"{DRAWN % 'spend'} > 1000")


def test_paper_is_white_whatever_the_screen_is(shown):
    shown.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    printed = base64.b64decode(shown.ask("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"])
    assert printed.startswith(b"%PDF") and len(printed) > 20_000
    shown.ask("Emulation.setEmulatedMedia", media="print")
    assert shown.js("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    shown.ask("Emulation.setEmulatedMedia", media="")


def test_it_reads_without_javascript(shown):
    shown.ask("Emulation.setScriptExecutionDisabled", value=True)
    shown.ask("Page.reload")
    shown.wait("document.readyState === 'complete' && document.querySelectorAll('figure[hidden]').length === 3")
    assert shown.js("document.querySelectorAll('table').length") >= 7
    assert shown.js("document.querySelectorAll('details').length") == 3
    assert shown.js("[...document.querySelectorAll('details')].every((each) => !each.hidden)") is True
