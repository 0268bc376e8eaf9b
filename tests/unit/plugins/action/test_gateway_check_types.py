# SPDX-License-Identifier: GPL-3.0-or-later
"""What YAML takes for a date or a number is judged as the modules are given it."""

from __future__ import annotations

from datetime import date

import yaml
from plays import run_playbook

GIVEN = {
    "version": "1.77.3",
    "environment": {},
    "secret_environment": {"SINCE": date(2026, 1, 1)},
    "entries": {
        "credentials": [{"name": "azure", "values": {"api_key": "x", "api_version": date(2024, 10, 21)}}],
        "mcp_servers": [{"name": 365, "url": "http://server.lan/mcp"}],
        "keys": [{"name": "k", "mcp": {365: ["*"]}, "expires": date(2030, 1, 31)}],
    },
}


def test_it_is_judged(tmp_path):
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [{"mcp_lan.litellm.gateway_check": GIVEN}]}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    store = f"mcp_lan_store={tmp_path}/store"
    said = run_playbook("-i", "localhost,", "-c", "local", "-e", store, str(tmp_path / "play.yml"))
    assert "failed=0" in said
