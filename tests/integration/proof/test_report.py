# The proof's page, rendered by the role's template and looked at in a real browser.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import re
import subprocess

import browser as chromium
import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify import report
from PIL import Image

TOOLS = {"alpha": ["drop", "ping"], "beta": ["ping", "<script>"]}
GRANTS = {"reader": {"alpha": ["ping"]}, "nobody": {}, "writer": {"alpha": ["drop", "ping"]}}


def cell(key, server, tool):
    allowed = tool in GRANTS[key].get(server, [])
    wrong = (key, server, tool) == ("nobody", "beta", "ping")
    word = "called" if wrong or (allowed and tool == "ping") else "not tried" if allowed else "refused"
    ways = {} if word == "not tried" else {"mcp": word}
    return {
        "server": server,
        "tool": tool,
        "allowed": allowed,
        "listed": allowed,
        "outcome": word,
        "ways": ways,
        "ok": not wrong,
    }


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    keys = [
        {"name": key, "calls": [cell(key, server, tool) for server, tools in TOOLS.items() for tool in tools]}
        for key in GRANTS
    ]
    proof = {
        "version": "1.77.3",
        "requests": 9,
        "seconds": 1.5,
        "problems": ["key 'nobody' may not call ping of beta, but the gateway let the call through"],
        "servers": [{"name": name, "transport": "http", "tools": tools} for name, tools in TOOLS.items()],
        "virtual_keys": keys,
        "attempts": [
            {"name": "CVE-2026-35029", "what": "POST /config/update, with a key", "status": 403, "ok": True},
            {"name": "unlisted field", "what": "a field of <no> meaning", "status": 200, "ok": False},
            {"name": "other containers", "what": "LiteLLM's port at notes-net, from itself", "status": 0, "ok": True},
        ],
    }
    folder = tmp_path_factory.mktemp("report")
    report.write(str(folder), proof, "http://127.0.0.1:4000", "full")
    assert (folder.stat().st_mode & 0o777, (folder / "report.html").stat().st_mode & 0o777) == (0o700, 0o600)
    assert json.loads((folder / "report.json").read_text(encoding="utf-8")) == proof
    return folder / "report.html"


def test_nothing_comes_from_elsewhere(page):
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=|@import|url\(", text)
    assert "<script>, " not in text and text.count("<script>") == 1


@pytest.fixture
def browser(page, tmp_path):
    """Runs chromium on the page, with more arguments, and returns what it prints."""

    def run(*arguments, words=""):
        command = [chromium.program(), *chromium.ARGUMENTS, f"--user-data-dir={tmp_path / 'profile'}", *arguments]
        target = page.as_uri() + (f"#{words}" if words else "")
        return subprocess.run(
            [*command, target], check=True, capture_output=True, text=True, timeout=120, cwd=tmp_path
        ).stdout

    return run


def shown_rows(dom):
    return re.findall(r'<tr data-key="([^"]*)"(?![^>]* hidden)', dom)


def test_cells(browser):
    dom = browser("--dump-dom")
    assert shown_rows(dom) == list(GRANTS)
    row = re.search(r'<tr data-key="nobody".*?</tr>', dom, re.DOTALL).group(0)
    assert re.findall(r'<td[^>]* class="(\w+)"[^>]*>([^<]+)<', row) == [
        ("no", "✕"),
        ("no", "✕"),
        ("bad", "!"),
        ("no", "✕"),
    ]
    writer = re.search(r'<tr data-key="writer".*?</tr>', dom, re.DOTALL).group(0)
    assert re.findall(r'class="yes"[^>]*>([^<]+)<', writer) == ["○", "●"]


def test_requests_are_shown_beside_the_tools(browser):
    """Each with what it was about and how it was answered; the field for keys and tools hides none of them."""
    for words in ("", "nobody"):
        dom = browser("--dump-dom", words=words)
        section = dom[dom.index("What requests may say, tried") :]
        assert re.findall(
            r"<tr><td>(.*?)</td><td>(.*?)</td><td>(.*?)</td><td class=\"(\w+)\">(.*?)</td></tr>", section
        ) == [
            ("CVE-2026-35029", "POST /config/update, with a key", "HTTP 403", "no", "as it should be"),
            ("unlisted field", "a field of &lt;no&gt; meaning", "HTTP 200", "bad", "! wrong"),
            ("other containers", "LiteLLM's port at notes-net, from itself", "none", "no", "as it should be"),
        ]
        assert dom.index('data-key="reader"') < dom.index("What requests may say, tried")


def test_without_requests_there_is_no_such_section():
    """As where the gateway is not to have the guard."""
    proof = {
        "version": "1",
        "requests": 0,
        "seconds": 0,
        "problems": [],
        "servers": [],
        "virtual_keys": [],
        "attempts": [],
    }
    assert "What requests may say" not in report.page(proof, "http://127.0.0.1:4000", "smoke")


def test_filter(browser):
    dom = browser("--dump-dom", words="writer%20alpha-dr")
    assert shown_rows(dom) == ["writer"]
    row = re.search(r'<tr data-key="writer".*?</tr>', dom, re.DOTALL).group(0)
    plain = re.findall(r'<td data-name="([^"]*)" class="(?![^"]*dimmed)', row)
    assert plain == ["alpha-drop"]


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_colours(browser, tmp_path, scheme, dark):
    """Not blank, on paper of the scheme's colour, with the green and the red of its cells."""
    picture = tmp_path / "page.png"
    browser(
        f"--screenshot={picture}", *(["--force-dark-mode", "--blink-settings=preferredColorScheme=0"] if dark else [])
    )
    colours = pixels(picture)
    paper = max(colours, key=colours.get)
    assert (sum(paper) < 200) == dark
    assert any(green > red + 60 and green > blue + 30 for red, green, blue in colours)
    assert any(red > green + 60 and red > blue + 60 for red, green, blue in colours)


def pixels(picture):
    """How often each colour is there; chromium itself decodes nothing for us, so by way of Pillow."""
    image = Image.open(picture).convert("RGB")
    return {colour: count for count, colour in image.getcolors(1 << 24)}


def test_print(browser, tmp_path):
    pdf = tmp_path / "page.pdf"
    browser(f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
    assert pdf.read_bytes().startswith(b"%PDF") and pdf.stat().st_size > 5000
