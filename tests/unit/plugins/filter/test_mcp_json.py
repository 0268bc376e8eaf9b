# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of client programs and registries as entries of the inventory: every form, and no secret taken from them."""

from __future__ import annotations

import base64
import contextlib
import json
import string

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.filter import mcp_json_servers as servers_plugin
from ansible_collections.mcp_lan.litellm.plugins.filter import mcp_json_services as services_plugin
from ansible_collections.mcp_lan.litellm.plugins.filter.mcp_json_servers import mcp_json_servers
from ansible_collections.mcp_lan.litellm.plugins.filter.mcp_json_services import mcp_json_services
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import checked
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.catalogue import complete
from hypothesis import given, settings
from hypothesis import strategies as st
from nonsense import CHECKS, SEEDS, Nonsense

CURSOR = """{
  // what one types by hand
  "mcpServers": {
    "web-search": {"url": "https://search.lan/mcp", "headers": {"X-Region": "eu"}, "alwaysAllow": ["search"]},
    "old": {"type": "sse", "url": "http://old.lan:8000/events"},
    "older": {"url": "http://old.lan:8000/sse"},
    "off": {"url": "http://off.lan/mcp", "disabled": true},
    "notes": {"command": "npx", "args": ["-y", "@scope/notes@1.2.3", "/data"], "env": {"LANG": "en"}},
  },
}
"""


def test_the_form_of_most_clients_with_comments_and_trailing_commas():
    assert mcp_json_servers(CURSOR) == [
        {
            "name": "web_search",
            "transport": "http",
            "url": "https://search.lan/mcp",
            "static_headers": {"X-Region": "eu"},
        },
        {"name": "old", "transport": "sse", "url": "http://old.lan:8000/events"},
        {"name": "older", "transport": "sse", "url": "http://old.lan:8000/sse"},
    ]
    assert mcp_json_servers(CURSOR, stdio=True)[-1] == {
        "name": "notes",
        "transport": "stdio",
        "command": "npx",
        "args": ["-y", "@scope/notes@1.2.3", "/data"],
        "env": {"LANG": "en"},
    }
    assert mcp_json_services(CURSOR) == [
        {
            "name": "notes",
            "package": {"npm": "@scope/notes", "version": "1.2.3"},
            "command": ["@scope/notes", "/data"],
            "environment": {"LANG": "en"},
        }
    ]


def test_the_form_of_vs_code_with_inputs():
    document = {
        "inputs": [{"id": "token", "type": "promptString", "password": True}],
        "servers": {
            "hub": {"type": "http", "url": "https://hub.lan/mcp", "headers": {"Authorization": "${input:token}"}}
        },
    }
    with pytest.raises(AnsibleFilterError, match=r"'hub': headers.Authorization is a secret .* secrets\['hub'\]"):
        mcp_json_servers(document)
    (hub,) = mcp_json_servers(document, secrets={"hub": {"Authorization": "Bearer the-token"}})
    assert hub == {
        "name": "hub",
        "transport": "http",
        "url": "https://hub.lan/mcp",
        "auth_type": "bearer_token",
        "auth_value": "the-token",
    }


@pytest.mark.parametrize(
    ("header", "value", "auth_type", "auth_value"),
    [
        ("Authorization", "Bearer abc", "bearer_token", "abc"),
        ("authorization", "Basic " + base64.b64encode(b"ann:pw").decode(), "basic", "ann:pw"),
        ("Authorization", "Digest abc", "authorization", "Digest abc"),
        ("X-API-Key", "abc", "api_key", "abc"),
    ],
)
def test_a_credential_in_a_header(header, value, auth_type, auth_value):
    document = {"mcpServers": {"s": {"url": "http://s.lan/mcp", "headers": {header: value}}}}
    (entry,) = mcp_json_servers(document, secrets={"s": {header: value}})
    assert (entry["auth_type"], entry["auth_value"]) == (auth_type, auth_value)


