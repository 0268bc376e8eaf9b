# SPDX-License-Identifier: GPL-3.0-or-later
"""Each vendor's own program speaks HTTPS to a server that only the deployment's own authority vouches for."""

from __future__ import annotations

import getpass
import json
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tls
from ansible_collections.mcp_lan.litellm.plugins.module_utils import probe
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls import certificate, trust
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify import proof, proof_wire
from guarded_gateway import free_port
from vendors import claude, codex, program

pytestmark = pytest.mark.slow
SESSION = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
HERE = Path(__file__).parent
# A program's own way to say whether it has connected.
LISTS = [
    ("gemini-cli", "@google/gemini-cli/bundle/gemini.js", "Connected", {"GEMINI_CLI_TRUST_WORKSPACE": "true"}),
    ("qwen-code", "@qwen-code/qwen-code/cli*.js", "Connected", {}),
    ("opencode", "opencode-linux-x64/bin/opencode", "connected", {}),
]


@pytest.fixture(scope="module")
def authority():
    return certificate.new_authority(tls.NAMES, tls.NOW)


@pytest.fixture(scope="module")
def url(authority, tmp_path_factory):
    """A server by HTTPS."""
    file, port = tmp_path_factory.mktemp("tls") / "tls.pem", free_port()
    file.touch(mode=0o600)
    file.write_text(certificate.issue(authority, tls.NAMES, 1, tls.NOW).text())
    process = subprocess.Popen([sys.executable, HERE / "mcp_over_tls.py", str(port), file], stderr=subprocess.DEVNULL)
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield f"https://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


@pytest.fixture
def written(home, url, authority):
    """Has the role write a program's files, by a store that names the authority, or none."""
    key = "sk-" + secrets.token_urlsafe(24)

    def write(client, trusted=True):
        records = home.path.parent / f"{home.path.name}-store" / "records"
        records.mkdir(parents=True, exist_ok=True, mode=0o700)
        records.parent.chmod(0o700)
        (records / "ca_certificates").write_text(authority.public if trusted else "")
        return home.write(url, key, client)[client]

    return write


def _connected(home, client, first, rest) -> tuple[bool, str]:
    if client == "codex":
        done = home.run(sys.executable, HERE / "app_server.py", codex(first), "litellm", "nothing")
        return json.loads(done.stdout)["tools"] == ["add"], done.stdout + done.stderr
    if client == "claude-code":
        done = home.run(claude(first), "mcp", "list")
        return "✔ Connected" in done.stdout, done.stdout + done.stderr
    where, says, environment = next(each[1:] for each in LISTS if each[0] == client)
    found = program(rest(), where)
    command = ["node", found] if found.suffix == ".js" else [found]
    done = home.run(*command, "mcp", "list", node=rest(), **environment)
    printed = done.stdout + done.stderr
    return says in printed and "Disconnected" not in printed, printed


@pytest.mark.parametrize("client", ["claude-code", "codex", *(each[0] for each in LISTS)])
def test_a_program_that_is_told_of_the_authority_connects(home, written, request, first, client):
    def rest():
        return request.getfixturevalue("rest")

    entry = written(client)
    kept = home.path / ".config/mcp_lan/ca.pem"
    assert kept.is_file() and not written(client)["changed"] and entry["changed"]
    connected, printed = _connected(home, client, first, rest)
    assert connected, printed

    written(client, trusted=False)
    assert not kept.exists()
    connected, printed = _connected(home, client, first, rest)
    assert not connected, printed


def test_who_cannot_be_told_is_named(home, written):
    written("zed")
    said = " ".join(home.printed.split())
    kept = home.path / ".config/mcp_lan/ca.pem"
    assert f"can't be told whom to trust: add {kept} to the machine's trusted authorities" in said


def test_what_a_profile_sets_stays_and_is_named(home, written):
    (home.path / ".profile").write_text("export NODE_EXTRA_CA_CERTS=/etc/ours.pem\n")
    written("claude-code")
    said = " ".join(home.printed.split())
    kept = home.path / ".config/mcp_lan/ca.pem"
    assert f"~/.profile of {getpass.getuser()} sets NODE_EXTRA_CA_CERTS: add {kept} to the file named there." in said
    assert "NODE_EXTRA_CA_CERTS" not in (home.path / ".config/environment.d/60-mcp_lan.conf").read_text()


def test_the_bridge_of_claude_desktop_is_told_in_its_entry(home, written):
    file = Path(written("claude-desktop")["path"])
    entry = json.loads(file.read_text())["mcpServers"]["litellm"]
    assert entry["env"]["NODE_EXTRA_CA_CERTS"] == str(home.path / ".config/mcp_lan/ca.pem")
    written("claude-desktop", trusted=False)
    assert "NODE_EXTRA_CA_CERTS" not in file.read_text()


def test_the_probe_trusts_whom_it_is_told(url, authority):
    endpoint = {"url": f"{url}/mcp/"}
    refused, connected = probe.run([endpoint, {**endpoint, "ca_certificates": authority.public}])
    assert (refused["ok"], refused["kind"]) == (False, "tls") and connected["ok"], (refused, connected)


def test_the_proof_trusts_whom_the_store_names_in_all_that_it_asks(url, authority):
    """Its own requests, and the session of the SDK."""

    def ask():
        key = "sk-" + secrets.token_urlsafe(24)
        (sent,) = proof_wire.send(url, [proof_wire.rpc(key, "initialize", SESSION)])
        return sent.status, probe.run([proof.endpoint_of(url, "any", key)])[0]["ok"]

    assert ask() == (0, False)
    before = proof_wire.TLS.set(trust.context(authority.public))
    try:
        assert ask() == (200, True)
    finally:
        proof_wire.TLS.reset(before)
