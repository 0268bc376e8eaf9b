# SPDX-License-Identifier: GPL-3.0-or-later
"""What a manager prints, and what is read from it."""

from __future__ import annotations

import json
import shlex
import subprocess

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._swarm import host
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._swarm.stack import DIGEST, Image

# As Docker 20.10 prints it.
PRINTED = f"""\
swarm\tactive\ttrue
network\t"litellm-net"\t"overlay"\ttrue\ttrue
network\t"front-door-net"\t"bridge"\tfalse\tfalse
on\tfront-door-net\tfront-door\tfront-door
on\tfront-door-net\tstranger\t
image\tmcp-lan/litellm:1\t{json.dumps([{"Id": "sha256:1", "Config": {"Entrypoint": ["run"], "Cmd": None}}])}
replicas\tmcp-lan_litellm-replicas\t2/2 (max 1 per node)
replicas\tmcp-lan_front-doors\t1/2
service\tmcp-lan_litellm-replicas\t{json.dumps({DIGEST: "abc"})}\tcompleted\tnull
service\tmcp-lan_front-doors\t{json.dumps({DIGEST: "def"})}\t\t[{{"PublishedPort": 4000}}]
ended\tt1\tmcp-lan_front-doors.n1\tFailed 3 seconds ago
ended\tt2\tmcp-lan_litellm-replicas.1\tShutdown 2 minutes ago
config\tmcp-lan_1
secret\tmcp-lan_2
own\tfront-doors-net
"""


def test_it_is_read():
    seen = host.seen(PRINTED)
    assert (seen.state, seen.is_manager) == ("active", True)
    assert seen.networks["litellm-net"].serves(True) and not seen.networks["litellm-net"].serves(False)
    assert not seen.networks["front-door-net"].serves(False)
    assert seen.networks["front-door-net"].containers == {"front-door": "front-door", "stranger": ""}
    assert seen.images == {"mcp-lan/litellm:1": Image("sha256:1", ("run",), ())}
    assert seen.services == {
        "mcp-lan_litellm-replicas": host.Service("abc", 2, 2, "completed"),
        "mcp-lan_front-doors": host.Service("def", 1, 2, "", [4000]),
    }
    assert [name for name, each in seen.services.items() if each.well] == ["mcp-lan_litellm-replicas"]
    assert (seen.configs, seen.secrets) == ({"mcp-lan_1"}, {"mcp-lan_2"})
    assert seen.own_networks == {"front-doors-net"}
    assert seen.failed == {"t1": "mcp-lan_front-doors"}


def test_what_programs_say_is_not_asked_for_in_columns():
    """A tab or the end of a line in it would be one of the columns' own."""
    assert "{{.Error}}" not in host.look(shlex.quote, None, "mcp-lan", [], [])


def test_a_service_that_was_put_back_is_not_well():
    assert not host.Service("abc", 2, 2, "rollback_completed").well
    assert not host.Service("abc", 2, 2, "updating").well
    assert not host.Service().well


@pytest.mark.parametrize("left", ["secret\tmcp-lan_2", "config\tmcp-lan_1", "own\tfront-doors-net", "replicas\tx\t0/1"])
def test_what_is_left_of_a_stack_is_seen(left):
    assert host.seen(left).has_stack
    assert not host.seen('network\t"litellm-net"\t"overlay"\ttrue\ttrue').has_stack


def test_the_scripts_are_shell_whatever_the_names():
    odd = "it's {stack} $(id)"
    scripts = [
        host.look(shlex.quote, "unix:///x y", odd, [odd], [odd]),
        host.network(shlex.quote, None, odd, ["--internal"], stopped=[odd], there=True),
        host.deploy(shlex.quote, None, odd, odd),
        host.tidy(shlex.quote, None, [odd], [odd]),
        host.absent(shlex.quote, None, odd, 5),
        host.words(shlex.quote, None, odd),
    ]
    for script in scripts:
        assert shlex.quote(odd) in script
        subprocess.run(["sh", "-n"], input=script, text=True, check=True)