def test_what_registries_give_out():
    remote = {"name": "lan.example/weather", "remotes": [{"type": "streamable-http", "url": "https://w.lan/mcp"}]}
    desired = [{"name": "TZ", "default": "UTC"}, {"name": "WEATHER_KEY", "isSecret": True}]
    package = {"registryType": "pypi", "identifier": "weather-mcp", "version": "2.0.1", "environmentVariables": desired}
    local = {"name": "lan.example/local-weather", "packages": [package]}
    assert mcp_json_servers(remote) == [{"name": "weather", "transport": "http", "url": "https://w.lan/mcp"}]
    assert mcp_json_servers({"servers": [{"server": remote}, {"server": local}]})[0]["name"] == "weather"
    (service,) = mcp_json_services(local, secrets={"local-weather": {"WEATHER_KEY": "k"}})
    assert service == {
        "name": "local-weather",
        "package": {"pypi": "weather-mcp", "version": "2.0.1"},
        "command": ["weather-mcp"],
        "environment": {"TZ": "UTC"},
        "secret_environment": {"WEATHER_KEY": "k"},
    }


def test_a_registrys_list_has_each_name_once():
    one, other = (
        {"name": f"{maker}/mcp", "remotes": [{"type": "sse", "url": f"https://{maker}/sse"}]} for maker in ("a", "b")
    )
    assert [entry["url"] for entry in mcp_json_servers({"servers": [one, {"server": one}]})] == ["https://a/sse"]
    with pytest.raises(AnsibleFilterError, match="^MCP server 'mcp': the list has several of that name"):
        mcp_json_servers({"servers": [one, other]})


