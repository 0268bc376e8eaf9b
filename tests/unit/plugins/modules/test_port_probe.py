# SPDX-License-Identifier: GPL-3.0-or-later
"""What port_probe makes of an engine's containers; its program asks a real port of this machine."""

from __future__ import annotations

import http.server
import json
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
from ansible_collections.mcp_lan.litellm.plugins.modules import port_probe

LITELLM = {"door": {"IPAddress": "127.0.0.2"}, "notes": {"IPAddress": "127.0.0.3"}, "db": {"IPAddress": "127.0.0.4"}}
NETWORKS = [
    [
        "door",
        [{"Subnet": "172.20.0.0/16", "Gateway": "172.20.0.1"}],
        {"1": {"Name": "litellm"}, "2": {"Name": "front"}},
    ],
    ["notes", [{"Subnet": "172.21.0.0/16"}], {"1": {"Name": "litellm"}, "3": {"Name": "mcp-notes"}}],
    ["db", None, {"1": {"Name": "litellm"}, "4": {"Name": "postgresql"}}],
]


@pytest.fixture
def port():
    """One that refuses everybody, but at the address that `said` has as "open"; and who has asked at which address."""
    said = {}

    class Gateway(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            address = self.connection.getsockname()[0]
            said.setdefault(address, []).append(self.headers["Authorization"])
            self.send_response(200 if said.get("open") == address else 403)
            self.end_headers()

        def log_message(self, *_arguments):
            """Nothing."""

    with http.server.ThreadingHTTPServer(("", 0), Gateway) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield SimpleNamespace(number=server.server_port, said=said)
        server.shutdown()


class Module:
    """The engine: LiteLLM's container and those beside it; Python is in those of `python`."""

    def __init__(self, port, python=("litellm", "mcp-notes"), published=None, prints=None) -> None:
        self.params = {"container": "litellm", "port": port, "open_networks": ["door"], "docker_cli": "docker"}
        self.python, self.published, self.prints = python, published, prints or {}
        self.asked = []

    def run_command(self, command, data=None, binary_data=True):
        if "inspect" in command:
            rows = [[LITELLM, self.published]] if "container" in command else NETWORKS
            return 0, "".join(json.dumps(row) + "\n" for row in rows), ""
        assert command[:5] == ["timeout", port_probe.PATIENCE, "docker", "exec", "-i"] and binary_data is False
        container = command[5]
        self.asked.append(container)
        if container in self.prints:
            return 0, self.prints[container], ""
        if container not in self.python:
            return 127, "", "exec: python3: not found"
        environment = {"LITELLM_MASTER_KEY": "sk-master"} if container == "litellm" else {}
        done = subprocess.run(
            [sys.executable, "-"], input=data, env=environment, capture_output=True, text=True, check=True
        )
        return 0, done.stdout, ""


def test_each_container_asks_where_it_meets_litellm(port):
    module = Module(port.number)
    rows, subnets = port_probe.probe(module)
    assert subnets == ["172.20.0.0/16"] and "front" not in module.asked
    assert {row["what"] for row in rows} == {
        "LiteLLM's port at notes, from itself, with the master key",
        "LiteLLM's port at db, from itself, with the master key",
        "LiteLLM's port at notes, from mcp-notes, with no key",
        "LiteLLM's port at notes, from mcp-notes, with a wrong key",
    }
    assert all(row == {**row, "status": 403, "ok": True, "name": "other containers"} for row in rows)
    assert not any("problem" in row for row in rows)
    assert "127.0.0.2" not in port.said
    # The master key goes to LiteLLM alone.
    assert port.said["127.0.0.4"] == ["Bearer sk-master"]
    assert len(set(port.said["127.0.0.3"])) == 3 and None in port.said["127.0.0.3"]


def test_a_port_that_is_open_is_a_problem(port):
    port.said["open"] = "127.0.0.3"
    rows, _subnets = port_probe.probe(Module(port.number))
    assert [row.get("problem") for row in rows if not row["ok"]] == [
        "LiteLLM's port at notes, from itself, with the master key: is not refused (HTTP 200)",
        "LiteLLM's port at notes, from mcp-notes, with no key: is not refused (HTTP 200)",
        "LiteLLM's port at notes, from mcp-notes, with a wrong key: is not refused (HTTP 200)",
    ]


@pytest.mark.parametrize("python", [("litellm", "mcp-notes"), ("mcp-notes",)])
def test_one_that_does_not_answer_itself_could_not_be_tried(python):
    """From another container it is as good as refused."""
    rows, _subnets = port_probe.probe(Module(1, python))
    assert [row["problem"] for row in rows if not row["ok"]] == [
        f"LiteLLM's port at {network}, from itself, with the master key: could not be tried"
        for network in ("notes", "db")
    ]
    assert [row["status"] for row in rows if row["ok"]] == [0, 0]


def test_one_that_is_published_is_open_by_intention(port):
    module = Module(port.number, published={"4000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "4000"}]})
    assert port_probe.probe(module) == ([], []) and not module.asked
    assert port_probe.probe(Module(port.number, published={"4000/tcp": []}))[0]


@pytest.mark.parametrize(
    "text", ["", "no JSON", "[1]", '[["notes", "no key"]]', '[["door", "no key", 403]]', '[["notes", "x", 1]]']
)
def test_what_another_container_prints_is_not_believed(port, text):
    rows, _subnets = port_probe.probe(Module(port.number, prints={"mcp-notes": text}))
    assert [row["what"].endswith("from itself, with the master key") for row in rows] == [True, True]
