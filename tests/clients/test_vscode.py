# SPDX-License-Identifier: GPL-3.0-or-later
"""VS Code, clicked in a real browser, starts the gateway as an MCP server with what the role wrote; or says why not."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils import probe
from vscode import Editor

pytestmark = pytest.mark.slow


@pytest.fixture
def editor(home, vscode):
    """Opens VS Code as the user whose home it is."""
    opened = []

    def open_it():
        opened.append(Editor(home, vscode))
        return opened[0]

    yield open_it
    for each in opened:
        each.close()


def tools(url: str, key: str) -> list[str]:
    """What the gateway lists to anybody with this key."""
    headers = {"Authorization": f"Bearer {key}"}
    (answer,) = probe.run([{"transport": "http", "url": f"{url}/mcp/", "headers": headers, "timeout": 60}])
    assert answer["ok"], answer
    return answer["tools"]


def test_vscode_starts_the_server_and_finds_its_tools(home, gateway, client_key, editor):
    written = home.write(gateway.api_url, client_key, "vscode")["vscode"]
    assert client_key not in Path(written["path"]).read_text(encoding="utf-8")
    window = editor()
    window.start("litellm")
    said = window.output("Discovered")
    assert "Connection state: Running" in said and f"Discovered {len(tools(gateway.api_url, client_key))} tools" in said


def test_vscode_says_that_a_key_is_wrong(home, gateway, editor):
    """Its dialogue speaks of something else, and asks on after Cancel; the sentence is in the output after that."""
    home.write(gateway.api_url, "sk-" + secrets.token_urlsafe(24), "vscode")
    window = editor()
    window.start("litellm")
    said = window.dialogue()
    assert "Dynamic Client Registration not supported" in said, said
    assert f"The authorization server '{gateway.api_url}/' does not support automatic client registration." in said
    window.cancel_dialogue()
    window.leave_input("Add Client Registration Details")
    said = window.output("This key is wrong, or was removed; ask whoever runs the gateway for a new one.")
    assert "Received 401 status" in said and "Discovered" not in said
