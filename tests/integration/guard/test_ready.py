# SPDX-License-Identifier: GPL-3.0-or-later
"""When the role calls a gateway ready, and which one it stops. With LiteLLM itself: molecule/keys."""

from __future__ import annotations

import contextlib
import json
import time

import docker
import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import request_rules
from guarded_gateway import HERE, PREFIX, run
from plays import run_playbook

VERSION = "1.77.3"
LIST = request_rules.rendered(request_rules.complete({}, VERSION))
GUARD = f"mcp_lan_guard sha256:{LIST['guard']} requests:{LIST['digest']}"
READY = {"db": "connected", "litellm_version": VERSION}
STARTING = {"db": "Not connected", "litellm_version": VERSION}
OLD = {"db": "connected", "litellm_version": "1.77.2"}
LISTENS = "import socket; socket.create_connection(('127.0.0.1', 4000), 1)"
OTHER_CODE = GUARD.replace(LIST["guard"], "0" * 64)
OTHER_LIST = GUARD.replace(LIST["digest"], "0" * 64)
# What it says of itself (None: an error), the sentence that the run fails with, and whether it goes on running.
GATEWAYS = {
    "ready": (READY, GUARD, None, True),
    "not ready, and guarded": (STARTING, GUARD, "is not ready after 2 s: database Not connected", True),
    "another version, and guarded": (OLD, GUARD, "version 1.77.2 where 1.77.3 is asked for", True),
    "no answer but its guard": (None, GUARD, "database unknown, version unknown", True),
    "without the guard": (READY, "[]", "was stopped: it has not loaded the guard, so keys would not be held", False),
    "another guard": (READY, OTHER_CODE, "was stopped: it has loaded another guard than the one it was given", False),
    "another list": (READY, OTHER_LIST, "was stopped: it has loaded another guard than the one it was given", False),
    "another version, without the guard": (OLD, "[]", "was stopped: it has not loaded the guard", False),
    "not ready, without the guard": (STARTING, "[]", "was stopped: it has not loaded the guard", False),
    "ready, and silent about its guard": (READY, None, "It was stopped, because it does not say which guard", False),
    "no answer at all": (None, None, "It was stopped, because it does not say which guard it has loaded", False),
}


# As "without the guard", where none is wanted; and a container that is gone.
GATEWAYS["no guard is wanted"] = (OLD, "[]", "version 1.77.2 where 1.77.3 is asked for; see `docker logs", True)
GATEWAYS["gone"] = (READY, "[]", "It could not be stopped (", None)


@pytest.fixture(scope="module")
def outcomes(docker_api, network, images, tmp_path_factory):
    """What a run makes of all of them: {name: (what it fails with, the container's status)}."""
    folder = tmp_path_factory.mktemp("ready")
    hosts, started = {}, {}
    script = {str(HERE / "said.py"): {"bind": "/srv/said.py", "mode": "ro"}}
    for number, (name, (ready, loaded, *_end)) in enumerate(GATEWAYS.items()):
        answers = {"/health/readiness": ready, "/active/callbacks": loaded}
        told = json.dumps({path: answer for path, answer in answers.items() if answer is not None})
        started[name] = run(
            docker_api,
            f"{PREFIX}said-{number}",
            images["MCP_LAN_TEST_LITELLM_IMAGE"],
            ["/srv/said.py", told],
            network,
            entrypoint="python3",
            environment={"LITELLM_MASTER_KEY": "sk-of-no-use"},
            healthcheck={"test": ["NONE"]},
            init=True,
            volumes=script,
        )
        hosts[f"gateway-{number}"] = {
            "litellm_gateway_container_name": started[name].name,
            "litellm_gateway_guard": name != "no guard is wanted",
        }
    started["gone"].remove(force=True)
    for name, container in started.items():
        deadline = time.monotonic() + 60
        while name != "gone" and container.exec_run(["python3", "-c", LISTENS])[0] != 0:
            assert time.monotonic() < deadline, container.logs().decode()
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "litellm_gateway_version": VERSION,
        "litellm_gateway_ready_timeout": 2,
        "litellm_gateway_open_networks": [],
    }
    inventory = folder / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"all": {"vars": variables, "hosts": hosts}}), encoding="utf-8")
    include = {"name": "mcp_lan.litellm.litellm_gateway", "tasks_from": "ready.yml"}
    keep = {
        "content": "{{ ansible_failed_result.msg }}",
        "dest": f"{folder}/{{{{ inventory_hostname }}}}",
        "mode": "0600",
    }
    tasks = [{"block": [{"ansible.builtin.include_role": include}], "rescue": [{"ansible.builtin.copy": keep}]}]
    play = {"hosts": "all", "gather_facts": False, "tasks": tasks}
    (folder / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    try:
        run_playbook("-i", str(inventory), "-f", "4", str(folder / "play.yml"))
        yield {
            name: (said.read_text("utf-8") if (said := folder / host).exists() else None, status(started[name]))
            for name, host in zip(GATEWAYS, hosts, strict=True)
        }
    finally:
        for container in started.values():
            with contextlib.suppress(docker.errors.NotFound):
                container.remove(force=True)


def status(container) -> str | None:
    """Whether it is running, or exited; nothing for one that is gone."""
    try:
        container.reload()
    except docker.errors.NotFound:
        return None
    return container.status


@pytest.mark.parametrize("name", GATEWAYS)
def test_a_run_that_fails_never_leaves_a_gateway_serving_unguarded(outcomes, name):
    _ready, _loaded, sentence, goes_on = GATEWAYS[name]
    said, became = outcomes[name]
    assert (sentence is None) == (said is None), said
    assert sentence is None or sentence in said, said
    assert became == {True: "running", False: "exited", None: None}[goes_on]
    if goes_on:
        assert "stopped" not in (said or "")
