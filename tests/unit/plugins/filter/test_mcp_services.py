# SPDX-License-Identifier: GPL-3.0-or-later
"""A few lines of the inventory become everything about an MCP service; what cannot be is said in one sentence."""

from __future__ import annotations

import datetime
import json
import re
import secrets

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.filter.mcp_services import mcp_services
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.catalogue import catalogue
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.options import OPTIONS
from hypothesis import given, settings
from hypothesis import strategies as st
from nonsense import CHECKS, SEEDS, Nonsense
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
    selinux = one({**OWN, "volumes": ["/srv/notes:/data:Z", "/srv/more:/more:rw,z", "kept:/kept:ro"]})
    assert selinux["volumes"] == ["/srv/notes:/data:Z,ro", "/srv/more:/more:rw,z", "kept:/kept:ro"]
    assert made["image"]["args"] == {"PYPI": "mcp-notes==1.2.3"}
    assert made["volumes"] == ["/srv/notes:/data:ro", "/srv/more:/more:rw", "kept:/kept"]
    made = one({**OWN, "package": {"npm": "@us/notes", "version": "1.2.3-beta.1"}, "bridge": False})
    assert made["image"]["args"] == {"NPM": "@us/notes@1.2.3-beta.1", "DEBIAN": "nodejs"}
    assert made["command"] == ["--direct", "mcp-notes"]


@pytest.mark.parametrize("said", ["z", "Z", "cached", "ro,z"])
def test_a_folder_of_the_host_is_for_writing_only_where_that_is_said(said):
    (mount,) = one({**OWN, "volumes": [f"/srv/notes:/data:{said}"]})["volumes"]
    assert "ro" in mount.split(":")[2].split(",")


