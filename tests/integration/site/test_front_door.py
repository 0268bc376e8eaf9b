# SPDX-License-Identifier: GPL-3.0-or-later
"""The front door is left out and comes back, and the administration pages are opened through it."""

from __future__ import annotations

import contextlib
import time

import browser
import pytest
import requests
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import readiness

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def without(site):
    """The ways of a site without its front door: LiteLLM is at its port."""
    return {
        "front_door_enabled": False,
        "litellm_gateway_bind": "127.0.0.1",
        "litellm_gateway_port": site.port,
    }


def _routes(url: str) -> dict[str, int]:
    """What a few routes answer to somebody without a key."""
    paths = ("/health/liveliness", "/mcp-rest/tools/list", "/ui/")
    return {path: requests.get(url + path, timeout=30).status_code for path in paths}


def test_it_may_be_left_out(site, without):
    assert site.run().status == 0
    for url in (site.api_url, site.admin_url):
        assert _routes(url) == {"/health/liveliness": 200, "/mcp-rest/tools/list": 403, "/ui/": 404}

    run = site.run(**without)
    assert run.status == 0, run.output[-3000:]
    said = " ".join(run.output.split())
    assert "WARNING: front_door_enabled is false, so whoever has the master key administers LiteLLM" in said
    assert f"{site.prefix}-front-door" not in site.containers()
    assert _routes(site.api_url) == {"/health/liveliness": 200, "/mcp-rest/tools/list": 404, "/ui/": 404}

    again = site.run(**without)
    assert again.status == 0 and again.changed == [], again.output[-3000:]
    # The guard and the request filter hold what the inventory says by themselves.
    proof = site.run(playbook="verify", **without, litellm_verify_depth="full")
    assert proof.status == 0, proof.error


def test_it_comes_back_with_the_administration_pages(site, tmp_path):
    run = site.run(front_door_admin_ui=True)
    assert run.status == 0, run.output[-3000:]
    assert _routes(site.admin_url) == {"/health/liveliness": 200, "/mcp-rest/tools/list": 403, "/ui/": 200}
    assert _routes(site.api_url)["/ui/"] == 403

    page = browser.Page(f"{site.admin_url}/ui/", tmp_path / "profile")
    try:
        _wait(page, "document.querySelector('input[type=password]')")
        for selector, text in (
            ("input:not([type=password])", "admin"),
            ("input[type=password]", site.store.get("secrets", "master_key")),
        ):
            page.click(selector)
            page.ask("Input.insertText", text=text)
        page.click("button[type=submit], input[type=submit]")
        _wait(page, "document.body?.innerText.includes('Virtual Keys')")
        # Newer versions begin with a page of their own instead of the keys.
        if readiness(site.client())["litellm_version"].startswith("1.77."):
            _wait(page, "document.body?.innerText.includes('claude-code')")
    finally:
        page.close()

    run = site.run()
    assert run.status == 0, run.output[-3000:]
    assert _routes(site.admin_url)["/ui/"] == 404
    assert site.run().changed == []


def _wait(page, condition: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        # A page that is just left answers nothing.
        with contextlib.suppress(AssertionError):
            if page.js(f"Boolean({condition})"):
                return
        time.sleep(0.2)
    raise AssertionError((condition, page.js("document.body?.innerText")))
