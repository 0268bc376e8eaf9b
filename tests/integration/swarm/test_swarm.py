# SPDX-License-Identifier: GPL-3.0-or-later
"""LiteLLM in two replicas on a swarm of two machines: one that is killed, both exchanged, a key that is gone."""

from __future__ import annotations

import time

import pytest
import requests
from load import Load
from machines import Machine
from swarm_site import CHAT, PREFIX, asking

pytestmark = pytest.mark.slow
REPLICAS = f"{PREFIX}-litellm-replicas"
AT_ONCE = 8
# So many requests by connections of their own reach both: that one gets them all has a chance of 2 ** (1 - ROUND).
ROUND = 12
SOON = 5


def replicas(machine: Machine) -> list:
    return machine.api.containers.list(filters={"name": REPLICAS})


def test_a_run_that_changes_nothing_changes_nothing(site, machines):
    before = [sorted(each.id for each in replicas(machine)) for machine in machines]
    again = site.run("--diff")
    assert again.status == 0, again.output[-3000:]
    assert again.changed == []
    assert [sorted(each.id for each in replicas(machine)) for machine in machines] == before


def test_a_replica_is_held_as_the_container_of_the_project(machines):
    for machine in machines:
        (replica,) = replicas(machine)
        status = replica.exec_run(["cat", "/proc/1/status"]).output.decode()
        assert "NoNewPrivs:\t1" in status and "CapBnd:\t0000000000000000" in status
        held = replica.attrs["HostConfig"]
        assert held["ReadonlyRootfs"] and held["PidsLimit"] == 512 and held["Memory"] == 4 * 1024**3
        assert replica.exec_run(["touch", "/srv/x"]).exit_code != 0
        # As whoever looks at a service is shown it.
        assert not [each for each in replica.attrs["Config"]["Env"] if "MASTER" in each or "DATABASE" in each]
        # Without a route out, as in the project: on its networks, and on no other.
        routes = replica.exec_run(["cat", "/proc/net/route"]).output.decode().splitlines()[1:]
        assert [each for each in routes if each.split()[1] == "00000000"] == []


def test_nobody_administers_at_the_doors_of_the_swarm(site, machines):
    headers = {"Authorization": f"Bearer {site.store.get('secrets', 'master_key')}"}
    for machine in machines:
        answer = requests.get(f"http://{machine.address}:{site.clients}/key/list", headers=headers, timeout=30)
        assert answer.status_code == 403
        (door,) = machine.api.containers.list(filters={"name": f"{PREFIX}-front-doors"})
        networks = door.exec_run(["cat", "/etc/front-door/networks.conf"]).output.decode()
        assert "container;" in networks and "engine;" not in networks
    assert requests.get(f"{site.admin_url}/key/list", headers=headers, timeout=30).status_code == 200


def test_a_key_that_is_gone_is_refused_by_every_replica(site, machines):
    key = site.client().post("/key/generate", {"models": ["mock"]})["key"]
    asked = [asking(machine, "/v1/chat/completions", key, CHAT, "The gateway works.") for machine in machines]

    def all_say(status: str) -> bool:
        said = []
        for ask in asked * (ROUND // len(asked)):
            with requests.Session() as session:
                said.append(ask(session))
        return all(each.startswith(status) for each in said)

    assert all_say("")
    site.client().post("/key/delete", {"keys": [key]})
    gone = time.monotonic()
    while not all_say("401"):
        assert time.monotonic() - gone < 60
    assert time.monotonic() - gone < SOON + 2, "the last round takes its time as well"


def test_requests_go_on_while_a_replica_is_killed(site, machines, asks, show):
    """What was under way there is lost. What began later is answered by the other one, or by its successor."""
    with Load(asks, AT_ONCE) as load:
        load.reaches(200, 120)
        (replica,) = replicas(machines[1])
        replica.kill("SIGKILL")
        killed = time.monotonic()
        load.reaches(len(load.done) + 400, 240)
    with show():
        longest = max(each.ended - each.began for each in load.done if each.began > killed)
        print(f"\nkilled: {len(load.wrong)} of {len(load.done)} failed, the longest after it took {longest:.1f} s")
        print("\n".join(f"began {each.began - killed:.2f} s, {each.wrong[:100]}" for each in load.wrong))
    assert len(load.wrong) <= AT_ONCE
    assert [each for each in load.wrong if each.began > killed] == []
    deadline = time.monotonic() + 180
    while not any(each.attrs["State"]["Health"]["Status"] == "healthy" for each in replicas(machines[1])):
        assert time.monotonic() < deadline, "it has no successor"
        time.sleep(1)


def test_no_request_fails_while_the_replicas_are_exchanged(site, asks, machines, show):
    before = {each.id for machine in machines for each in replicas(machine)}
    # Fewer than could be, as the run proves the gateway beside it.
    with Load(asks, 3) as load:
        load.reaches(100, 120)
        run = site.run(litellm_gateway_config={"litellm_settings": {"request_timeout": 599}})
        after = {each.id for machine in machines for each in replicas(machine)}
        load.reaches(2000, 600)
    with show():
        print(f"\na run of {run.seconds:.0f} s: {len(load.wrong)} of {len(load.done)} failed, {load.rate:.1f} a second")
        print("\n".join(each.wrong[:200] for each in load.wrong))
    assert run.status == 0, run.output[-3000:]
    assert len(after) == 2 and not after & before
    assert load.wrong == []


@pytest.mark.parametrize("playbook", ["upgrade", "restore"])
def test_the_database_is_not_exchanged_under_replicas(site, playbook):
    refused = site.run(playbook=playbook, backup="one")
    assert refused.status != 0 and refused.changed == [], refused.output[-3000:]
    assert "run swarm.yml with -e swarm_state=absent first" in " ".join(refused.output.split())


def test_they_go_and_the_site_stays(site, machines):
    gone = site.run(swarm_state="absent")
    assert gone.status == 0, gone.output[-3000:]
    assert gone.output.index("Have no replicas and front doors") < gone.output.index("Have the images, several at once")
    assert [replicas(machine) for machine in machines] == [[], []]
    left = [machines[0].docker(kind, "ls", "--quiet") for kind in ("service", "secret", "config")]
    assert left == ["", "", ""]
    again = site.run(swarm_state="absent")
    assert (again.status, again.changed) == (0, []), again.output[-3000:]


def test_a_master_key_that_is_rotated_reaches_the_replicas(site, machines):
    before = site.store.get("secrets", "master_key")
    run = site.run(playbook="rotate_secrets", rotate_secrets="master_key")
    assert run.status == 0, run.output[-3000:]
    after = site.store.get("secrets", "master_key")
    assert after != before
    for machine in machines:
        (replica,) = replicas(machine)
        environment = replica.exec_run(["cat", "/run/mcp_lan/environment"]).output.decode()
        assert after in environment and before not in environment


def test_all_of_it_is_removed(site, machines):
    run = site.run(playbook="remove", remove_data=True)
    assert run.status == 0, run.output[-3000:]
    assert "networks that stay" not in run.output
    assert [each.name for each in machines[0].api.networks.list() if each.name.startswith(PREFIX)] == []
    assert [replicas(machine) for machine in machines] == [[], []]
