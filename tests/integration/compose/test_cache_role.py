# SPDX-License-Identifier: GPL-3.0-or-later
"""The role cache by itself: a Valkey that asks for its password, the same one in a second run, and gone again."""

from __future__ import annotations

import secrets

import docker
import pytest
import yaml
from plays import run_playbook

NAME = f"cache-test-{secrets.token_hex(3)}"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def run(engine, tmp_path_factory):
    """Runs the role with these variables besides; gives what the playbook says."""
    folder = tmp_path_factory.mktemp("cache")
    variables = {
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "mcp_lan_store": str(folder / "store"),
        "container_service_project": NAME,
        "container_service_project_dir": str(folder / "project"),
        "cache_container_name": NAME,
        "cache_network": f"{NAME}-net",
        "cache_config_dir": str(folder / "valkey"),
    }
    play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "roles": ["mcp_lan.litellm.cache"]}
    (folder / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")

    def run(**more) -> str:
        given = [part for name, value in more.items() for part in ("-e", f"{name}={value}")]
        return run_playbook("-i", "localhost,", "-c", "local", str(folder / "play.yml"), *given)

    yield run
    run(cache_state="absent")


def test_it_asks_for_its_password_and_keeps_what_it_is_told_to(run):
    run()
    assert "changed=0" in run()
    container = docker.from_env().containers.get(NAME)
    assert "NOAUTH" in container.exec_run(["valkey-cli", "get", "x"]).output.decode()
    ask = 'valkey-cli -a "$(sed -n "s/^requirepass //p" /etc/valkey/valkey.conf)" --no-auth-warning config get "max*"'
    said = container.exec_run(["sh", "-c", ask]).output.decode().split()
    assert said[said.index("maxmemory") + 1] == str(128 * 1024**2)
    assert said[said.index("maxmemory-policy") + 1] == "volatile-lru"
    assert container.attrs["HostConfig"]["ReadonlyRootfs"] and not container.ports


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"cache_max_data": "much"}, "cache_max_data is much: write how much is kept"),
        ({"cache_max_data": "250mb"}, "raise cache_memory or lower cache_max_data"),
        ({"cache_ttl": 0}, "cache_ttl is 0: write for how many seconds"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_changed(run, given, words):
    with pytest.raises(AssertionError, match=words):
        run(**given)


def test_it_goes_with_its_network_and_its_folder(run):
    run()
    run(cache_state="absent")
    client = docker.from_env()
    assert not client.containers.list(all=True, filters={"name": NAME})
    assert not client.networks.list(names=[f"{NAME}-net"])
    assert "changed=0" in run(cache_state="absent")