@pytest.mark.parametrize(
    ("command", "version", "package", "program"),
    [
        (["npx", "-y", "pkg@1.0.0", "a"], None, {"npm": "pkg", "version": "1.0.0"}, ["pkg", "a"]),
        (["npx", "-p", "@s/pkg@1.0.0", "serve", "a"], None, {"npm": "@s/pkg", "version": "1.0.0"}, ["serve", "a"]),
        (["uvx", "pkg"], "3.1", {"pypi": "pkg", "version": "3.1"}, ["pkg"]),
        (["uvx", "pkg==3.1"], None, {"pypi": "pkg", "version": "3.1"}, ["pkg"]),
        (["uvx", "--from", "pkg@3.1", "serve"], None, {"pypi": "pkg", "version": "3.1"}, ["serve"]),
        (["npx", "-y", "--package=@s/pkg@1.0.0", "serve"], None, {"npm": "@s/pkg", "version": "1.0.0"}, ["serve"]),
        (["npx", "-y", "pkg@v1.0.0"], None, {"npm": "pkg", "version": "1.0.0"}, ["pkg"]),
        (["npx", "--yes", "--", "pkg@1.0.0", "-v"], None, {"npm": "pkg", "version": "1.0.0"}, ["pkg", "-v"]),
        (["uvx", "--from=pkg==3.1", "serve"], None, {"pypi": "pkg", "version": "3.1"}, ["serve"]),
        (["uvx", "pkg[all]==3.1"], None, {"pypi": "pkg[all]", "version": "3.1"}, ["pkg"]),
        (["uvx", "pkg[a, b]@3.1", "-p", "1"], None, {"pypi": "pkg[a,b]", "version": "3.1"}, ["pkg", "-p", "1"]),
        (["uvx", "pkg===3.1"], None, {"pypi": "pkg", "version": "3.1"}, ["pkg"]),
        (["uvx", "pkg>=3"], "3.1", {"pypi": "pkg", "version": "3.1"}, ["pkg"]),
        (["C:/x/npx.cmd", "pkg"], "1.0.0", {"npm": "pkg", "version": "1.0.0"}, ["pkg"]),
    ],
)
def test_a_package_in_a_container_of_its_own(command, version, package, program):
    document = {"mcpServers": {"The Server": {"command": command[0], "args": command[1:]}}}
    (service,) = mcp_json_services(document, versions={"The Server": version} if version else {})
    assert (service["package"], service["command"]) == (package, program)
    assert complete(service)["registration"]["url"] == "http://mcp-the-server:8000/mcp"


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ({"command": "npx", "args": ["pkg"]}, "pkg has no exact version"),
        ({"command": "npx", "args": ["pkg@latest"]}, "pkg has no exact version"),
        ({"command": "npx", "args": ["pkg@1"]}, "pkg@1 is a range of versions"),
        ({"command": "uvx", "args": ["pkg>=1"]}, "pkg>=1 is a range of versions"),
        ({"command": "uvx", "args": ["pkg[all]~=1.0"]}, "pkg[all]~=1.0 is a range of versions"),
        ({"command": "uvx", "args": ["pkg==1.*"]}, "pkg@1.* is a range of versions"),
        (
            {"command": "npx", "args": ["-y", "-p", "a@1.0.0", "--package=b@1.0.0", "prog"]},
            "it asks for 2 packages, a@1.0.0, b@1.0.0, and a service has one",
        ),
        ({"command": "uvx", "args": ["--from", "a==1", "--from=b==1", "c"]}, "it asks for 2 packages, a==1, b==1,"),
        ({"command": "uvx", "args": ["--python", "3.12", "x==1"]}, "the option --python of uvx cannot"),
        ({"command": "uvx", "args": ["-p", "3.12", "x==1"]}, "the option -p of uvx cannot"),
        ({"command": "uvx", "args": ["--with", "y", "x==1"]}, "the option --with of uvx cannot"),
        ({"command": "uvx", "args": ["--with=y", "x"]}, "the option --with of uvx cannot"),
        ({"command": "uvx", "args": ["--unheard-of", "x"]}, "the option --unheard-of of uvx cannot"),
        ({"command": "npx", "args": ["-c", "x"]}, "the option -c of npx cannot"),
        ({"command": "npx", "args": ["-y", "https://x.lan/y.tgz"]}, "is not a package of npm or PyPI"),
        ({"command": "npx", "args": ["-y", "x@npm:y@1.0.0"]}, "'x@npm:y@1.0.0' is not a package of npm or PyPI"),
        ({"command": "uvx", "args": ["x @ https://x.lan/y.whl"]}, "is not a package of npm or PyPI"),
        ({"command": "npx", "args": ["p@1.0.0"], "env": {"": "x"}}, "env has the name '', which is none"),
        ({"command": "npx", "args": ["p@1.0.0"], "env": {"A=B": "x"}}, "env has the name 'A=B', which is none"),
        ({"command": "npx", "args": ["p@1.0.0"], "env": ["=x"]}, "env has the name '', which is none"),
        ({"command": "npx", "args": ["p@1.0.0"], "headers": {"X-A": "b"}}, "headers has no effect on a program"),
        ({"command": "npx", "args": ["p@1.0.0"], "url": "https://h.lan"}, "url has no effect on a program"),
        ({"type": "stdio"}, "it has no command"),
        ({"command": "npx", "args": ["@s/pkg@^1.2.3"]}, "@s/pkg@^1.2.3 is a range of versions"),
        ({"command": "npx", "args": [{"a": 1}]}, "args has a dictionary where a text belongs"),
        ({"command": "npx", "args": "pkg@1.0.0"}, "args is not a list of texts"),
        ({"command": "npx", "args": ["p@1.0.0"], "env": 3}, "env is not an object"),
        ({"command": "npx", "args": ["p@1.0.0"], "env": {"A": [1]}}, "env.A has a list where a text belongs"),
        ({"command": "npx", "args": ["p@1.0.0"], "env": [3]}, "an item of env is neither NAME=value nor"),
        ({"command": "npx", "args": ["p@1.0.0"], "env": ["HOME"]}, "env.HOME is a secret or a variable"),
        ({"command": "npx", "args": ["p@1.0.0"], "env": ["SMTP_PASS=placeholder"]}, "env.SMTP_PASS is a secret"),
        ({"command": "npx", "args": ["p@1.0.0"], "env": {"MYSQL_PASS": "placeholder"}}, "env.MYSQL_PASS is a secret"),
        ({"command": "npx", "args": ["p@1.0.0"], "env": {"GITHUB_PAT": "placeholder"}}, "env.GITHUB_PAT is a secret"),
        ({"command": "npx", "args": ["p@1.0.0", "--pat", "placeholder"]}, "args hold a secret"),
        ({"command": "docker", "args": ["run", "image"]}, "'docker' cannot be carried into mcp_services"),
        ({"command": "npx", "args": ["--prefer-offline", "p@1.0"]}, "the option --prefer-offline of npx cannot"),
        ({"command": "uvx", "args": ["git+https://x.lan/y"]}, "is not a package of npm or PyPI"),
        ({"command": "npx", "args": ["p@1.0.0"], "cwd": "/x"}, "'cwd' has no counterpart"),
        ({"command": "npx", "args": ["p@1.0.0"], "envFile": "/x"}, "'envFile' has no counterpart"),
        ({"command": "npx", "args": ["p@1.0.0", "--token", "abc"]}, "args hold a secret"),
        ({"command": "npx", "args": ["p@1.0.0", "${workspaceFolder}"]}, "args hold a secret or a variable"),
        ({"command": "npx", "args": ["p@1.0.0"], "env": {"API_KEY": "abc"}}, "env.API_KEY is a secret"),
    ],
)
def test_what_cannot_be_carried_is_said(entry, sentence):
    with pytest.raises(AnsibleFilterError, match="MCP server 'one': ") as raised:
        mcp_json_services({"mcpServers": {"one": entry}})
    (said,) = raised.value.message.split("\n")
    assert sentence in said


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ("{", "not valid JSON"),
        ("[]", "does not hold an object"),
        ("{}", "there are no MCP servers in it"),
        ({"mcpServers": {"a": 1}}, "it is not an object"),
        ({"mcpServers": {"a": {"type": "ws", "url": "ws://a.lan"}}}, "LiteLLM does not speak 'ws'"),
        ({"mcpServers": {"a": {}}}, "neither a command nor a url"),
        ({"mcpServers": {"a": {"type": "http"}}}, "its url is none that begins with http"),
        ({"mcpServers": {"a": {"url": "wss://a.lan"}}}, "its url is none that begins with http"),
        ({"mcpServers": {"a": {"url": 5}}}, "its url is none that begins with http"),
        ({"mcpServers": {"a": {"url": "http://a.lan", "env": {"A": "b"}}}}, "env has no effect on a server at a url"),
        ({"mcpServers": {"a": {"url": "http://a.lan", "env": {"KEY": "b"}}}}, "env has no effect on a server at a url"),
        (
            {"mcpServers": {"a": {"type": "sse", "url": "http://a.lan", "args": ["b"]}}},
            "args has no effect on a server",
        ),
        ({"mcpServers": {"a": {"url": "http://a.lan", "headers": {"X A": "b"}}}}, "headers has the name 'X A', which"),
        ({"mcpServers": {"a": {"url": "http://a.lan", "disabled": "maybe"}}}, "disabled is neither true nor false"),
        ({"mcpServers": {"a": {"url": "http://a.lan", "enabled": [1]}}}, "enabled is neither true nor false"),
        ({"mcpServers": {"a": {"url": "http://u:pw@a.lan"}}}, "url holds a secret"),
        ({"mcpServers": {"a-b": {"url": "http://a.lan"}, "a_b": {"url": "http://a.lan"}}}, "rename one of them"),
    ],
)
def test_what_is_no_such_file_or_server(document, sentence):
    with pytest.raises(AnsibleFilterError) as raised:
        mcp_json_servers(document)
    assert sentence in str(raised.value)


