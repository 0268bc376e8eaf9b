# SPDX-License-Identifier: GPL-3.0-or-later
"""A few lines of the inventory become everything about an MCP service; what cannot be is said in one sentence."""

from __future__ import annotations

import json
import re
import secrets

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.filter.mcp_services import mcp_services
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.catalogue import catalogue
from tree import TOP

OWN = {"name": "notes", "package": {"pypi": "mcp-notes", "version": "1.2.3"}, "command": ["mcp-notes"]}


def one(entry):
    (made,) = mcp_services([entry])
    return made


def wrong(entry):
    with pytest.raises(AnsibleFilterError) as caught:
        mcp_services([entry])
    return caught.value.message


def test_a_name_of_the_catalogue_is_enough():
    made = one({"name": "time"})
    assert made["image"] == {"name": "mcp-bridge", "repository": "mcp-lan/mcp-time", "args": {"SERVICE": "time"}}
    assert made["command"] == ["mcp-server-time", "--local-timezone=UTC"]
    registered = {"name": "time", "transport": "http", "url": "http://mcp-time:8000/mcp"}
    assert registered.items() <= made["registration"].items()
    assert made["call"]["tool"] == "get_current_time"


def test_each_has_a_network_of_its_own_but_what_the_gateway_starts():
    assert one({"name": "time"})["network"] == "mcp-time-net"
    assert one({"name": "time", "container_name": "clock"})["network"] == "clock-net"
    assert one({"name": "time", "transport": "stdio"})["network"] == ""


def test_what_the_entry_says_wins():
    made = one({"name": "clock-two", "service": "time", "args": ["-v"], "memory": "1g", "transport": "sse",
                "register": {"alias": "clock"}, "environment": {"A": 1}})  # fmt: skip
    assert made["command"] == ["mcp-server-time", "--local-timezone=UTC", "-v"]
    assert made["memory"] == "1g" and made["environment"] == {"A": "1"}
    assert made["registration"]["name"] == "clock_two"
    assert made["registration"]["url"] == "http://mcp-clock-two:8000/sse"
    assert made["registration"]["alias"] == "clock"
    assert one({"name": "time", "register": False})["registration"] == {}


def test_a_package_of_a_persons_own():
    made = one({**OWN, "volumes": ["/srv/notes:/data", "/srv/more:/more:rw", "kept:/kept"]})
    assert made["image"]["args"] == {"PYPI": "mcp-notes==1.2.3"}
    assert made["volumes"] == ["/srv/notes:/data:ro", "/srv/more:/more:rw", "kept:/kept"]
    made = one({**OWN, "package": {"npm": "@us/notes", "version": "1.2.3-beta.1"}, "bridge": False})
    assert made["image"]["args"] == {"NPM": "@us/notes@1.2.3-beta.1", "DEBIAN": "nodejs"}
    assert made["command"] == ["--direct", "mcp-notes"]


def test_an_image_of_a_persons_own():
    made = one({"name": "notes", "image": "registry.lan/notes:1", "port": 9000, "path": "/"})
    assert made["image"] == "registry.lan/notes:1"
    assert made["registration"]["url"] == "http://mcp-notes:9000/"


def test_inside_the_gateway():
    made = one({"name": "time", "transport": "stdio"})
    assert made["packages"] == {"volume": "mcp-time-packages", "path": "/opt/mcp/time"}
    registered = made["registration"]
    assert (registered["command"], registered["args"][0]) == ("python3", "/opt/mcp/time/bin/mcp-server-time")
    assert registered["env"]["PYTHONPATH"].startswith("/opt/mcp/time/lib/python3")
    made = one({**OWN, "package": {"npm": "notes", "version": "1.0.0"}, "transport": "stdio"})
    assert made["registration"]["args"] == ["/opt/mcp/notes/node_modules/.bin/mcp-notes"]
    assert made["registration"]["command"] == "node"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (None, False),
        (False, False),
        ([], False),
        (True, True),
        (["API.example.com"], ["api.example.com:443"]),
        (["notes.lan:8443", ".example.org", "*.cdn.example.org:80"],
         ["*.cdn.example.org:80", ".example.org:443", "notes.lan:8443"]),
        (["[fd00::5]", "192.0.2.7:9000"], ["192.0.2.7:9000", "[fd00::5]:443"]),
    ],
)  # fmt: skip
def test_which_hosts_a_service_may_ask(said, meant):
    assert one({**OWN, "internet": said})["internet"] == meant


