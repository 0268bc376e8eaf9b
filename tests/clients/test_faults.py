# SPDX-License-Identifier: GPL-3.0-or-later
"""The five faults of other writers of such files, each repeated against the role: none occurs."""

from __future__ import annotations

import json
import secrets
import tomllib

import pytest

URL = "http://linuxserver.lan:4000"


@pytest.fixture
def key():
    return "sk-" + secrets.token_urlsafe(24)


def put(home, name, text):
    path = home.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
    return path


def test_1_a_key_in_one_programs_syntax_in_all_programs_files(home, key):
    home.write(URL, key, "codex", "opencode", "cursor", "claude-code")
    codex = tomllib.loads((home.path / ".codex/config.toml").read_text(encoding="utf-8"))["mcp_servers"]["litellm"]
    assert codex == {"url": f"{URL}/mcp/", "bearer_token_env_var": "MCP_LAN_KEY_CODEX"}
    for name, reference in (
        (".config/opencode/opencode.jsonc", "{env:MCP_LAN_KEY_OPENCODE}"),
        (".cursor/mcp.json", "${env:MCP_LAN_KEY_CURSOR}"),
        (".claude.json", "${MCP_LAN_KEY_CLAUDE_CODE}"),
    ):
        assert f'"Authorization": "Bearer {reference}"' in (home.path / name).read_text(encoding="utf-8")


def test_2_settings_with_comments_wiped_and_success_reported(home, key):
    before = '// Zed settings\n{\n  // mine\n  "theme": "One", // keep\n  "vim_mode": true,\n}\n'
    settings = put(home, ".config/zed/settings.json", before)
    home.write(URL, key, "zed")
    after = settings.read_text(encoding="utf-8")
    assert all(line in after for line in before.splitlines()) and '"context_servers"' in after


def test_3_a_broken_file_made_worse_and_success_reported(home, key):
    before = '{\n  "mcpServers": {\n    "mine": {"url": "x"}\n  \n'
    broken = put(home, ".cursor/mcp.json", before)
    with pytest.raises(AssertionError, match="this is not valid JSON"):
        home.write(URL, key, "cursor")
    assert broken.read_text(encoding="utf-8") == before


def test_4_comments_dropped_the_key_in_clear_and_files_open_to_all(home, key):
    toml = put(home, ".codex/config.toml", '# mine\nmodel = "x" # keep\n')
    yaml = put(home, ".config/goose/config.yaml", "# mine\nMODE: auto  # keep\n")
    home.write(URL, key, "codex", "goose", "zed")
    for file in (toml, yaml):
        text = file.read_text(encoding="utf-8")
        assert "# mine" in text and "# keep" in text and key not in text
    holders = [path for path in home.path.rglob("*") if path.is_file() and key.encode() in path.read_bytes()]
    assert {path.stat().st_mode & 0o777 for path in holders} == {0o600}


def test_5_no_copy_kept_and_nothing_tried_or_said_after_writing(home, key):
    before = '{"mcpServers": {}}\n'
    put(home, ".claude.json", before)
    written = home.write("http://no-such-host.invalid:4000", key, "claude-code", client_configs_backup=True)
    (kept,) = home.path.glob(".claude.json.*.bak")
    assert kept.read_text(encoding="utf-8") == before
    assert "no-such-host.invalid is not a name that this machine can resolve" in " ".join(home.printed.split())
    assert written["claude-code"]["check"] == "claude mcp list"
    assert "litellm" in json.loads((home.path / ".claude.json").read_text(encoding="utf-8"))["mcpServers"]