def test_values_are_what_a_program_would_find():
    one = {"command": "uvx", "args": ["x==1.0", "--ro", True, 2.5], "env": {"DEBUG": True, "NIL": None, "N": 3}}
    (service,) = mcp_json_services({"mcpServers": {"flags": one}})
    assert service["command"] == ["x", "--ro", "true", "2.5"]
    assert service["environment"] == {"DEBUG": "true", "N": "3"}
    for env in (["DEBUG=true", "N=3"], [{"name": "DEBUG", "value": True}, {"name": "N", "value": 3}]):
        (service,) = mcp_json_services({"mcpServers": {"flags": {**one, "env": env}}})
        assert service["environment"] == {"DEBUG": "true", "N": "3"}


@pytest.mark.parametrize(
    ("switch", "there"),
    [
        ({"disabled": "false"}, True),
        ({"disabled": "true"}, False),
        ({"disabled": None}, True),
        ({"enabled": "false"}, False),
        ({"enabled": "true"}, True),
        ({"enabled": True, "disabled": True}, False),
    ],
)
def test_a_server_that_is_switched_off_is_none(switch, there):
    assert bool(mcp_json_servers({"mcpServers": {"a": {"url": "http://a.lan", **switch}}})) == there


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"secrets": "x"}, "secrets is a dictionary, not a text: write one."),
        ({"secrets": {"a": ["x"]}}, "secrets['a'] is a dictionary, not a list: write one."),
        ({"secrets": {"a": {"args": "p@1.0.0 -v"}}}, "secrets['a']['args'] is not a list of all arguments: write one."),
        ({"secrets": {"a": {"B": ["x"]}}}, "secrets['a']['B'] has a list where a text belongs: correct"),
        ({"versions": {"a": 1.10}}, "versions['a'] is a number, not a text: write it in quotation marks."),
        ({"versions": ["1.0.0"]}, "versions is a dictionary, not a list: write one."),
    ],
)
def test_what_is_given_beside_the_file_is_of_use_or_said(given, sentence):
    with pytest.raises(AnsibleFilterError) as raised:
        mcp_json_services({"mcpServers": {"a": {"command": "npx", "args": ["p@1.0.0"], "env": {"B": "c"}}}}, **given)
    assert sentence in raised.value.message


