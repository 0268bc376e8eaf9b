# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes of configuration files of public repositories, each in its least form: what is edited and imported.

The repository and the file beside each say where a shape is from; the words are our own. What is to be added stands in
the files already, behind a bar at the beginning of its lines; a ~ is a comma that comes with it. Without those it is
the file before. LiteLLM's own are in test_real_litellm_shapes.py.
"""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.filter.mcp_json_servers import mcp_json_servers
from ansible_collections.mcp_lan.litellm.plugins.filter.mcp_json_services import mcp_json_services
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients.declaration import in_list
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients.registry import CLIENTS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._edit.entry import get_entry, remove_entry, set_entry
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._edit.text import RefusedEdit
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._mcp_services.catalogue import complete

ENTRY = {"url": "http://gateway.lan:4000/mcp/"}

# AmanVarshney01/dotfiles, .config/zed/settings.json: after the last member nothing but comments, in which braces are
# opened and not closed, and tabs; an object that holds a comment and nothing else; no comma behind the last.
ZED = """{
  "vim": false,
  // "shape": "block",
  "finder": {
    // "width": "large"
  },
  "over.rides": {
    "text": "#A1B2C3"
  }~
  // "servers": ["!one", "..."],
  // "languages": {
  // \t"Python": {
  // \t\t"formatter": [ { "x": {
|  "context_servers": {
|    "litellm": {
|      "url": "http://gateway.lan:4000/mcp/"
|    }
|  }
}
"""
# The same, where it is the object of the servers that holds comments alone.
ZED_COMMENTS = """{
  "context_servers": {
    // "one": { "url": "http://one.lan" },
    /* and
       another */
|    "litellm": {
|      "url": "http://gateway.lan:4000/mcp/"
|    }
  }
}
"""
# 46ki75/internal, opencode.jsonc: four spaces outside and two inside; commas behind the last member in the one object
# and not in the other; a server's name with a space; no line end.
OPENCODE = """{
    "$schema": "https://schema.lan/config.json",
    "references": {
        "parts": {
            "branch": "main",
        },
    },
    "mcp": {
      "Our Docs": {
        "type": "remote",
        "url": "https://docs.lan"
      }~
|      "litellm": {
|          "url": "http://gateway.lan:4000/mcp/"
|      }
    },
}"""
# 27priyanshu/MCP-Server-for-DevOps-on-WSL, claude_desktop_config.json: a server that was pasted without its
# indentation, an empty line before the end, paths of Windows, and a program that is started by another system's
# shell.
DESKTOP = """{
  "mcpServers": {
    "Books": {
      "command": "C:\\\\code\\\\venv\\\\python.exe",
      "args": ["C:\\\\code\\\\server.py"]
    },
    "wsl-ops": {
  "command": "wsl.exe",
  "args": [
    "-d", "Ubuntu",
    "bash", "-c",
    "source env/bin/activate && python3 server.py"
  ]
}~
|    "litellm": {
|      "url": "http://gateway.lan:4000/mcp/"
|    }

  }
}
"""
# Ardakilic/dotfiles, .claude.json: a long line of spaces behind the end and no line end; a header without a value.
CLAUDE = """{
  "mcpServers": {
    "docs": {
      "type": "http",
      "url": "https://docs.lan/mcp",
      "headers": {
        "DOCS_API_KEY": ""
      }
    }~
|    "litellm": {
|      "url": "http://gateway.lan:4000/mcp/"
|    }
  }
}                                                                      """
# AIRix315/AiMatrix, .roo/mcp.json: all of it in one line, without a space or a line end.
ROO = (
    '{"mcpServers":{"files":{"command":"npx","args":["-y","files","e://Work//One"],"alwaysAllow":["write"]},'
    '"time":{"command":"uvx","args":["time"]}}}'
)
# ClickHouse/agentic-data-stack, librechat.yaml: the name of the servers once more, inside of another section; comments
# behind values and before sections; names with capitals and dashes.
LIBRECHAT = """# Ours
version: 1.3.1

interface:
  modelSelect: true

  # What users may
  mcpServers:
    use: true # yes
    share: false # no

endpoints:
  openAI:
    fetch: true

mcpServers:
  Store-Local:
    type: streamable-http
    url: http://store.lan:8000/mcp
    timeout: 60000 # a minute
    headers:
      Authorization: "Bearer ${STORE}"
  Store-Cloud:
    url: https://store.lan/mcp
    timeout: 60000 # a minute
|  litellm:
|    url: "http://gateway.lan:4000/mcp/"
"""
# theherk/commons, .config/goose/config.yaml: paths as keys, empty mappings on one line, brackets in a plain text,
# quotes around a colon; more settings behind the extensions, which the program has written in no order.
GOOSE = """plugins:
  /home/ann/.agents/plugins/notify:
    enabled: true
extensions:
  look:
    description: 'Look: at all, at one'
  search:
    args:
      - --from
      - search[mcp]
    envs: {}
  tickets:
    headers: {}
    bundled: false
