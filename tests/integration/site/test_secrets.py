# SPDX-License-Identifier: GPL-3.0-or-later
"""The master key and the database's passwords are replaced, and a store that is lost is made good, on a real gateway.

MCP_LAN_TEST_KILL_SEED chooses other moments to kill a rotation at; the seed and each moment are printed.
"""

from __future__ import annotations

import os
import random
import shutil

import pytest
import requests
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import Client
from site_deployment import PREFIX

from .test_killed import killed_run

pytestmark = pytest.mark.slow

SEED = int(os.environ.get("MCP_LAN_TEST_KILL_SEED", "20261121"))
MOMENTS = 5
PASSWORDS = ("postgres_admin", "postgres_litellm", "postgres_demo", "postgres_mcp_reader")


def chats(site, value) -> int:
    """How a call of the model is answered; its parameters are encrypted in the database, with the salt key."""
    body = {"model": "mock", "messages": [{"role": "user", "content": "?"}]}
    headers = {"Authorization": f"Bearer {value}"}
    return requests.post(f"{site.api_url}/chat/completions", json=body, headers=headers, timeout=60).status_code


def asks_database(site, value) -> bool:
    """Whether a tool of the server postgresql answers, which logs in with a password of its own."""
    headers = {"Authorization": f"Bearer {value}", "Accept": "application/json, text/event-stream"}
    call = {"name": "postgresql-execute_sql", "arguments": {"sql": "SELECT 'it ' || 'answers' AS word"}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    answer = requests.post(f"{site.api_url}/mcp/", json=body, headers=headers, timeout=60)
    return answer.status_code == 200 and "it answers" in answer.text


def is_master(site, value) -> bool:
    try:
        Client(site.admin_url, value).get("/key/list", page=1, size=1)
    except ApiError:
        return False
    return True


def login(site, role, password) -> bool:
    """A log-in over the network, from a container of its own on the database's network."""
    image = site.engine.containers.get(f"{PREFIX}-postgresql").image
    status = site.engine.containers.create(
        image,
        entrypoint=["psql", "--no-psqlrc", "-h", f"{PREFIX}-postgresql", "-U", role, "-c", "SELECT 1", "postgres"],
        environment={"PGPASSWORD": password},
        network=f"{PREFIX}-postgres-net",
        name=f"{PREFIX}-login",
    )
    try:
        status.start()
        code = status.wait(timeout=60)["StatusCode"]
        words = status.logs().decode()
    finally:
        status.remove(force=True)
    # Roles but the admin may not use this database; what is asked is whether the password is theirs.
    return code == 0 or "permission denied for database" in words


def values(site, *names) -> dict[str, str]:
    return {name: site.store.get("secrets", name) for name in names}


def stands(site, keys) -> None:
    """Everything works with what the store says, and nothing waits in it."""
    assert site.store.names("secret_successors") == []
    assert is_master(site, site.store.get("secrets", "master_key"))
    for name in PASSWORDS:
        role = "postgres" if name == "postgres_admin" else name.removeprefix("postgres_")
        assert login(site, role, site.store.get("secrets", name)), name
    for value in keys:
        assert chats(site, value) == 200 and asks_database(site, value)


@pytest.fixture(scope="module")
def deployed(site):
    site.remove()
    run = site.run()
    assert run.status == 0, run.output[-3000:]
    site.seconds = run.seconds  # about as long as a rotation takes
    site.keys = [site.store.get("keys", name) for name in site.store.names("keys")]
    stands(site, site.keys)
    return site


def test_the_master_key_and_passwords_are_replaced(deployed, show):
    site = deployed
    before = values(site, "master_key", "salt_key", *PASSWORDS)
    run = site.run("--diff", playbook="rotate_secrets", rotate_secrets=f"master_key,{','.join(PASSWORDS)}")
    assert run.status == 0, run.output[-3000:]
    with show():
        print(f"\na rotation of all: {run.seconds:.0f} s", flush=True)
    after = values(site, "master_key", "salt_key", *PASSWORDS)
    assert [name for name in before if before[name] == after[name]] == ["salt_key"]
    stands(site, site.keys)
    assert not is_master(site, before["master_key"]) and chats(site, before["master_key"]) in (400, 401)
    assert not login(site, "litellm", before["postgres_litellm"])
    assert not login(site, "postgres", before["postgres_admin"])
    assert not [name for name, value in {**before, **after}.items() if value in run.output]
    files = [path for path in site.output.rglob("*") if path.is_file()]
    held = [path for path in files if before["master_key"] in path.read_text("utf-8", "replace")]
    assert held == [], "nobody has the one before"
    again = site.run()
    assert again.status == 0 and again.changed == [], again.changed


def test_check_mode_says_it_and_writes_nothing(deployed):
    before = deployed.footprint()
    run = deployed.run("--check", "--diff", playbook="rotate_secrets", rotate_secrets="master_key,postgres_litellm")
    assert run.status == 0, run.error
    assert len([one for one in run.changed if "Generate a successor of each" in one]) == 2
    assert deployed.footprint() == before


def test_between_two_runs_the_value_that_works_is_used(deployed):
    """A run that died before the gateway had the new master key: the gateway is proven with the one before."""
    deployed.store.put("secret_successors", "master_key", f"sk-{os.urandom(24).hex()}")
    for playbook, options in (("verify", {}), ("rotate_keys", {"rotate_keys": "codex"})):
        run = deployed.run(playbook=playbook, **options)
        assert run.status == 0, run.error
    assert "A new master key waits in the store" in " ".join(run.output.split())
    assert deployed.store.names("secret_successors") == ["master_key"]
    deployed.store.remove("secret_successors", "master_key")
    deployed.keys = [deployed.store.get("keys", name) for name in deployed.store.names("keys")]


@pytest.mark.parametrize("number", range(MOMENTS))
def test_a_rotation_that_is_killed_is_finished_by_the_next_run(deployed, show, number):
    site = deployed
    chance = random.Random(SEED + number)
    before = values(site, "master_key", *PASSWORDS)
    named = f"master_key,{','.join(PASSWORDS)}"
    moment = 4 + site.seconds * (number + chance.random()) / MOMENTS
    killed = killed_run(site, moment, True, playbook="rotate_secrets", rotate_secrets=named)
    waiting = site.store.names("secret_successors")
    verified = site.run(playbook="verify")
    again = site.run()
    after = values(site, *before)
    with show():
        row = f"killed after {killed.seconds:4.1f} s | {killed.last_task:55} | waiting {len(waiting)}"
        print(f"{row} | verify alone: {verified.status} {verified.message[:120]}", flush=True)
    assert again.status == 0, again.output[-3000:]
    assert all(after[name] != before[name] for name in waiting), "what was begun is finished"
    stands(site, site.keys)


def test_then_nothing_changes(deployed):
    run = deployed.run()
    assert run.status == 0 and run.changed == [], run.changed


def test_a_store_that_is_lost_is_made_good(deployed):
    """The salt and master keys come from the host; passwords are made anew; keys get successors, and go on working."""
    site = deployed
    before = values(site, "master_key", "salt_key", *PASSWORDS)
    shutil.rmtree(site.store.path)
    run = site.run()
    assert run.status == 0, run.output[-3000:]
    after = values(site, *before)
    assert [name for name in before if before[name] == after[name]] == ["master_key", "salt_key"]
    assert all(chats(site, value) == 200 for value in site.keys), "clients that are not reached yet go on"
    keys = [site.store.get("keys", name) for name in site.store.names("keys")]
    assert len(keys) == len(site.keys) and not set(keys) & set(site.keys)
    stands(site, keys)
    again = site.run()
    assert again.status == 0 and again.changed == [], again.changed
