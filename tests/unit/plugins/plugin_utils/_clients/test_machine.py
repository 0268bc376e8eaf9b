# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a Windows machine. No PowerShell runs here: this shows the controller's half, not the scripts'."""

from __future__ import annotations

import base64
import gzip
import json

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients import environment, plan, windows
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients.machine import Windows
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients.posix import Write
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError

DEFAULTS = {"url": "http://linuxserver.lan:4000/mcp/", "server_name": "litellm"}
OLD = b'\xef\xbb\xbf{\r\n  "theme": "dark"\r\n}\r\n'
CLAUDE = "%USERPROFILE%\\.claude.json"
ZED = "%APPDATA%\\Zed\\settings.json"


def items(*clients):
    return [plan.item_from({"user": "Alice", "client": name}, DEFAULTS, "sk-windows") for name in clients]


class Asked:
    """Keeps what was asked, and answers a read as the script does."""

    def __init__(self, user="alice"):
        self.user = user
        self.desired = []
        self.contents = []
        self.became, self.said = "done", []

    def __call__(self, arguments):
        packed = "".join(part["value"] for part in arguments["sensitive_parameters"])
        assert set(arguments) == {"script", "sensitive_parameters"} and "sk-windows" not in arguments["script"]
        first, *self.contents = gzip.decompress(base64.b64decode(packed)).split(b"\n")
        desired = json.loads(first)
        self.desired.append(desired)
        if arguments["script"].endswith(windows.WRITE):
            return {"done": {each["number"]: self.became for each in desired["files"]}, "said": self.said}
        old = {"kind": "file", "data": base64.b64encode(OLD).decode(), "checksum": "c", "private": False}
        files = {each["number"]: old if each["path"] == CLAUDE else {"kind": "absent"} for each in desired["files"]}
        home = "C:\\Users\\Alice"
        return {
            "user": self.user,
            "home": home,
            "files": files,
            "variables": dict.fromkeys(desired["variables"]),
            "unknown": desired["names"],
            "reached": len(desired["urls"]) - 1 if desired["urls"] else None,
            "administrator": True,
        }


def test_files_go_there_with_their_mark_and_line_ends_and_keys_go_to_the_registry():
    asked = Asked()
    machine = Windows(asked)
    desired = items("claude-code", "zed")
    accounts, files = machine.read(desired)
    assert accounts["Alice"].system == "windows" and accounts["Alice"].home == "C:\\Users\\Alice"
    assert {path for _user, path in files} == {
        CLAUDE,
        ZED,
        environment.CA_FILES["windows"],
        "HKEY_CURRENT_USER\\Environment",
    }

    claude, zed = desired
    edited = claude.places("windows")[0].edit(files["Alice", CLAUDE].data)
    assert edited.startswith(b"\xef\xbb\xbf{\r\n") and edited.count(b"\n") == edited.count(b"\r\n")
    variables = plan.variable_edit(desired, {})(files["Alice", environment.FILES["windows"]].data)
    done, complaints = machine.write(
        {
            ("Alice", environment.FILES["windows"]): Write("", variables, 0o600, "-"),
            ("Alice", CLAUDE): Write(CLAUDE, edited, 0o644, "c", "1.bak"),
            ("Alice", ZED): Write(ZED, zed.places("windows")[0].edit(None), 0o600, "-"),
        }
    )
    assert set(done.values()) == {"done"} and complaints == ""
    written = asked.desired[-1]
    assert written["variables"] == [{"name": "MCP_LAN_KEY_CLAUDE_CODE", "value": "sk-windows"}]
    assert [(each["path"], each["private"], each["checksum"], each["backup"]) for each in written["files"]] == [
        (CLAUDE, False, "c", "1.bak"),
        (ZED, True, "-", ""),
    ]
    assert base64.b64decode(asked.contents[written["files"][0]["line"] - 1]) == edited


def test_why_a_file_could_not_be_written_is_said():
    asked = Asked()
    asked.became, asked.said = "error", ["%APPDATA%\\Zed\\settings.json: it is open"]
    machine = Windows(asked)
    machine.read(items("zed"))
    done, complaints = machine.write({("Alice", ZED): Write(ZED, b"{}", 0o600, "-")})
    assert done == {("Alice", ZED): "error"} and complaints == asked.said[0]


def test_a_variable_that_goes_is_taken_out_of_the_registry():
    asked = Asked()
    machine = Windows(asked)
    machine.read(items("claude-code"))
    machine.write({("Alice", environment.FILES["windows"]): Write("", None, 0o600, "-")})
    assert asked.desired[-1]["variables"] == [{"name": "MCP_LAN_KEY_CLAUDE_CODE", "value": None}]


def test_only_the_user_that_is_connected_to_can_be_written_for():
    with pytest.raises(UserError, match="connect as Alice, not as Administrator"):
        Windows(Asked("Administrator")).read(items("zed"))


def test_windows_has_no_profiles_to_edit():
    assert plan.environment_edits("windows", "", set(), True) == {}


def test_names_and_addresses_are_tried_and_the_hosts_file_is_read():
    asked = Asked()
    machine = Windows(asked)
    fallback = "https://gateway.example.com:4000/health/liveliness"
    _accounts, files = machine.read(items("zed"), ["http://linuxserver.lan:4000/health/liveliness", fallback], True)
    (desired,) = asked.desired
    assert desired["names"] == ["gateway.example.com", "linuxserver.lan"] and desired["urls"][1] == fallback
    assert machine.reached == 1 and machine.unknown_names == desired["names"] and machine.may_write_hosts
    assert machine.hosts == ("Alice", "%SystemRoot%\\System32\\drivers\\etc\\hosts") and machine.hosts in files
    edited = plan.hosts_edit({"linuxserver.lan": "192.168.1.20"})(b"127.0.0.1 localhost\r\n")
    assert edited == b"127.0.0.1 localhost\r\n192.168.1.20 linuxserver.lan  # mcp_lan.litellm\r\n"
    machine.write({machine.hosts: Write(machine.hosts[1], edited, 0o644, "c")})
    (written,) = asked.desired[-1]["files"]
    assert written["path"] == windows.HOSTS and not written["private"]