|  litellm:
|    url: "http://gateway.lan:4000/mcp/"
EFFORT: medium
providers:
  mine:
    model: a/b-5
editor_always: false
"""
# Curmens/ai-router-gateway, .continue/config.yaml: a first line for editors; names with brackets; texts with three
# braces; empty lines between the items of a list; no list of servers.
CONTINUE = """# yaml-language-server: $schema=https://schema.lan/config.json
name: Router
version: 1.0.0
schema: v1

models:
  - name: Auto (Smart)
    apiKey: $ROUTER

  - name: Slow (Paid)
    apiKey: $ROUTER

prompts:
  - name: review
    prompt: "Look at this: {{{ input }}}"
|mcpServers:  # made by mcp_lan.litellm
|  - name: "litellm"
|    url: "http://gateway.lan:4000/mcp/"
"""
# affaan-m/everything-claude-code, .codex/config.toml: a schema, a preface of several paragraphs, a list over lines with
# brackets in its texts, and a commented-out table between others that has our table's name.
CODEX = """#:schema https://schema.lan/config.json

# What this is for
#
# - told there

# Leave `model` as it is.
policy = "ask"

notify = [
  "notifier",
  "-title", "[mcp_servers.litellm]",
]

[mcp_servers.parts-list]
command = "npx"
args = ["-y", "parts@latest"]

# More (take away the #):
# [mcp_servers.litellm]
# command = "npx"

[features]
# on by itself
multi = true

[agents.docs]
file = "docs.toml"
|
|[mcp_servers.litellm]
|url = "http://gateway.lan:4000/mcp/"
"""
EDITS = {
    "zed": ("zed", ZED),
    "zed, comments alone": ("zed", ZED_COMMENTS),
    "opencode": ("opencode", OPENCODE),
    "claude_desktop": ("claude-desktop", DESKTOP),
    "claude_code": ("claude-code", CLAUDE),
    "librechat": ("librechat", LIBRECHAT),
    "goose": ("goose", GOOSE),
    "continue": ("continue", CONTINUE),
    "codex": ("codex", CODEX),
}


def without_entry(marked):
    """The file before: no lines with a bar, and no comma for them."""
    return "".join(line for line in marked.splitlines(keepends=True) if not line.startswith("|")).replace("~", "")


def with_entry(marked):
    return "".join(line.removeprefix("|") for line in marked.splitlines(keepends=True)).replace("~", ",")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("shape", EDITS)
def test_an_entry_comes_changes_and_goes(shape, newline, encoding):
    program, marked = EDITS[shape]
    client = CLIENTS[program]
    path = (*client.parent, in_list("litellm") if client.listed else "litellm")
    entry = {"name": "litellm", **ENTRY} if client.listed else ENTRY
    before = without_entry(marked).replace("\n", newline).encode(encoding)
    desired = with_entry(marked).replace("\n", newline).encode(encoding)
    after = set_entry(client.format, before, path, entry)
    assert after.decode(encoding) == desired.decode(encoding) and after == desired
    assert get_entry(client.format, after, path) == entry and get_entry(client.format, before, path) is None
    assert set_entry(client.format, after, path, entry) == after
    changed = set_entry(client.format, after, path, {**entry, "url": "http://other.lan/mcp/"})
    assert changed == desired.replace(b"gateway.lan:4000", b"other.lan")
    assert remove_entry(client.format, after, path) == remove_entry(client.format, changed, path) == before


def test_an_entry_of_a_file_of_one_line():
    client = CLIENTS["roo-code"]
    path = (*client.parent, "litellm")
    after = set_entry(client.format, ROO.encode(), path, ENTRY)
    assert after.decode() == ROO[:-2] + ',"litellm":{"url":"http://gateway.lan:4000/mcp/"}}}'
    assert remove_entry(client.format, after, path) == ROO.encode()


def test_a_model_of_a_list_goes_between_its_items_and_what_follows():
    """Continue's other list: the empty line before the next section stays where it is."""
    path = ("models", in_list("litellm"))
    before = without_entry(CONTINUE)
    after = set_entry("yaml", before.encode(), path, {"name": "litellm", "model": "small"}).decode()
    item = '    apiKey: $ROUTER\n  - name: "litellm"\n    model: "small"\n\nprompts:'
    assert after == before.replace("    apiKey: $ROUTER\n\nprompts:", item)
    assert remove_entry("yaml", after.encode(), path) == before.encode()


def test_a_key_at_the_top_goes_below_the_schema_and_above_the_preface():
    before = without_entry(CODEX)
    after = set_entry("toml", before.encode(), ("model_provider",), "litellm").decode()
    assert after == before.replace(".json\n\n", '.json\n\nmodel_provider = "litellm"\n', 1)
    assert remove_entry("toml", after.encode(), ("model_provider",)) == before.encode()


# AllenOnAzure/MCP-Server, claude_desktop_config.json: lines with # above the object, with a path of Windows in them.
HASH = '#on your computer:\n#C:\\Users\\<user>\\claude\n\n{\n  "mcpServers": {\n    "one": {"command": "npx"}\n  }\n}\n'