@pytest.mark.parametrize("said", ["RO", "r", "readonly", "read_only", "ro,", "ro rw"])
def test_a_word_behind_a_mount_that_is_none_is_refused(said):
    with pytest.raises(AnsibleFilterError, match="whose last part is not ro or rw"):
        one({**OWN, "volumes": [f"/srv/notes:/data:{said}"]})


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
        ({**OWN, "internet": [None]}, "internet has nothing, which is no host"),
    ],
)
def test_what_cannot_be(entry, sentence):
    said = wrong(entry)
    assert re.search(sentence, said), said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"command": "mcp-notes --folder=/data"}, r"command is a list .*: write \[\"mcp-notes\", \"--folder=/data\"\]"),
        ({"args": "-v"}, r"args is a list of words, .*: write \[\"-v\"\]"),
        ({"args": "it's"}, r"args is a list of words, .*: write \[PROGRAM, ARGUMENT\]"),
        ({"command": 5}, r"command is a list, such as \[PROGRAM, ARGUMENT\], not 5"),
        ({"command": {"a": "b"}}, "command is a list, .* not a dictionary"),
        ({"command": ["x", None]}, "command has nothing where a text belongs"),
        ({"command": ["x", {"a": 1}]}, "command has a dictionary where a text belongs"),
        ({"command": ["x", datetime.date(2026, 1, 2)]}, "command has a date where .*: write it in quotation marks"),
        ({"environment": ["A=b"]}, r"environment is a dictionary, such as \{NAME: value\}, not a list"),
        ({"secret_environment": "A=b"}, "secret_environment is a dictionary, .* not a text"),
        (
            {"secret_environment": {"A$B": "c"}},
            r"secret_environment has the name 'A\$B', and an environment file takes",
        ),
        ({"secret_environment": {"2A": "c"}}, "secret_environment has the name '2A', and an environment file takes"),
        ({"environment": {"": "x"}}, "environment has the name '', which is none"),
        ({"environment": {"A=B": "x"}}, "environment has the name 'A=B', which is none"),
        ({"environment": {"A B": "x"}}, "environment has the name 'A B', which is none"),
        ({"environment": {True: "x"}}, "environment has the name 'true', which is none"),
        ({"environment": {"A": ["x"]}}, "environment.A has a list where a text belongs"),
        ({"package": {"pypi": "x", "version": 1.10}}, "package.version is a text, not 1.1, .*: write it in quotation"),
        ({"package": {"pypi": "x", "version": 1}}, "package.version is a text, not 1, .*: write it in quotation"),
        ({"package": {"npm": "x", "version": "1"}}, "the package x needs one exact version.*'1' for a range"),
        ({"package": {"npm": "x", "version": "1.2"}}, "the package x needs one exact version.*'1.2' for a range"),
        ({"package": {"npm": ["x"], "version": "1.2.3"}}, "package.npm is a text, not a list"),
        ({"package": {"npm": "../x", "version": "1.2.3"}}, "package.npm is '../x', which is no name of a package"),
        ({"package": {"pypi": "@a/x", "version": "1.2.3"}}, "package.pypi is '@a/x', which is no name of a package"),
        ({"package": {"pypi": "x;y", "version": "1.2.3"}}, "package.pypi is 'x;y', which is no name of a package"),
        ({"package": {"pypi": "x", "versoin": "1.2.3"}}, "package has versoin, and can have pypi, npm, version"),
        ({"package": "x==1.2.3"}, "package is a dictionary of pypi, npm, version, not 'x==1.2.3'"),
        ({"state": "gone"}, "state is present or absent, not 'gone'"),
        ({"state": True}, "state is present or absent, not true"),
        ({"port": 99999}, "port is a port from 1 to 65535, not 99999"),
        ({"port": 0}, "port is a port from 1 to 65535, not 0"),
        ({"port": "abc"}, "port is a port from 1 to 65535, not 'abc'"),
        ({"port": True}, "port is a port from 1 to 65535, not true"),
        ({"published_port": "x"}, "published_port is a port from 48000 to 65535, or 0 for none, not 'x'"),
        ({"published_port": 8000}, "published_port is a port from 48000 to 65535, or 0 for none, not 8000"),
        ({"image": 5, "package": None}, "image is a text, not 5"),
        ({"image": "a b", "package": None}, "image is an image's reference, .*not 'a b'"),
        ({"memory": 5}, "memory is a size from 6m up, such as 512m or 1g, not 5"),
        ({"memory": "much"}, "memory is a size .* not 'much'"),
        ({"memory": ["1g"]}, "memory is a size .* not a list"),
        ({"call": "x"}, "call is a dictionary of tool, arguments, expect, not 'x'"),
        ({"call": {"arguments": {}}}, "call.tool is a text, not nothing"),
        ({"call": {"tool": "x", "arguments": "a"}}, "call.arguments is a dictionary, not 'a'"),
        ({"call": {"tool": "x", "expects": "a"}}, "call has expects, and can have tool, arguments, expect"),
        ({"register": "x"}, "register is a dictionary of options of the module mcp_server, or false, not 'x'"),
        ({"register": ["x"]}, "register is a dictionary .* not a list"),
        ({"service": ["x"]}, "service is a text, not a list"),
        ({"bridge": "maybe"}, "bridge is true or false, not 'maybe'"),
        ({"transport": ["http"]}, "transport is http, sse or stdio, not a list"),
        ({"path": "mcp"}, "path is a path that begins with /, not 'mcp'"),
        ({"user": 1000}, "user is a text, not 1000, .*: write it in quotation marks"),
        ({"user": "a b"}, "user is a user, such as 1000:1000, not 'a b'"),
        ({"volumes": "/srv:/data"}, r"volumes is a list, such as .* not '/srv:/data'"),
        ({"volumes": ["./notes:/data"]}, "volumes has './notes:/data', which is not SOURCE:TARGET"),
        ({"volumes": [5]}, "volumes has 5, which is not SOURCE:TARGET"),
        ({"volumes": ["/srv/notes:/data:readonly"]}, "volumes has '/srv/notes:/data:readonly', whose last part is not"),
        ({"volumes": ["/srv/notes:/data:RO"]}, "volumes has '/srv/notes:/data:RO', whose last part is not ro or rw"),
        ({"volumes": ["kept:/kept:ro,rw"]}, "volumes has 'kept:/kept:ro,rw', whose last part is not ro or rw"),
        ({"tmpfs": "/run"}, "tmpfs is a list, such as .* not '/run'"),
        ({"tmpfs": ["run"]}, "tmpfs is a list of paths in the container, .* not 'run'"),
        ({"extra_networks": ["db-net"]}, "extra_networks is a dictionary of name, internal, aliases, not 'db-net'"),
        ({"extra_networks": [{"internal": True}]}, "extra_networks.name is a text, not nothing"),
        ({"container_name": "a/b"}, "container_name is a name of letters, .* not 'a/b'"),
        ({"internet": 1}, "internet is a list of hosts.* not 1"),
        ({"openapi": {"document": 5, 1: 2}, "package": None, "command": None}, "openapi has 1, and can have document"),
        ({1: 2}, "1 is nothing that it can have"),
        ({"a\nb": 2}, "'a.*nb' is nothing that it can have"),
        ({"name": 5}, "a name of lower-case letters, not one with the name 5"),
        ({"name": ["x"]}, "a name of lower-case letters, not one with the name a list"),
    ],
)
def test_what_is_of_no_use_to_an_option_is_said(said, sentence):
    whole = wrong({**OWN, **said})
    assert re.search(sentence, whole), whole
    assert "\n" not in whole and whole.endswith(".")


