# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployment of the site by its real playbooks, to be made, looked at, killed and removed.

MCP_LAN_TEST_LITELLM_VERSION names LiteLLM's version.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import docker
import requests
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import Client
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import sha256
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore
from tree import OUTPUT, TOP

PREFIX = os.environ.get("MCP_LAN_TEST_SITE_PREFIX", "site-test")
PORT = int(os.environ.get("MCP_LAN_TEST_SITE_PORT", "14998"))
LITELLM = os.environ.get("MCP_LAN_TEST_LITELLM_VERSION", "1.77.3")


@dataclass(frozen=True)
class Run:
    """How one run of a playbook went."""

    status: int
    output: str
    seconds: float

    @property
    def changed(self) -> list[str]:
        """The tasks that changed something, by what is printed above them."""
        task, found = "", []
        for line in self.output.splitlines():
            if line.startswith("TASK ["):
                task = line
            elif line.startswith("changed: "):
                found.append(f"{task} {line}")
        return found

    @property
    def last_task(self) -> str:
        tasks = re.findall(r"^(?:TASK|RUNNING HANDLER) \[(.*?)\] \**$", self.output, re.MULTILINE)
        return tasks[-1] if tasks else "(before the first task)"

    @property
    def error(self) -> str:
        """What a person reads at the end of a run that failed: from the error up to the recap."""
        begin = max(self.output.rfind("[ERROR]: "), 0)
        return self.output[begin:].split("PLAY RECAP")[0]

    @property
    def message(self) -> str:
        """The text of the failure alone, its lines joined as they were before Ansible folded them."""
        failed = self.output.rpartition("FAILED! =>")[2].split("\nPLAY RECAP")[0] if self.status else ""
        told = yaml.safe_load(failed.partition("\n")[2].split("\n\n")[0].split("\nfatal:")[0]) if failed else {}
        return str((told or {}).get("msg", ""))


class Site:
    """The inventory "local" under names, a port and folders of its own, deployed by the real playbook."""

    def __init__(self, prefix: str, port: int):
        self.prefix = prefix
        self.port = port
        self.output = OUTPUT / prefix
        self.store = FileStore(str(self.output / "store"))
        self.api_url, self.admin_url = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port - 10}"
        self.engine = docker.from_env()
        # What the scenario "default" deploys, and once more under other names.
        text = (TOP / "molecule" / "default" / "deployment.yml").read_text(encoding="utf-8")
        text = text.replace("molecule-", f"{prefix}-").replace("14999", str(port)).replace("14989", str(port - 10))
        text = text.replace("tests/output/molecule", f"tests/output/{prefix}")
        self.output.mkdir(parents=True, exist_ok=True)
        self.deployment = self.output / "deployment.yml"
        version = yaml.safe_dump({"litellm_gateway_version": LITELLM})
        self.deployment.write_text(text + version, encoding="utf-8")

    def command(self, *options: str, playbook: str = "site", **variables) -> list[str]:
        base = TOP / "inventories" / "local"
        files = [base / "group_vars" / "all" / "main.yml", self.deployment]
        command = ["ansible-playbook", f"mcp_lan.litellm.{playbook}", "-i", str(base)]
        for path in files:
            command += ["-e", f"@{path}"]
        command += ["-e", f"mcp_lan_store={self.store.path}"]
        if variables:
            more = self.output / "more.yml"
            more.write_text(yaml.safe_dump(variables, sort_keys=False), encoding="utf-8")
            command += ["-e", f"@{more}"]
        return [*command, *options]

    def start(self, *options: str, log: Path, playbook: str = "site", environment=None, **variables):
        """Begin a run, in a process group of its own."""
        with log.open("w", encoding="utf-8") as output:
            return subprocess.Popen(
                self.command(*options, playbook=playbook, **variables),
                cwd=TOP,
                env={
                    **os.environ,
                    "MOLECULE_PROJECT_DIRECTORY": str(TOP),
                    "LC_ALL": "C.UTF-8",
                    "PYTHONUNBUFFERED": "1",
                    "NO_COLOR": "1",
                    **(environment or {}),
                },
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, *options: str, playbook: str = "site", timeout: float = 540, environment=None, **variables) -> Run:
        log = self.output / "run.log"
        began = time.monotonic()
        process = self.start(*options, log=log, playbook=playbook, environment=environment, **variables)
        try:
            status = process.wait(timeout)
        finally:
            kill(process, whole_tree=True)
        return Run(status, log.read_text(encoding="utf-8"), time.monotonic() - began)

    def containers(self) -> dict[str, str]:
        """Every container of this deployment, by name, with its id and when it was started."""
        found = self.engine.containers.list(all=True, filters={"name": f"^/{self.prefix}-"})
        return {one.name: f"{one.id} {one.attrs['State']['StartedAt']}" for one in found}

    def footprint(self) -> dict[str, object]:
        """All that a run could have changed: containers, networks, volumes, files with their content, the store."""
        files = {
            str(path.relative_to(self.output)): (path.stat().st_mtime_ns, path.read_bytes())
            for path in sorted(self.output.rglob("*"))
            if path.is_file() and path.name not in ("run.log", "more.yml", ".lock", "deployment.yml")
        }
        return {
            "containers": self.containers(),
            "networks": sorted(one.name for one in self.engine.networks.list() if one.name.startswith(self.prefix)),
            "volumes": sorted(one.name for one in self.engine.volumes.list() if one.name.startswith(self.prefix)),
            "files": files,
        }

    def remove(self) -> None:
        """Back to the fresh state."""
        for one in self.engine.containers.list(all=True, filters={"name": f"^/{self.prefix}-"}):
            one.remove(force=True, v=True)
        for one in self.engine.networks.list():
            if one.name.startswith(f"{self.prefix}-"):
                one.remove()
        for one in self.engine.volumes.list():
            if one.name.startswith(f"{self.prefix}-"):
                one.remove(force=True)
        for path in self.output.iterdir():
            if path != self.deployment:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def client(self) -> Client:
        return Client(self.admin_url, self.store.get("secrets", "master_key"))

    def unknown_keys(self) -> list[str]:
        """Keys at the gateway whose value the store does not hold."""
        held = {sha256(self.store.get("keys", name)) for name in self.store.names("keys")}
        current = self.client().pages("/key/list", "keys", "page", "size", return_full_object="true")
        return [one["key_alias"] for one in current if one["token"] not in held]

    def answers(self, within: float = 120) -> float:
        """The seconds until the gateway says that it is ready, its database too."""
        began = time.monotonic()
        while time.monotonic() - began < within:
            try:
                headers = {"Authorization": f"Bearer {self.store.get('secrets', 'master_key')}"}
                answer = requests.get(f"{self.admin_url}/health/readiness", headers=headers, timeout=5)
                if answer.ok and answer.json().get("db") == "connected":
                    return time.monotonic() - began
            except (requests.RequestException, ValueError):
                pass
            time.sleep(0.5)
        raise AssertionError(f"the gateway at {self.admin_url} does not answer within {within:g} s")


def _descendants(pid: int) -> list[int]:
    """Ansible's workers leave the process group of their parent, so a whole tree has to be looked for."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(words[1]), []).append(int(path.parent.name))
    found = []
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children.get(one, [])
    return found


def kill(process: subprocess.Popen, whole_tree: bool) -> None:
    """kill -9 of a run: with all that it has started, or of its process group alone, so that a worker lives on."""
    for pid in _descendants(process.pid) if whole_tree else ():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