@pytest.mark.parametrize("kind", ["json", "jsonc"])
def test_a_sign_that_is_no_comment_is_said_with_its_place(kind):
    said = r"line 1, column 1: this is not valid JSON: Expecting value \(a line with # is no comment here\)"
    with pytest.raises(RefusedEdit, match=said):
        set_entry(kind, HASH.encode(), ("mcpServers", "litellm"), ENTRY)
    with pytest.raises(AnsibleFilterError, match=said):
        mcp_json_servers(HASH)


def test_a_header_without_a_value_is_taken_over_as_it_is():
    (docs,) = mcp_json_servers(without_entry(CLAUDE))
    assert docs == {
        "name": "docs",
        "transport": "http",
        "url": "https://docs.lan/mcp",
        "static_headers": {"DOCS_API_KEY": ""},
    }


def test_programs_of_another_system_are_each_said_in_one_sentence():
    with pytest.raises(AnsibleFilterError) as raised:
        mcp_json_services(without_entry(DESKTOP))
    books, wsl = str(raised.value).split("\n")
    assert books.startswith(r"MCP server 'Books': 'C:\\code\\venv\\python.exe' cannot be carried into mcp_services")
    assert wsl.startswith("MCP server 'wsl-ops': 'wsl.exe' cannot be carried into mcp_services")
    assert mcp_json_servers(without_entry(DESKTOP)) == []


# 1zhixingheyi/lianghua_nv, .roo/mcp.json: addresses as names, of which one is too long for a network; servers that are
# switched off, with what could not be carried; numbers of tokens; fields of the program's own before and behind.
NAMES = """{
  "mcpServers": {
    "Data Base": {"disabled": true, "type": "stdio", "command": "own_server", "args": [], "env": {"PASSWORD": "${P}"}},
    "git.lan/tools/fetch-mcp": {
      "autoApprove": ["fetch"],
      "disabled": false,
      "timeout": 60,
      "type": "stdio",
      "command": "npx",
      "args": ["-y", "@tools/fetch@1.2.3"],
      "env": {"DEFAULT_MINIMUM_TOKENS": "10000"},
      "alwaysAllow": ["fetch"]
    }
  }
}"""


def test_addresses_as_names_and_numbers_of_tokens():
    (service,) = mcp_json_services(NAMES)
    assert service == {
        "name": "git.lan-tools-fetch-mcp",
        "package": {"npm": "@tools/fetch", "version": "1.2.3"},
        "command": ["@tools/fetch"],
        "environment": {"DEFAULT_MINIMUM_TOKENS": "10000"},
    }
    assert complete(service)["registration"]["url"] == "http://mcp-git.lan-tools-fetch-mcp:8000/mcp"
    assert [one["name"] for one in mcp_json_servers(NAMES, stdio=True)] == ["git.lan_tools_fetch_mcp"]


def test_a_name_that_is_too_long_for_a_network_is_said():
    name = "git.lan/" + "/".join(
        ["tools", "of", "all", "the", "kinds", "there", "are", "and", "of", "some", "more", "to", "come", "thinking"]
    )
    document = {"mcpServers": {name: {"command": "npx", "args": ["@tools/think@1.0.0"]}}}
    with pytest.raises(AnsibleFilterError, match=f"'{name}': its name is too long for the container's, .*: rename it"):
        mcp_json_services(document)
    entry = {"name": "a" * 60, "image": {"repository": "registry.lan/a", "tag": "1", "digest": "sha256:" + "0" * 64}}
    with pytest.raises(UserError, match="its container would be called mcp-aaa.*more than 63 letters between dots"):
        complete(entry)
    assert complete({**entry, "container_name": "mcp-short"})["container_name"] == "mcp-short"


# ailevelup-ai/heal-mcp, reference/windows-issues.md (configuration files in a document): what Windows needs before
# npx, a shell that starts it.
@pytest.mark.parametrize(
    ("command", "args"),
    [
        ("cmd", ["/c", "npx", "-y", "parts@1.0.0", "--read-only"]),
        ("C:\\Windows\\System32\\CMD.EXE", ["/C", "npx.cmd", "-y", "parts@1.0.0", "--read-only"]),
        (["cmd", "/c", "npx"], ["-y", "parts@1.0.0", "--read-only"]),
        ("C:\\Program Files\\nodejs\\npx.cmd", ["-y", "parts@1.0.0", "--read-only"]),
    ],
)
def test_what_windows_needs_before_a_program_is_none_of_the_server(command, args):
    document = {"mcpServers": {"parts": {"command": command, "args": args}}}
    (service,) = mcp_json_services(document)
    assert (service["package"], service["command"]) == (
        {"npm": "parts", "version": "1.0.0"},
        ["parts", "--read-only"],
    )
    (server,) = mcp_json_servers(document, stdio=True)
    assert server["command"].endswith(("npx", "npx.cmd"))
    assert server["args"] == ["-y", "parts@1.0.0", "--read-only"]
