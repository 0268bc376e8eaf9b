# SPDX-License-Identifier: GPL-3.0-or-later
"""The deployed gateway, by itself and behind its front door: keys that no inventory has, and servers that go."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import time
from pathlib import Path

import docker
import pytest
import requests
import yaml

SCENARIO = Path(__file__).resolve().parents[1]
TOP = SCENARIO.parents[1]
OUTPUT = Path(os.environ.get("MCP_LAN_TEST_KEYS_OUTPUT", TOP / "tests/output/molecule-keys"))
STORE = Path(os.environ.get("MCP_LAN_TEST_KEYS_STORE", OUTPUT / "store"))
PREFIX = os.environ.get("MCP_LAN_TEST_KEYS_PREFIX", "molecule-keys")
PORT = int(os.environ.get("MCP_LAN_TEST_KEYS_PORT", "14990"))
DOOR, DIRECT = f"http://127.0.0.1:{PORT}", f"http://127.0.0.1:{PORT + 1}"
VERSION = os.environ.get("MCP_LAN_TEST_LITELLM_VERSION", "1.77.3")
ACCEPT = {"Accept": "application/json, text/event-stream"}


def master_key():
    return (STORE / "secrets/master_key").read_text(encoding="utf-8").strip()


def admin(method, path, body=None):
    headers = {"Authorization": f"Bearer {master_key()}"}
    answer = requests.request(method, DIRECT + path, json=body, headers=headers, timeout=120)
    answer.raise_for_status()
    return answer.json() if answer.content else None


def ask(url, key, method, params=None):
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
    return requests.post(url + "/mcp/", json=body, headers={**ACCEPT, "Authorization": f"Bearer {key}"}, timeout=120)


def call(url, key, tool):
    return ask(url, key, "tools/call", {"name": tool, "arguments": {}}).text


def playbook(path, *arguments):
    """A playbook against this deployment."""
    extra = {
        "keys_prefix": PREFIX,
        "keys_output": str(OUTPUT),
        "keys_front_port": PORT,
        "keys_direct_port": PORT + 1,
        "keys_admin_port": PORT + 2,
        "litellm_gateway_version": VERSION,
        "mcp_lan_store": str(STORE),
        "keys_top": str(TOP),
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }
    inventory = OUTPUT / "inventory.yml"
    inventory.write_text("gateway: {hosts: {localhost: }}\nclients: {hosts: {}}\n", encoding="utf-8")
    command = ["ansible-playbook", "-i", str(inventory), str(path), "-e", f"@{SCENARIO / 'deployment.yml'}"]
    return subprocess.run(
        [*command, "-e", json.dumps(extra), *arguments], cwd=TOP, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("url", "depth"), [(DOOR, "full"), (DOOR, "exhaustive"), (DIRECT, "full")])
def test_the_whole_matrix(url, depth):
    done = playbook(
        TOP / "playbooks/verify.yml",
        *("-e", f"litellm_verify_depth={depth}"),
        *("-e", json.dumps({"litellm_api_url": url, "litellm_verify_front_door": url == DOOR})),
    )
    report = json.loads((OUTPUT / "report/report.json").read_text(encoding="utf-8"))
    assert not report["problems"], done.stdout[-2000:]
    cells = [cell for key in report["virtual_keys"] for cell in key["calls"]]
    assert len(cells) == 20 * 3 * 12
    for cell in cells:
        assert cell["outcome"] == ("called" if cell["allowed"] else "refused"), cell
    print(f"{depth}: {report['requests']} requests in {report['seconds']} s")


def test_the_page_is_for_its_owner_alone():
    for name in ("report.json", "report.html"):
        assert (OUTPUT / "report" / name).stat().st_mode & 0o777 == 0o600
    text = (OUTPUT / "report/report.html").read_text(encoding="utf-8")
    assert not [key for key in (STORE / "keys").iterdir() if key.read_text(encoding="utf-8").strip() in text]


@pytest.mark.parametrize("team", [None, "readers", "without-a-bound"])
@pytest.mark.parametrize("url", [DOOR, DIRECT])
def test_a_key_made_by_hand_can_call_nothing(url, team):
    teams = {one["team_alias"]: one["team_id"] for one in admin("GET", "/team/list")}
    body = {"key": "sk-" + secrets.token_urlsafe(24), **({"team_id": teams[team]} if team else {})}
    key = admin("POST", "/key/generate", body)["key"]
    try:
        for server in ("alpha", "beta", "gm"):
            answer = call(url, key, f"{server}-ping")
            assert "mcp_lan_guard" in answer or "not allowed" in answer, answer
            assert ":ping" not in answer.replace(f"'{server}", "")
    finally:
        admin("POST", "/key/delete", {"keys": [key]})


def test_keys_that_are_not_accepted():
    expired = admin("POST", "/key/generate", {"key": "sk-" + secrets.token_urlsafe(24), "duration": "1s"})["key"]
    blocked = admin("POST", "/key/generate", {"key": "sk-" + secrets.token_urlsafe(24)})["key"]
    admin("POST", "/key/update", {"key": expired, "duration": "1s"})
    admin("POST", "/key/block", {"key": blocked})
    time.sleep(3)
    for key in ("sk-" + secrets.token_urlsafe(24), expired, blocked):
        answer = ask(DOOR, key, "tools/list")
        assert answer.status_code == 401 and "error" in answer.json(), answer.text
        assert key not in answer.text and "WWW-Authenticate" not in answer.headers
    admin("POST", "/key/delete", {"keys": [expired, blocked]})


def test_a_server_that_goes_leaves_nothing_behind_and_its_name_begins_anew():
    servers = yaml.safe_load((SCENARIO / "deployment.yml").read_text(encoding="utf-8"))["litellm_mcp_servers"]
    key = (STORE / "keys/beta-all").read_text(encoding="utf-8").strip()
    identity = {server["server_name"]: server["server_id"] for server in admin("GET", "/v1/mcp/server")}["beta"]
    gone = [{**server, "state": "absent" if server["name"] == "beta" else "present"} for server in servers]
    without = {"litellm_mcp_servers": gone, "litellm_keys": [{"name": "beta-all"}], "litellm_teams": []}
    done = playbook(TOP / "playbooks/site.yml", "--tags", "litellm_state", "-e", json.dumps(without))
    assert done.returncode == 0, done.stdout[-2000:]
    for kind in ("/key/list?return_full_object=true&size=100", "/team/list"):
        assert identity not in json.dumps(admin("GET", kind))
    admin("POST", "/v1/mcp/server", {**SAME_NAME, "url": f"http://{PREFIX}-mcp-beta:8000/mcp"})
    try:
        assert "beta:ping" not in call(DIRECT, key, "beta-ping").replace("'beta", "")
    finally:
        admin("DELETE", "/v1/mcp/server/by-hand")
        done = playbook(TOP / "playbooks/site.yml", "--tags", "litellm_state")
    assert done.returncode == 0, done.stdout[-2000:]
    assert "beta:ping" in call(DIRECT, key, "beta-ping")


SAME_NAME = {"server_id": "by-hand", "server_name": "beta", "alias": "beta", "transport": "http"}


@pytest.fixture
def with_another_file():
    """Restarts the gateway with another content of one of its guard's files (None: without it), and mends it again.

    Last in this file: what comes after it would find a gateway that is stopped.
    """
    config = OUTPUT / "etc/litellm/config"
    container = docker.from_env().containers.get(f"{PREFIX}-litellm")
    kept = {}

    def restart(path, change):
        place = config / path
        kept[place] = place.read_text(encoding="utf-8")
        content = change(kept[place])
        place.unlink()
        if content is not None:
            place.write_text(content, encoding="utf-8")
            place.chmod(0o644)
        container.restart(timeout=5)
        return container

    yield restart
    for place, content in kept.items():
        place.write_text(content, encoding="utf-8")
        place.chmod(0o644)
    container.restart(timeout=5)
    done = playbook(TOP / "playbooks/site.yml", "--tags", "litellm_gateway_ready")
    assert done.returncode == 0, done.stdout[-2000:]


def not_ready(*arguments):
    """What is said of a gateway that is not called ready."""
    done = playbook(TOP / "playbooks/site.yml", "--tags", "litellm_gateway_ready", *arguments)
    assert done.returncode != 0
    return re.sub(r"\s+", " ", done.stdout + done.stderr)  # Molecule has failures told on standard error


@pytest.mark.parametrize("content", ["def broken(:\n", None])
def test_a_gateway_whose_guard_does_not_load_is_stopped(with_another_file, content):
    container = with_another_file("mcp_lan_guard.py", lambda _kept: content)
    said = not_ready("-e", "litellm_gateway_ready_timeout=30")
    assert "is not ready" in said and "mcp_lan_guard" in said and "It was stopped" in said, said[-2000:]
    container.reload()
    assert container.status == "exited"


@pytest.mark.parametrize("path", ["mcp_lan_guard.py", "mcp_lan_filter/refusal.py", "requests.json"])
def test_a_gateway_that_serves_by_another_guard_than_its_own_is_stopped(with_another_file, path):
    """Also where the other one holds as much: who changed it may have changed more."""
    added = "\n" if path.endswith(".json") else "# Not the collection's.\n"
    container = with_another_file(path, lambda kept: kept + added)
    said = not_ready()
    assert "was stopped: it has loaded another guard than the one it was given" in said, said[-2000:]
    container.reload()
    assert container.status == "exited"