def test_an_argument_that_a_registry_names_keeps_its_name():
    arguments = [{"type": "named", "name": "--port", "value": "1"}, {"type": "positional", "value": "x"}]
    package = {"registryType": "npm", "identifier": "a", "version": "1.0.0", "packageArguments": arguments}
    (service,) = mcp_json_services({"name": "lan.example/a", "packages": [package]})
    assert service["command"] == ["a", "--port", "1", "x"]


def test_what_a_registry_leaves_to_whoever_runs_it_is_asked_for():
    package = {"registryType": "pypi", "identifier": "a", "version": "1.0.0", "transport": {"type": "stdio"}}
    arguments = [
        {"type": "positional", "valueHint": "folder", "isRequired": True},
        {"type": "named", "name": "--log", "valueHint": "level"},
        {"type": "named", "name": "--mode", "default": "read", "isRequired": True},
    ]
    document = {"name": "lan.example/a", "packages": [{**package, "packageArguments": arguments}]}
    with pytest.raises(AnsibleFilterError, match="args hold a secret or a variable.*give all of them"):
        mcp_json_services(document)
    (service,) = mcp_json_services(document, {"a": {"args": ["a==1.0.0", "/srv", "--mode", "read"]}})
    assert service["command"] == ["a", "/srv", "--mode", "read"]
    more = {"runtimeArguments": [{"type": "named", "name": "--with", "value": "b"}]}
    with pytest.raises(AnsibleFilterError, match="the option --with of uvx cannot be carried"):
        mcp_json_services({"name": "a", "packages": [{**package, **more}]})


@pytest.mark.parametrize(
    "package",
    [
        {"registryType": "oci", "identifier": "h.lan/a:1"},
        {"registryType": "npm", "identifier": "a", "version": "1.0.0", "transport": {"type": "streamable-http"}},
    ],
)
def test_a_package_that_cannot_be_taken_is_said(package):
    with pytest.raises(AnsibleFilterError, match="and no package of npm or PyPI that speaks stdio: make the entry"):
        mcp_json_servers({"name": "a", "packages": [package]})


def test_a_list_of_what_programs_use():
    servers = [{"name": "a", "url": "https://h.lan/mcp"}, {"name": "b", "command": "npx", "args": ["p@1.0.0"]}]
    assert mcp_json_servers({"mcpServers": servers}) == [
        {"name": "a", "transport": "http", "url": "https://h.lan/mcp"},
    ]
    assert [each["name"] for each in mcp_json_services({"mcpServers": servers})] == ["b"]


@pytest.mark.parametrize("more", [{"tools": ["*"]}, {"cwd": None}, {"envFile": ""}, {"settings": {}}])
def test_a_field_that_asks_for_nothing(more):
    entry = {"url": "https://h.lan/mcp", **more}
    assert mcp_json_servers({"mcpServers": {"a": entry}}) == [
        {"name": "a", "transport": "http", "url": "https://h.lan/mcp"}
    ]


@pytest.mark.parametrize("more", [{"tools": []}, {"tools": ["read"]}, {"includeTools": []}, {"cwd": "/srv"}])
def test_a_field_that_asks_for_something(more):
    with pytest.raises(AnsibleFilterError, match="has no counterpart at a gateway"):
        mcp_json_servers({"mcpServers": {"a": {"url": "https://h.lan/mcp", **more}}})


@pytest.mark.parametrize("document", ['{"mcpServers": null}', '{"servers": null, "inputs": []}', '{"mcp": null}'])
def test_servers_without_a_value_are_none(document):
    assert mcp_json_servers(document) == []


def test_servers_that_are_none_are_said():
    with pytest.raises(AnsibleFilterError, match="^mcpServers is a text, where an object of servers belongs"):
        mcp_json_servers({"mcpServers": "a"})


