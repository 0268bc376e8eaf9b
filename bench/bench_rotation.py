# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotation: all keys are rotated, delivered and scheduled to expire under the load of 8 clients; what fails is counted.

Each client reads its key from a configuration file that `client_config` writes, before every request, and takes turns
with all the files. The overlap is a few seconds, and the load goes on until the values before are dead. The run is
made of the tasks of the site: state, delivery, proof, notice. MCP_LAN_BENCH_VERSIONS names the versions, separated by
spaces; MCP_LAN_BENCH_KEYS the number of keys.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import docker
import gateway as gateways
import guarded_gateway
import requests

CLIENTS = 8
KEYS = int(os.environ.get("MCP_LAN_BENCH_KEYS", "50"))
SERVER, TOOL = "alpha", "ping"
OVERLAP = 5
# LiteLLM 1.77.3 knows a key for a minute longer than its record says.
DEAD = 75
PAUSE = 0.05
ACCEPT = {"Accept": "application/json, text/event-stream"}


class Load:
    """Clients that go on until they are told to stop, and remember what failed."""

    def __init__(self, files: list[Path]):
        self.files = files
        self.sent = {"chat": 0, "tools/call": 0}
        self.failed: list[str] = []
        self.values: set[str] = set()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._client, args=(number,)) for number in range(CLIENTS)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _client(self, number: int) -> None:
        session = requests.Session()
        turn = number
        while not self._stop.wait(PAUSE):
            turn += CLIENTS
            what = ("chat", "tools/call")[turn // CLIENTS % 2]
            entry = json.loads(self.files[turn % len(self.files)].read_text(encoding="utf-8"))["mcpServers"]["litellm"]
            try:
                problem = self._ask(session, what, entry["url"], entry["headers"])
            except requests.RequestException as error:
                problem = type(error).__name__
            with self._lock:
                self.sent[what] += 1
                self.values.add(entry["headers"]["Authorization"])
                if problem:
                    self.failed.append(f"{what}: {problem}")

    @staticmethod
    def _ask(session: requests.Session, what: str, url: str, headers: dict[str, str]) -> str:
        """What is wrong with the answer."""
        if what == "chat":
            body = {"model": "mock", "messages": [{"role": "user", "content": "Hello"}]}
            answer = session.post(url.replace("/mcp/", "/v1/chat/completions"), json=body, headers=headers, timeout=60)
            desired = "It works"
        else:
            call = {"name": f"{SERVER}-{TOOL}", "arguments": {}}
            body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
            answer = session.post(url, json=body, headers={**headers, **ACCEPT}, timeout=60)
            desired = f"{SERVER}:{TOOL}"
        return "" if answer.status_code == 200 and desired in answer.text else f"{answer.status_code}"


class Bench:
    def __init__(self, gateway: gateways.Gateway, folder: Path, server: str):
        self.gateway = gateway
        self.folder = folder
        names = [f"bench-{number:03}" for number in range(KEYS)]
        self.files = [folder / name / "claude.json" for name in names]
        servers = [{"name": SERVER, "url": server}]
        self.state = {
            "mcp_servers": servers,
            "models": [{"name": "mock", "litellm_params": {"model": "openai/mock", "mock_response": "It works."}}],
            "keys": [{"name": name, "models": ["mock"], "mcp": {SERVER: ["*"]}} for name in names],
            "rotate": {"overlap": f"{OVERLAP}s"},
        }
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        clients = [
            {"user": user, "client": "claude-code", "key": name, "key_in": "file", "path": str(file)}
            for name, file in zip(names, self.files, strict=True)
        ]
        for file in self.files:
            file.parent.mkdir()
        self.deliver = {"mcp_lan.litellm.client_config": {"gateway_url": gateway.url, "clients": clients}}
        calls = {SERVER: {"tool": TOOL}}
        self.prove = {
            "mcp_lan.litellm.gateway_verify": {
                "keys": self.state["keys"],
                "mcp_servers": servers,
                "models": self.state["models"],
                "calls": calls,
                "front_door": False,
            }
        }
        self.notice = {
            "mcp_lan.litellm.gateway_state": {
                "keys": self.state["keys"],
                "rotate": self.state["rotate"],
                "verified_generations": "{{ state.rotations | items2dict(key_name='name', value_name='generation') }}",
            }
        }

    def made(self, **more) -> dict:
        return {"mcp_lan.litellm.gateway_state": {**self.state, **more}}

    def play(self, *tasks: dict) -> float:
        book = self.folder / "play.json"
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"ansible_python_interpreter": sys.executable, "mcp_lan_store": str(self.folder / "store")},
            "module_defaults": {"group/mcp_lan.litellm.litellm": {"api_url": self.gateway.url}},
            "tasks": [{"name": next(iter(task)), **task} for task in tasks],
        }
        book.write_text(json.dumps([play]), encoding="utf-8")
        began = time.monotonic()
        done = subprocess.run(
            ["ansible-playbook", "-i", "localhost,", "-c", "local", str(book)],
            env={**os.environ, "LITELLM_MASTER_KEY": self.gateway.master_key, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"bench: the play failed:\n{done.stdout[-3000:]}{done.stderr}")
        return time.monotonic() - began

    def row(self) -> str:
        self.play(self.made(), self.deliver)
        with Load(self.files) as load:
            time.sleep(5)
            made = {**self.made(rotate_now=["*"]), "register": "state"}
            seconds = self.play(made, self.deliver, self.prove, self.notice)
            time.sleep(DEAD + OVERLAP)
            self.play(self.made())
            time.sleep(5)
        alive = self._alive(load.values)
        if alive != KEYS:
            raise SystemExit(f"bench: {alive} values work, and should be {KEYS}")
        said = ", ".join(sorted(set(load.failed))[:3])
        return (
            f"| {self.gateway.version} | {KEYS} | {len(load.values)} | {alive} | {seconds:.0f} "
            f"| {load.sent['chat']} | {load.sent['tools/call']} | {len(load.failed)} {said}|"
        )

    def _alive(self, values: set[str]) -> int:
        """How many of the values that clients had in their hands work by now."""
        asked = (
            requests.get(f"{self.gateway.url}/v1/models", headers={"Authorization": value}, timeout=60)
            for value in values
        )
        return sum(one.status_code == 200 for one in asked)


def table() -> str:
    versions = gateways.versions()
    references = gateways.images(versions)
    rows = [
        "| LiteLLM | keys | values used | of which work at the end | rotation, s | chat | tools/call | failed |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for version in versions:
        with contextlib.ExitStack() as stack:
            running = stack.enter_context(gateways.gateway(version, references))
            server = guarded_gateway.run(
                docker.from_env(),
                gateways.PREFIX + SERVER,
                references[version],
                ["/srv/mcp_server.py", SERVER, TOOL],
                running.network,
                entrypoint="python3",
                healthcheck={"test": ["NONE"]},
                volumes={str(guarded_gateway.HERE / "mcp_server.py"): {"bind": "/srv/mcp_server.py", "mode": "ro"}},
            )
            stack.callback(server.remove, force=True)
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            rows.append(Bench(running, folder, f"http://{server.name}:8000/mcp").row())
    return "\n".join(rows)