@pytest.mark.parametrize(
    ("entries", "kind"),
    [
        (5, "a whole number"),
        ("time", "a text"),
        ({"name": "time"}, "a dictionary"),
        (False, "a boolean"),
        ("", "a text"),
    ],
)
def test_the_variable_is_a_list(entries, kind):
    with pytest.raises(AnsibleFilterError, match=f"mcp_services is a list of services, .* not {kind}"):
        mcp_services(entries)


def test_an_empty_variable_is_no_services():
    assert mcp_services(None) == [] and mcp_services([]) == []
    assert [made["name"] for made in mcp_services(each for each in [OWN])] == ["notes"]


def test_values_are_what_a_program_would_find():
    """As the import has them (mcp_json_services)."""
    made = one({**OWN, "environment": {"DEBUG": True, "NIL": None, "N": 3, "R": 2.5}, "args": [False, 8000]})
    assert made["environment"] == {"DEBUG": "true", "N": "3", "R": "2.5"}
    assert made["command"] == ["mcp-notes", "false", "8000"]
    # What the catalogue says goes where an entry has nothing in its place.
    assert "MEMORY_FILE_PATH" not in one({"name": "memory", "environment": {"MEMORY_FILE_PATH": None}})["environment"]
    assert one({**OWN, "call": {"tool": "count", "expect": 42}})["call"]["expect"] == "42"


def test_texts_that_templates_make_are_taken_for_what_they_say():
    made = one({**OWN, "port": "9000", "published_port": "48001", "bridge": "no", "register": "False", "memory": ""})
    assert (made["port"], made["published_port"], made["memory"]) == (9000, 48001, "512m")
    assert made["command"][0] == "--direct" and made["registration"] == {}
    assert one({**OWN, "memory": 2**29})["memory"] == str(2**29)


def test_extras_of_a_package_are_part_of_it():
    made = one({**OWN, "package": {"pypi": "mcp-notes[all]", "version": "1.0"}})
    assert made["image"]["args"] == {"PYPI": "mcp-notes[all]==1.0"}


def test_no_sentence_repeats_a_secret():
    value = secrets.token_urlsafe(16)
    for entry in (
        {"Name": "notes", "secret_environment": {"TOKEN": value}},
        {**OWN, "secret_environment": {"TOKEN": [value]}},
        {**OWN, "secret_environment": f"TOKEN={value}"},
        {**OWN, "command": f"mcp-notes --token {value}"},
        {**OWN, "args": f"--token={value}"},
        f"--token={value}",
    ):
        assert value not in wrong(entry)


