# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine's tests against a real gateway share: a place of their own in its name space, and its removal."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
import scenario
import tree
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import Client
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS, ORDER
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore
from fault_proxy import FaultProxy
from guarded_gateway import GUARD, wait_until_ready


@pytest.fixture(scope="session", params=["deployed", pytest.param("newest", marks=pytest.mark.slow)])
def gateway(request):
    """The gateway of the other tests, and with --all one of the newest version, which is started for these alone."""
    if request.param == "deployed":
        return request.getfixturevalue("gateway")
    image = request.getfixturevalue("images")["MCP_LAN_TEST_NEWEST_LITELLM_IMAGE"]
    started = request.getfixturevalue("start_gateway")(image, GUARD)
    wait_until_ready(started.url, started.container)
    store = request.getfixturevalue("tmp_path_factory").mktemp("newest")
    FileStore(str(store)).put("secrets", "master_key", started.master_key)
    return scenario.Gateway(started.url, started.url, store / "secrets" / "master_key", store)


@pytest.fixture(scope="session")
def master_key(gateway) -> str:
    return gateway.master_key


@pytest.fixture(scope="session")
def client(gateway, master_key):
    return Client(gateway.admin_url, master_key, connections=4)


@pytest.fixture
def own(client):
    """A prefix that nothing else at this gateway has; whatever carries it is removed afterwards."""
    prefix = f"ent{secrets.token_hex(3)}_"
    yield prefix
    engine = Reconciler(client)
    for kind in reversed(ORDER):
        for name, found in engine.look(kind).items():
            if name.startswith(prefix):
                with contextlib.suppress(ApiError):  # earlier values of a key went with it
                    KINDS[kind].delete(engine.ctx, found)


@pytest.fixture
def proxy(gateway):
    instance = FaultProxy(gateway.admin_url)
    yield instance
    instance.shutdown()
    instance.server_close()


@pytest.fixture
def play(gateway, master_key, tmp_path):
    """Run tasks as Ansible does, in one play on the controller; gives each task's result by its name."""

    def run(tasks: list[dict], *options: str, api_url: str = gateway.admin_url, fails: bool = False, **variables):
        book = tmp_path / f"play-{secrets.token_hex(3)}.yml"  # several may run at once
        book.write_text(
            yaml.safe_dump(
                [
                    {
                        "name": "Test",
                        "hosts": "localhost",
                        "gather_facts": False,
                        "vars": {
                            "ansible_python_interpreter": sys.executable,
                            "mcp_lan_store": str(tmp_path / "store"),
                            **variables,
                        },
                        "module_defaults": {"group/mcp_lan.litellm.litellm": {"api_url": api_url}},
                        "tasks": tasks,
                    }
                ]
            )
        )
        done = subprocess.run(
            ["ansible-playbook", "-i", "localhost,", "-c", "local", *options, str(book)],
            cwd=tree.TOP,
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "LITELLM_MASTER_KEY": master_key,
                "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
                "ANSIBLE_LOCAL_TEMP": str(tmp_path / "ansible"),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            report = json.loads(done.stdout[done.stdout.index("{") :])
        except ValueError:
            pytest.fail(f"the play did not run:\n{done.stdout}\n{done.stderr}")
        results = {one["task"]["name"]: one["hosts"]["localhost"] for one in report["plays"][0]["tasks"]}
        if not fails:
            assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-2000:]}"
        results["output"] = done.stdout + done.stderr
        return results

    return run
