# SPDX-License-Identifier: GPL-3.0-or-later
"""Every client's file on each operating system, as the golden files show it.

`MCP_LAN_GOLDEN=write` writes them anew, to be read before they are committed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients import environment
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients.declaration import SYSTEMS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients.plan import item_from
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients.registry import CLIENTS, find

GOLDEN = Path(__file__).parent / "golden"
KEY = "sk-golden-file"
GATEWAY = "http://linuxserver.lan:4000"
DEFAULTS = {"gateway": GATEWAY, "url": f"{GATEWAY}/mcp/", "server_name": "litellm"}

# What was in the user's file before: what the golden files must show unharmed.
BEFORE = {
    "json": '{\n    "theme": "dark",\n    "PARENT": {\n        "mine": {"url": "https://example.com/mcp"}\n    }\n}\n',
    "jsonc": '{\n  // how I like it\n  "theme": "dark",\n'
    '  "PARENT": {\n    "mine": { "url": "https://example.com/mcp" }, // keep\n  },\n}\n',
    "toml": '# how I like it\nmodel = "x"  # keep\n\n[PARENT.mine]\nurl = "https://example.com/mcp"\n',
    "yaml": "# how I like it\nmodel: x  # keep\nPARENT:\n    mine:\n        url: 'https://example.com/mcp'\n",
}


LISTED = "# how I like it\nname: my own  # keep\nversion: 0.0.1\nschema: v1\nPARENT:\n    - name: mine\n      url: 'https://example.com/mcp'\n"


def before_of(client) -> str:
    return (LISTED if client.listed else BEFORE[client.format]).replace("PARENT", client.parent[0])


def item(client, **options):
    return item_from({"user": "alice", "client": client.name, **options}, DEFAULTS, KEY).places("linux")[0]


def golden(client) -> str:
    shown = [f"client: {client.name} ({client.title})", f"established: {client.established}"]
    shown += [f"{system}: {client.paths.get(system, '-')}" for system in SYSTEMS]
    shown += [f"project: {client.project or '-'}", f"transports: {', '.join(client.transports)}", ""]
    before = before_of(client)
    parts = [("a new file", None, {}), ("a file that is there", before, {}), ("CRLF", before.replace("\n", "\r\n"), {})]
    parts += [("the key in the file", None, {"key_in": "file"})] if client.reference else []
    parts += [("SSE", None, {"transport": "sse"})] if "sse" in client.transports else []
    for title, text, options in parts:
        made = item(client, **options).edit(None if text is None else text.encode()).decode()
        shown += [f"== {title}", made.replace("\r\n", "␍\n").removesuffix("\n"), ""]
    return "\n".join(shown)


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_golden(client):
    file = GOLDEN / f"{client.name}.txt"
    if os.environ.get("MCP_LAN_GOLDEN") == "write":
        file.write_text(golden(client), encoding="utf-8")
    assert golden(client) == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_what_each_declaration_keeps_to(client):
    assert re.fullmatch(r"[a-z0-9-]+", client.name)
    assert client.transports and set(client.transports) <= {"http", "sse"}
    assert set(client.paths) == set(SYSTEMS)
    assert client.established.split()[0] in ("tried", "read", "documentation", "documentation;", "as")
    for system in ("linux", "macos"):
        assert client.paths[system].startswith("~/") and "\\" not in client.paths[system]
    assert re.match(r"%(USERPROFILE|APPDATA)%\\", client.paths["windows"]) and "/" not in client.paths["windows"]


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_the_key_is_in_the_file_only_where_it_has_to_be(client):
    assert (KEY in item(client).edit(None).decode()) == (client.reference is None)
    assert KEY not in item(client).shown(item(client, key_in="file").edit(None))
    assert KEY in item(client, key_in="file").edit(None).decode()


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_an_entry_comes_and_goes(client):
    before = before_of(client).encode()
    for start in (None, before, b"\xef\xbb\xbf" + before, before.decode().encode("utf-16")):
        after = item(client).edit(start)
        assert item(client).edit(after) == after
        assert item(client, state="absent").edit(after) == start


MODELS = [client for client in CLIENTS.values() if client.models]


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("client", MODELS, ids=[client.name for client in MODELS])
def test_models(client, system):
    options = {"user": "alice", "client": client.name, "models": True, "model": "gpt-x"}
    shown = []
    files: dict[str, bytes | None] = {}
    for place in item_from(options, DEFAULTS, KEY).places(system):
        files[place.file] = place.edit(files.get(place.file))
    for path, data in files.items():
        assert (KEY.encode() in data) == (client.reference is None or path.endswith(".env"))
        shown += [f"== {path}", data.decode()]
    file = GOLDEN / f"models-{client.name}-{system}.txt"
    if os.environ.get("MCP_LAN_GOLDEN") == "write":
        file.write_text("\n".join(shown), encoding="utf-8")
    assert "\n".join(shown) == file.read_text(encoding="utf-8")
    others = {"json": b"{}\n", "jsonc": b"{}\n", "toml": b"x = 1\n", "yaml": b"x: 1\n", "env": b"X=1\n"}
    for empty in (True, False):
        files, before = {}, {}
        for state in ("present", "absent"):
            for place in item_from({**options, "state": state}, DEFAULTS, KEY).places(system):
                full = before_of(client).encode() if client.listed else others[place.format]
                before.setdefault(place.file, None if empty else full)
                files[place.file] = place.edit(files.get(place.file, before[place.file]))
        assert files == before


def test_there_are_more_than_twenty():
    assert len(CLIENTS) > 20
    assert [client.transports for client in CLIENTS.values() if client.name == "codex"] == [("http",)]


@pytest.mark.parametrize(
    "options, says",
    [
        ({"client": "nosuch"}, "there is no client 'nosuch'; known are amazon-q"),
        ({"client": "codex", "transport": "sse"}, "Codex CLI of alice: Codex CLI does not speak sse, only http"),
        ({"client": "zed", "models": True}, "how Zed is pointed at other models is not known"),
        ({"client": "continue", "models": True}, "Continue wants its models by name; give model with models"),
        ({"client": "codex", "server_name": "my server"}, "server_name 'my server' may hold letters"),
        ({"client": "codex", "variable": "1X"}, "'1X' is not a name for a variable"),
    ],
)
def test_what_is_refused(options, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        item_from({"user": "alice", **options}, DEFAULTS, KEY)


@pytest.mark.parametrize(
    "key, says", [(None, "a key is needed"), ("sk $(x)", "no bearer token"), ("a\nb", "no bearer token")]
)
def test_a_key_that_cannot_be_one_is_refused(key, says):
    with pytest.raises(ValueError, match=says):
        item_from({"user": "alice", "client": "codex"}, DEFAULTS, key)


def test_a_client_is_found_by_its_other_names():
    assert find("Codex_CLI") is find("codex")


def test_each_client_has_a_variable_of_its_own():
    names = [environment.variable_for(name) for name in CLIENTS]
    assert len(set(names)) == len(names)
    assert all(environment.NAME.match(name) for name in names)


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_the_documentation_lists_it(client):
    page = Path(__file__).parents[5] / "docs" / "clients.md"
    secret = f"`{client.reference}`" if client.reference else "no: in the file, 0600"
    row = (
        f"| {client.title} | `{client.name}` | `{client.paths['linux']}` | {secret} | {', '.join(client.transports)} |"
    )
    assert row in page.read_text(encoding="utf-8")
