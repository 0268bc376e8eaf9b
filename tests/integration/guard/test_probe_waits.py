# SPDX-License-Identifier: GPL-3.0-or-later
"""An MCP server that is a container and not up yet is waited for; one whose name is nobody's is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import tree
import yaml
from guarded_gateway import HERE, PREFIX

LATE = f"{PREFIX}late"


@pytest.fixture
def late(docker_api, network, images):
    """A server's container that is made and not started."""
    made = docker_api.containers.create(
        images["MCP_LAN_TEST_LITELLM_IMAGE"],
        ["/srv/mcp_server.py", "late", "ping"],
        name=LATE,
        network=network,
        entrypoint="python3",
        healthcheck={"test": ["NONE"]},
        volumes={str(HERE / "mcp_server.py"): {"bind": "/srv/mcp_server.py", "mode": "ro"}},
    )
    yield made
    made.remove(force=True)


@pytest.fixture
def probe(gateway, tmp_path):
    def run(host: str, wait: int) -> tuple[dict, float]:
        task = {
            "mcp_lan.litellm.mcp_probe": {
                "container": gateway.container.name,
                "endpoints": [{"name": "late", "url": f"http://{host}:8000/mcp"}],
                "wait": wait,
                "fail": False,
            },
            "register": "done",
        }
        written = {"ansible.builtin.copy": {"content": "{{ done | to_json }}", "dest": str(tmp_path / "done.json")}}
        play = {"hosts": "localhost", "gather_facts": False, "tasks": [task, written]}
        play["vars"] = {"ansible_python_interpreter": sys.executable}
        (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
        environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        command = ["ansible-playbook", "-i", "localhost,", "-c", "local", str(tmp_path / "play.yml")]
        began = time.monotonic()
        done = subprocess.run(command, cwd=tree.TOP, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        (answer,) = json.loads((tmp_path / "done.json").read_text())["endpoints"]
        return answer, time.monotonic() - began

    return run


def test_a_container_that_comes_up_is_waited_for(late, probe):
    threading.Timer(8, late.start).start()
    answer, _seconds = probe(LATE, 120)
    assert answer["ok"] and answer["tools"] == ["ping"], answer


def test_one_that_does_not_is_said_as_that(late, probe):
    answer, _seconds = probe(LATE, 1)
    assert answer["kind"] == "name"
    assert f"the container '{LATE}' is there (created) and not up yet" in answer["error"]


@pytest.mark.slow
def test_a_name_that_is_nobodys_is_not_waited_for(probe):
    answer, seconds = probe(f"{PREFIX}nobody", 300)
    assert answer["kind"] == "name" and "does not resolve; correct the host in url" in answer["error"]
    assert seconds < 200
