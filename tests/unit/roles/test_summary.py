# SPDX-License-Identifier: GPL-3.0-or-later
"""What the summary says of a proof, rendered by Ansible itself."""

from __future__ import annotations

import sys

import pytest
import tree
import yaml
from plays import run_playbook


def _cells(server: str, allowed: int, whole: int) -> list[dict]:
    return [
        {"server": server, "tool": f"t{number}", "allowed": number < allowed, "outcome": "refused"}
        for number in range(whole)
    ]


KEY = {"name": "codex", "listed": {"alpha": [f"t{number}" for number in range(14)]}, "state": "", "says": ""}
PROOF = {
    "version": "1.77.3",
    "database": "connected",
    "servers": [{"name": name, "transport": "http", "tools": ["t"] * 14} for name in ("alpha", "beta")],
    "models": [
        {"name": "mock", "outcome": "answers"},
        {"name": "big", "outcome": "not asked: its provider may bill it"},
    ],
    "virtual_keys": [
        {**KEY, "calls": [*_cells("alpha", 3, 14), *_cells("beta", 0, 14)], "audited": 2},
        {**KEY, "name": "guest", "calls": [], "state": "blocked", "says": "This key is blocked; ask somebody."},
    ],
    "attempts": [],
}
CLIENT = {"user": "ann", "client": "codex", "key": "codex"}


@pytest.fixture
def summary(tmp_path):
    """The text, where two machines were to be delivered to and one of them was reached."""

    def render(**more) -> str:
        text = tmp_path / "summary.txt"
        variables = {
            "litellm_api_url": "http://gateway.lan:4000",
            "litellm_verify_report": "",
            "litellm_proof": PROOF,
            "litellm_all_clients": [{**CLIENT, "host": "desk"}, {**CLIENT, "host": "laptop"}],
            **more,
        }
        written = [{**CLIENT, "path": "/a"}, {"user": "ann", "client": "zed", "path": "/b", "state": "absent"}]
        hosts = {"desk": {"client_configs_written": {"clients": written}}, "laptop": {}, "gate": {}}
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        group = {"hosts": {name: hosts[name] for name in ("desk", "laptop")}}
        inventory = {"all": {"vars": local, "hosts": {"gate": {}}, "children": {"clients": group}}}
        (tmp_path / "hosts.yml").write_text(yaml.safe_dump(inventory))
        template = str(tree.TOP / "roles/litellm/templates/summary.txt.j2")
        task = {"ansible.builtin.template": {"src": template, "dest": str(text)}}
        play = {"hosts": "gate", "gather_facts": False, "vars": variables, "tasks": [task]}
        (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
        run_playbook("-i", str(tmp_path / "hosts.yml"), str(tmp_path / "play.yml"))
        return text.read_text()

    return render


def test_what_is_so(summary):
    text = summary(litellm_delivered=True)
    assert "may use alpha: 3 of 14 tools\n" in text and "14 listed" not in text and "beta: " not in text
    assert "blocked: This key is blocked" in text
    assert "mock             answers" in text and "big              not asked: its provider may bill it" in text
    assert "/a" in text and "/b" not in text
    assert "codex            of ann at laptop: not delivered to in this run" in text and "at desk: not" not in text
    assert "Not in the inventory" not in text and "Values of keys" not in text and "Requests" not in text


def test_how_requests_were_answered(summary):
    attempts = [{"name": "path", "what": f"path {number}", "status": 400, "ok": number > 0} for number in range(3)]
    text = summary(litellm_proof={**PROOF, "attempts": attempts})
    assert "Requests\n  2 of 3 answered as they have to be\n" in text


def test_what_is_left_and_what_happened_to_values(summary):
    left = [{"kind": "key", "title": "key", "name": "old"}]
    text = summary(
        litellm_state={"left_over": left, "said": ["the store had no value of key 'x' any more"]},
        container_service_left_over=["mcp-notes"],
    )
    assert "key              old\n" in text and "container        mcp-notes\n" in text and "litellm_purge=true" in text
    assert "the store had no value of key 'x'" in text
    # The proof alone delivers to nobody.
    assert "not delivered" not in text


def test_the_longest_name_makes_the_column(summary):
    long = "filesystem-of-the-whole-house"
    text = summary(litellm_proof={**PROOF, "models": [{"name": long, "outcome": "answers"}]})
    assert f"{long} answers\n" in text and f"{'codex'.ljust(len(long))} may use" in text
    assert text.endswith(f"{'codex'.ljust(len(long))} desk: /a\n")