def test_a_byte_order_mark_is_no_part_of_the_file():
    text = '\ufeff{"mcpServers": {"a": {"url": "https://h/mcp"}}}'
    for document in (text, text.encode(), text[1:].encode("utf-16")):
        assert mcp_json_servers(document) == [{"name": "a", "transport": "http", "url": "https://h/mcp"}]


def test_the_scope_local_of_claude_code():
    document = {
        "numStartups": 3,
        "mcpServers": {"everywhere": {"url": "http://a.lan/mcp"}},
        "projects": {
            "/home/ann/one": {"allowedTools": [], "mcpServers": {"notes": {"url": "http://b.lan/mcp"}}},
            "/home/ann/two": {"mcpServers": {"notes": {"url": "http://b.lan/mcp"}}},
            "/home/ann/three": {"history": []},
        },
    }
    assert [one["name"] for one in mcp_json_servers(document)] == ["everywhere", "notes"]
    del document["mcpServers"]
    assert [one["name"] for one in mcp_json_servers(document)] == ["notes"]
    document["projects"]["/home/ann/two"]["mcpServers"]["notes"]["url"] = "http://c.lan/mcp"
    with pytest.raises(AnsibleFilterError, match="'notes': it is there twice, and that of the project /home/ann/two"):
        mcp_json_servers(document)


SERVERS = [
    {"command": "npx", "args": ["-y", "@a/b@1.0.0", "--port", 1], "env": {"LANG": "en"}},
    {"command": "uvx", "args": ["--from", "a[all]==1.0", "a"], "env": ["LANG=en", "HOME"]},
    {"command": "cmd", "args": ["/c", "npx", "-p", "a@1", "-p", "b", "c"], "disabled": False},
    {"command": "npx", "args": ["mcp-remote", "https://h.lan/sse", "--header", "X-A:${A}"], "env": {"A": "b"}},
    {"type": "local", "command": ["uvx", "a"], "environment": {"A": None}, "enabled": "true"},
    {"command": {"path": "uvx", "args": ["a==1"], "env": {}}, "source": "custom"},
    {"type": "http", "url": "https://h.lan/mcp", "headers": {"X-A": "b", "Authorization": "Basic YTpi"}},
    {"url": "http://h.lan/sse", "headers": [{"name": "X-A", "value": 1}], "timeout": 5},
    {
        "name": "lan.example/a",
        "packages": [
            {
                "registryType": "npm",
                "identifier": "a",
                "version": "1.0.0",
                "environmentVariables": [{"name": "A", "default": "b"}],
                "packageArguments": [{"type": "named", "name": "--a", "value": "b"}],
            }
        ],
    },
    {"server": {"name": "b", "remotes": [{"type": "sse", "url": "https://h.lan/b", "headers": [{"name": "X-A"}]}]}},
]
PLACES = [
    lambda made, named, listed: {"mcpServers": named},
    lambda made, named, listed: {"servers": made.one([named, listed])},
    lambda made, named, listed: {"mcp": made.one([named, listed, {"servers": named}])},
    lambda made, named, listed: {"context_servers": named, "theme": "One"},
    lambda made, named, listed: {"projects": {"/a": {"mcpServers": named}, "/b": {"mcpServers": named}}},
    lambda made, named, listed: made.one(listed),
]


def document(seed, oddness):
    """A file's document as it is, as JSON, or as bytes of it."""
    made = Nonsense(seed)
    drawn = made.random.sample(SERVERS, made.one([1, 1, 2, 3]))
    named = {made.one(["a", "b-c", "b_c", "The Server", "é", "x" * 70]): one for one in drawn}
    whole = made.bent(made.one(PLACES)(made, named, drawn), oddness)
    form = made.random.random()
    if form < 0.5:
        return whole
    try:
        text = json.dumps(whole)
    except (TypeError, ValueError):  # what JSON cannot say
        return whole
    if made.luck(oddness * 2):
        at = made.random.randrange(len(text))
        text = (
            text[:at] + made.one(["", ",", "{", "//", "\0", "\ufeff", "NaN", "1" * 5000, "[" * 2000]) + text[at + 1 :]
        )
    return text if form < 0.8 else text.encode(made.one(["utf-8", "utf-16", "latin-1"]), "replace")