def test_no_service_of_the_catalogue_asks_for_every_host():
    assert one({"name": "github"})["internet"] == ["api.github.com:443", "raw.githubusercontent.com:443"]
    assert one({"name": "github", "internet": ["api.github.com"]})["internet"] == ["api.github.com:443"]
    assert one({"name": "github", "internet": False})["internet"] is False
    assert not [name for name, said in catalogue().items() if said.get("internet") is True]


def test_one_that_goes():
    made = one({"name": "github", "state": "absent"})
    assert made["state"] == "absent" and made["registration"] == {"name": "github", "state": "absent"}


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"name": "Time"}, "a name of lower-case"),
        ("time", "is a dictionary"),
        ({"name": "tyme"}, r"the catalogue has no 'tyme' \(it has .*time.*a package .* or an image"),
        ({"name": "time", "comand": []}, "comand is nothing that it can have; .*command"),
        ({"name": "time", "transport": "streamable"}, "http, sse or stdio, not 'streamable'"),
        ({**OWN, "package": {"pypi": "mcp-notes"}}, "mcp-notes needs one exact version.*locked"),
        ({**OWN, "package": {"pypi": "mcp-notes", "version": "latest"}}, "one exact version"),
        ({**OWN, "package": {"pypi": "mcp-notes", "version": ">=1"}}, "one exact version"),
        ({**OWN, "package": {"version": "1.0"}}, "as pypi or as npm"),
        ({**OWN, "command": []}, "command is missing"),
        ({"name": "git"}, "no volume is at /data; it needs the repository"),
        ({"name": "prometheus"}, "environment lacks PROMETHEUS_URL"),
        ({"name": "filesystem"}, "has the role mcp_filesystem: set mcp_filesystem_enabled"),
        ({"name": "github", "transport": "stdio"}, "it has internet, which the gateway's own container cannot give"),
        ({"name": "memory", "transport": "stdio"}, "it has volumes"),
        (
            {**OWN, "transport": "stdio", "secret_environment": {"T": secrets.token_urlsafe(8)}},
            "it has secret_env",
        ),
        ({**OWN, "volumes": ["/srv"]}, "is not SOURCE:TARGET"),
        ({**OWN, "internet": "api.example.com"}, "internet is a list of hosts.* not 'api.example.com'"),
        ({**OWN, "internet": ["https://api.example.com"]}, "'https://api.example.com' is no host, such as api.ex"),
        ({**OWN, "internet": ["api.example.com:0"]}, "'api.example.com:0' is no host"),
        ({**OWN, "internet": ["*"]}, r"'\*' is no host"),
        ({**OWN, "internet": [None]}, "'None' is no host"),
    ],
)
def test_what_cannot_be(entry, sentence):
    said = wrong(entry)
    assert re.search(sentence, said), said
    assert "\n" not in said


@pytest.mark.parametrize("service", sorted(catalogue()))
def test_each_service_says_what_a_person_wants_to_know(service):
    said = catalogue()[service]
    missing = {"description", "why", "maintainer", "licence", "source", "needs", "may", "tested"} - said.keys()
    assert not missing
    assert ("role" in said) + ("package" in said) + ("image" in said) == 1
    if "role" not in said:
        assert said["memory"] and "call" in said
    if "image" in said:
        assert not said["tested"] and ":latest" not in said["image"]


@pytest.mark.parametrize("service", sorted(name for name, said in catalogue().items() if "package" in said))
def test_each_package_is_locked_in_the_version_that_is_said(service):
    package = catalogue()[service]["package"]
    folder = TOP / "images/mcp-bridge/services" / service
    if "npm" in package:
        lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
        assert lock[f"node_modules/{package['npm']}"]["version"] == package["version"]
        assert all(one.get("integrity") for path, one in lock.items() if path)
    else:
        lock = (folder / "requirements.lock").read_text(encoding="utf-8")
        assert f"{package['pypi']}=={package['version']} \\\n    --hash=sha256:" in lock


def test_the_example_of_the_docs_is_short_and_what_it_makes_is_right():
    """What docs/services.md shows: under 15 lines, and one service for each of its entries."""
    text = (TOP / "docs/services.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(mcp_services:\n.*?)```", text, re.DOTALL)[1]
    assert len(example.splitlines()) < 15
    made = mcp_services(yaml.safe_load(example)["mcp_services"])
    assert [service["registration"]["name"] for service in made] == ["time", "everything"]