RIGHT = {
    "state": ["present", "absent"],
    "service": ["time", "memory", "filesystem", "git"],
    "package": [{"pypi": "x", "version": "1.0"}, {"npm": "@x/y", "version": "1.0.0"}],
    "image": ["registry.lan/x:1", {"name": "mcp-notes"}],
    "openapi": [
        {
            "document": "/srv/notes.yml",
            "base_url": "http://notes.lan",
            "auth": {"X-A": 5},
            "operations": ["GET *"],
            "names": {"GET /a": "a"},
        }
    ],
    "command": [["x", 1, True], []],
    "args": [["-v"]],
    "bridge": [False, "yes"],
    "transport": ["http", "sse", "stdio"],
    "port": [9000, "9000"],
    "path": ["/x"],
    "user": ["1000:1000"],
    "environment": [{"A": "b", "N": None}],
    "secret_environment": [{"A": 5}],
    "volumes": [["/srv:/data"]],
    "tmpfs": [["/run"]],
    "internet": [True, ["a.lan"]],
    "extra_networks": [[{"name": "db", "internal": "yes"}]],
    "published_port": [48001],
    "memory": ["1g", 2**29],
    "container_name": ["clock"],
    "register": [False, {"alias": "x"}],
    "call": [{"tool": "x", "arguments": {}, "expect": 1}],
}


def entry(made, oddness):
    """One that says a few things; of an entry that is wrong in one place the others are not looked at."""
    said = made.random.sample(sorted(RIGHT), made.one([0, 1, 2, 4]))
    whole = made.one([OWN, {"name": "time"}, {"name": "notes", "image": "registry.lan/x:1"}])
    return made.bent({**whole, **{option: made.one(RIGHT[option]) for option in said}}, oddness)


def ends(seed, oddness):
    """Whether what an inventory says ends in services."""
    made = Nonsense(seed)
    entries = made.bent([entry(made, oddness) for _each in range(made.one([1, 1, 2]))], oddness)
    try:
        services = mcp_services(entries, "p-")
    except AnsibleFilterError as error:
        assert error.message.isprintable() and error.message.endswith(".") and len(error.message) < 800, error.message
        return False
    for each in services:
        texts = [*each["command"], *each["volumes"], each["memory"], each["user"], each["container_name"]]
        for variables in (each["environment"], each["secret_environment"]):
            texts += [*variables, *variables.values()]
        assert all(isinstance(text, str) for text in texts)
        assert isinstance(each["port"], int) and isinstance(each["registration"], dict)
    return True


def test_every_option_is_tried():
    assert set(RIGHT) | {"name"} == set(OPTIONS)


@settings(max_examples=300, **CHECKS)
@given(seed=SEEDS, oddness=st.sampled_from([0, 0.02, 0.1]))
def test_whatever_an_inventory_says_is_services_or_a_sentence(seed, oddness):
    ends(seed, oddness)


@pytest.mark.slow
@settings(max_examples=10_000, **CHECKS)
@given(seed=SEEDS, oddness=st.sampled_from([0, 0.02, 0.1, 0.3]))
def test_many_inventories(seed, oddness):
    ends(seed, oddness)


def test_both_ends_are_met():
    made = [ends(seed, 0.02) for seed in range(200)]
    assert made.count(True) > 30 and made.count(False) > 30


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


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ([{"name": "time"}, {"name": "time"}], "MCP service 'time': it is there twice; give each its own."),
        ([{"name": "time"}, {"name": "time", "state": "absent"}], "MCP service 'time': it is there twice"),
        (
            [
                {"name": "time", "container_name": "a"},
                {"name": "fetch", "container_name": "a", "internet": ["a.example"]},
            ],
            "MCP service 'fetch': it has the container_name a, as time has; give each its own.",
        ),
        (
            [{"name": "time", "published_port": 48001}, {**OWN, "published_port": "48001"}],
            "MCP service 'notes': it has the published_port 48001, as time has; give each its own.",
        ),
    ],
)
def test_what_two_services_cannot_both_have(others, sentence):
    with pytest.raises(AnsibleFilterError, match=re.escape(sentence)):
        mcp_services(others)


def test_a_service_that_goes_leaves_its_container_to_another():
    gone = {"name": "old", "state": "absent", "container_name": "mcp-notes"}
    assert [made["state"] for made in mcp_services([gone, OWN])] == ["absent", "present"]
    assert len(mcp_services([{"name": "time"}, OWN])) == 2
