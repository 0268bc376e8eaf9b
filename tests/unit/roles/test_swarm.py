# SPDX-License-Identifier: GPL-3.0-or-later
"""The role swarm says what cannot be before anything is changed, and has networks for both sides alone."""

from __future__ import annotations

import contextlib
import ipaddress
import itertools
import re
import socket
from collections.abc import Iterator

import front_door
import pytest
import yaml
from plays import run_playbook
from tree import TOP


@contextlib.contextmanager
def listening() -> Iterator[int]:
    """A port of this machine that a program has."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def free_port() -> int:
    with listening() as port:
        return port


DOOR = {
    "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    "front_door_port": 4100,
    "swarm_port": free_port(),
}


def run(tmp_path, tasks: list[dict], **variables) -> str:
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": DOOR | variables,
        "tasks": tasks,
    }
    path = tmp_path / "play.yml"
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    return run_playbook("-i", "localhost,", str(path))


def role(name: str, tasks_from: str) -> dict:
    return {"ansible.builtin.import_role": {"name": f"mcp_lan.litellm.{name}", "tasks_from": tasks_from}}


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"swarm_litellm_replicas": 0}, "swarm_litellm_replicas is 0: write a number from 1 to 64."),
        (
            {"front_door_port": 4000, "swarm_port": 4000},
            "swarm_port is 4000, which the front door of the",
        ),
        (
            {"front_door_admin_port": 4000, "swarm_port": 4000},
            "swarm_port is 4000, which the front door of the",
        ),
        ({"front_door_enabled": False}, "replicas answer front doors alone"),
        ({"acme_enabled": True}, "the certificate that it gets is on the gateway host alone"),
        (
            {"mcp_lan_prefix": "x" * 24 + "-"},
            f"{'x' * 24}_{'x' * 24}-litellm-replicas is longer than the 63 characters of the name of a service",
        ),
        ({"swarm_door_name": "d" * 56}, f"mcp-lan_{'d' * 56} is longer than the 63 characters"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, variables, sentence):
    with pytest.raises(AssertionError) as told:
        run(tmp_path, [role("swarm", "check.yml")], **variables)
    assert sentence in " ".join(str(told.value).split())


@pytest.mark.parametrize("more", [{}, {"swarm_door_name": "d" * 55}, {"acme_enabled": True, "acme_state": "absent"}])
def test_what_can_be_is_not(tmp_path, more):
    run(tmp_path, [role("swarm", "check.yml")], **more)


def test_a_port_that_a_program_has_is_refused(tmp_path):
    with listening() as port, pytest.raises(AssertionError) as told:
        run(tmp_path, [role("swarm", "check.yml")], swarm_port=port)
    assert f"Port {port} of localhost is taken by" in str(told.value) and "set swarm_port to a free one" in str(
        told.value
    )


@pytest.mark.parametrize(("enabled", "ports"), [(True, [4100, 4200]), (False, [4100])])
def test_the_firewall_holds_for_the_doors_of_the_swarm(tmp_path, enabled, ports):
    named = {"ansible.builtin.include_vars": f"{TOP}/roles/firewall/defaults/main.yml"}
    told = {"ansible.builtin.debug": {"msg": "{{ firewall_ports | to_json }}"}}
    assert str(ports) in run(tmp_path, [named, told], swarm_enabled=enabled, swarm_port=4200)


def test_a_host_without_an_engine_has_no_replicas(tmp_path):
    """A bare one, onto which a backup is restored."""
    run(tmp_path, [role("swarm", "away.yml")], container_service_docker_host=f"unix://{tmp_path}/none.sock")


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("container", ["litellm-net", "mcp-filesystem-net", "mcp-postgresql-net", "swarm-postgres-net"]),
        ("external", ["litellm-net", "mcp-filesystem-net", "mcp-postgresql-net", "postgres-net"]),
    ],
)
def test_the_host_keeps_its_own_way_to_the_database(tmp_path, mode, expected):
    names = role("litellm_gateway", "names.yml")
    told = {"ansible.builtin.debug": {"msg": "{{ swarm_networks | map(attribute='name') | sort | to_json }}"}}
    printed = run(tmp_path, [names, role("swarm", "check.yml"), told], postgres_db_mode=mode)
    assert str(expected).replace("'", '"') in printed.replace("\\", "")


def test_nobody_administers_at_any_port_of_a_door(tmp_path):
    """Whatever its address, who asks is a container there, and no rule of $administers holds for one."""
    front_door.configure(
        tmp_path,
        front_door_upstream_host="litellm",
        front_door_engine_networks=[],
        front_door_admin_networks=["0.0.0.0/0"],
        front_door_observability=True,
        front_door_observability_subnets=["172.18.0.0/16"],
        swarm_enabled=True,
    )
    files = yaml.safe_load((TOP / "roles/swarm/vars/main.yml").read_text(encoding="utf-8"))["swarm_door_files"]
    for path, text in files.items():
        assert (tmp_path / path.removeprefix("/etc/front-door/")).is_file(), "none of the site's own door"
        assert text.strip(), "Swarm has no empty config"
    senders = re.findall(r"^(\S+) (\w+);$", files["/etc/front-door/networks.conf"], re.MULTILINE)
    assert {kind for _network, kind in senders} == {"container"}
    networks = [ipaddress.ip_network(network) for network, _kind in senders]
    everywhere = [
        network
        for version in (4, 6)
        for network in ipaddress.collapse_addresses(each for each in networks if each.version == version)
    ]
    assert [str(network) for network in everywhere] == ["0.0.0.0/0", "::/0"]
    text = (tmp_path / "nginx.conf").read_text(encoding="utf-8")
    (rules,) = re.findall(r'map "\$server_port:\$sender:\$neighbour:\$admin_network" \$administers \{([^}]*)\}', text)
    patterns = re.findall(r'"~(\S+)" 1;', rules)
    ports = {port.rpartition(":")[2] for port in re.findall(r"listen ([\d.:]+)", text)}
    assert {"4000", "4001", "4002", "4003"} <= ports and len(patterns) == 2
    for port, admin_network in itertools.product(ports, "01"):
        said = f"{port}:container:container:{admin_network}"
        assert not any(re.search(pattern, said) for pattern in patterns), said
    # A rule that is there for others.
    assert any(re.search(pattern, "4000:network:network:1") for pattern in patterns)


def tasks(playbook: str) -> list[str]:
    """The names of a playbook's tasks, in their order."""
    printed = run_playbook(f"mcp_lan.litellm.{playbook}", "-i", f"{TOP}/inventories/local", "--list-tasks")
    return re.findall(r"^      (.+?)\tTAGS:", printed, re.MULTILINE)


@pytest.mark.parametrize("playbook", ["site", "swarm", "rotate_secrets", "upgrade", "restore"])
def test_what_is_proved_is_rolled_out(playbook):
    """Whatever runs the site: its networks come first, and go back before it; the replicas come after the proof."""
    names = tasks(playbook)
    order = [
        "Have no replicas and front doors on a swarm",
        "Have networks that containers of this host and services of a swarm share",
        "Have the images, several at once",
        "mcp_lan.litellm.litellm : Refuse a gateway that is not what the inventory says",
        "Run the replicas and the front doors",
    ]
    places = [max(at for at, name in enumerate(names) if name.startswith(each)) for each in order]
    assert places == sorted(places)


@pytest.mark.parametrize("playbook", ["upgrade", "restore"])
def test_the_database_is_not_exchanged_under_replicas(playbook):
    names = tasks(playbook)
    first = (
        "Take a backup"
        if playbook == "upgrade"
        else "mcp_lan.litellm.backup : Refuse a run that does not say which backup"
    )
    assert names.index("Refuse while replicas run on a swarm") < names.index(first)