def ends(seed, oddness):
    """Whether a file ends in servers, by both filters."""
    whole = document(seed, oddness)
    made = Nonsense(seed)
    secrets = made.bent({"a": {"A": "b", "args": ["a@1.0.0"], "url": "https://h.lan"}}, oddness)
    versions = made.bent({"a": "1.0.0"}, oddness)
    found = True
    for run in (
        lambda: mcp_json_servers(whole, secrets, stdio=True),
        lambda: mcp_json_services(whole, secrets, versions),
    ):
        try:
            entries = run()
        except AnsibleFilterError as error:
            lines = error.message.split("\n")
            assert all(line.endswith(".") and line.isprintable() for line in lines), lines
            found = False
        else:
            for entry in entries:
                assert all(isinstance(one, str) for one in (*entry.get("args", ()), *entry.get("command", ())))
                complete(entry) if "package" in entry else None
    return found


@settings(max_examples=300, **CHECKS)
@given(seed=SEEDS, oddness=st.sampled_from([0, 0.02, 0.1, 0.3]))
def test_whatever_the_file_holds_is_servers_or_a_sentence(seed, oddness):
    ends(seed, oddness)


@pytest.mark.slow
@settings(max_examples=10_000, **CHECKS)
@given(seed=SEEDS, oddness=st.sampled_from([0, 0.02, 0.1, 0.3]))
def test_many_files(seed, oddness):
    ends(seed, oddness)


def test_both_ends_are_met():
    made = [ends(seed, 0.02) for seed in range(200)]
    assert made.count(True) > 10 and made.count(False) > 30


@settings(max_examples=300, **CHECKS)
@given(st.one_of(st.binary(), st.text(), st.text().map(lambda text: "{" + text)))
def test_any_text_is_servers_or_a_sentence(text):
    with contextlib.suppress(AnsibleFilterError):
        assert isinstance(mcp_json_servers(text), list)


def test_the_worked_examples_are_true():
    """What the documentation says to come out comes out."""
    for plugin, run in ((servers_plugin, _servers_example), (services_plugin, _services_example)):
        told = [line.removeprefix("# ").strip() for line in plugin.EXAMPLES.splitlines() if line.startswith("#")]
        start = next(number for number, line in enumerate(told) if number and line.startswith(("[", "mcp_servers is")))
        document = json.loads("".join(told[:start]).partition(": ")[2])
        outcome = yaml.safe_load(
            "\n".join(told[start:]).removeprefix("mcp_servers is now ").replace("(the token)", "t")
        )
        assert run(document) == outcome


def _servers_example(document):
    return mcp_json_servers(document, secrets={"web-search": {"Authorization": "Bearer t"}})


def _services_example(document):
    return mcp_json_services(document, {"Notes": {"NOTES_TOKEN": "t"}}, {"Notes": "1.2.3"})


words = st.text(string.ascii_letters + string.digits + "-_. /", min_size=1, max_size=10).filter(str.strip)
# Of LiteLLM's own routes the engine says that they are no names.
names = words.filter(lambda name: name not in ("sse", "proxy"))
secret = st.text(string.ascii_letters + string.digits, min_size=24, max_size=28).map("planted".__add__)
placed = st.sampled_from(
    [
        lambda value: {"headers": {"Authorization": value}},
        lambda value: {"headers": {"X-Note": f"Bearer {value}"}},
        lambda value: {"env": {"GITHUB_TOKEN": value}},
        lambda value: {"env": {"DATABASE_URI": f"postgresql://u:{value}@db.lan/x"}},
        lambda value: {"args": ["pkg@1.0.0", "--api-key", value]},
        lambda value: {"args": ["pkg@1.0.0", f"--token={value}"]},
        lambda value: {"url": f"http://s.lan/mcp?api_key={value}"},
    ]
)
base = st.sampled_from(
    [{"url": "http://s.lan/mcp"}, {"type": "sse", "url": "http://s.lan/x"}, {"command": "npx", "args": ["pkg@1.0.0"]}]
)


@settings(deadline=None)
@given(st.dictionaries(words, st.tuples(base, placed, secret), min_size=1, max_size=4))
def test_no_secret_of_the_file_is_ever_taken_over(drawn):
    planted = [value for _base, _place, value in drawn.values()]
    document = {"mcpServers": {name: {**one, **place(value)} for name, (one, place, value) in drawn.items()}}
    for run in (lambda: mcp_json_servers(document, stdio=True), lambda: mcp_json_services(document)):
        try:
            said = str(run())
        except AnsibleFilterError as error:
            said = str(error)
        assert [value for value in planted if value in said] == []


@settings(deadline=None)
@given(st.dictionaries(names, base, max_size=5), st.sampled_from(["1.77.3", "1.108.7"]))
def test_what_is_taken_over_is_what_the_engine_takes(document, version):
    try:
        entries = mcp_json_servers({"mcpServers": document}, stdio=True)
    except AnsibleFilterError as error:
        assert "rename" in str(error)
        return
    assert len(entries) == len(document)
    assert Reconciler(None, version=version).refusals(checked({"mcp_servers": entries}), alone=True) == []


def test_the_form_of_opencode():
    """https://opencode.ai/docs/mcp-servers: a list as the command, and environment."""
    document = {
        "$schema": "https://opencode.ai/config.json",
        "mcp": {
            "notes": {
                "type": "local",
                "command": ["npx", "-y", "@scope/notes@1.2.3"],
                "environment": {"LANG": "en"},
                "enabled": True,
            },
            "hub": {"type": "remote", "url": "https://hub.lan/mcp", "headers": {"X-Region": "eu"}},
            "off": {"type": "remote", "url": "https://off.lan/mcp", "enabled": False},
        },
    }
    assert mcp_json_servers(document) == [
        {"name": "hub", "transport": "http", "url": "https://hub.lan/mcp", "static_headers": {"X-Region": "eu"}}
    ]
    (notes,) = mcp_json_services(document)
    assert notes["package"] == {"npm": "@scope/notes", "version": "1.2.3"} and notes["environment"] == {"LANG": "en"}


@pytest.mark.parametrize(
    "entry",
    [
        {"source": "custom", "command": "uvx", "args": ["mcp-notes==1.2.3"], "env": {"LANG": "en"}},
        {"command": {"path": "uvx", "args": ["mcp-notes==1.2.3"], "env": {"LANG": "en"}}},
    ],
    ids=["now", "before"],
)
def test_the_form_of_zed(entry):
    """https://zed.dev/docs/ai/mcp: context_servers, in the middle of all its settings."""
    document = {"theme": "One Dark", "context_servers": {"notes": entry, "hub": {"url": "https://hub.lan/mcp"}}}
    (notes,) = mcp_json_services(document)
    assert notes["package"] == {"pypi": "mcp-notes", "version": "1.2.3"} and notes["environment"] == {"LANG": "en"}
    assert [one["url"] for one in mcp_json_servers(document)] == ["https://hub.lan/mcp"]


@pytest.mark.parametrize(
    ("args", "transport", "headers"),
    [
        (["-y", "mcp-remote", "https://hub.lan/mcp"], "http", None),
        (["mcp-remote@0.1.38", "https://hub.lan/sse", "3334"], "sse", None),
        (["mcp-remote@latest", "https://hub.lan/mcp", "--transport", "sse-only", "--allow-http"], "sse", None),
        (["mcp-remote", "https://hub.lan/sse", "--transport", "http-first"], "http", None),
        (["-y", "mcp-remote", "https://hub.lan/mcp", "--header", "X-Region:${REGION}"], "http", {"X-Region": "eu"}),
    ],
)
def test_what_is_behind_mcp_remote_is_a_server_at_a_url(args, transport, headers):
    entry = {"command": "npx", "args": args, "env": {"REGION": "eu"}}
    (server,) = mcp_json_servers({"mcpServers": {"hub": entry}})
    assert server["transport"] == transport and server["url"] == args[2 if args[0] == "-y" else 1]
    assert server.get("static_headers") == headers
    assert mcp_json_services({"mcpServers": {"hub": entry}}) == []


def test_of_a_header_behind_mcp_remote_no_secret_is_taken():
    args = ["mcp-remote", "https://hub.lan/mcp", "--header", "Authorization:${AUTH}"]
    entry = {"command": "npx", "args": args, "env": {"AUTH": "Bearer " + "x" * 24}}
    with pytest.raises(AnsibleFilterError) as failed:
        mcp_json_servers({"mcpServers": {"hub": entry}})
    assert "x" * 24 not in str(failed.value)


def test_other_options_of_mcp_remote_are_left_to_it():
    entry = {"command": "npx", "args": ["mcp-remote@0.1.38", "https://hub.lan/mcp", "--resource", "hub"]}
    assert [one["package"]["npm"] for one in mcp_json_services({"mcpServers": {"hub": entry}})] == ["mcp-remote"]
