# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be seen of the PowerShell scripts without a PowerShell: their grammar, and names that are taken.

The grammar is tree-sitter's. Windows PowerShell 5.1 reads a file without a mark as ANSI, so that there is only ASCII.
"""

from __future__ import annotations

import base64
import gzip
import json
import re

import pytest
import tree_sitter
import tree_sitter_powershell
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients import bundle, plan, windows
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients.posix import Write
from tree import TOP

DEFAULTS = {
    "gateway": "http://linuxserver.lan:4000",
    "url": "http://linuxserver.lan:4000/mcp/",
    "server_name": "litellm",
}
PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
SCRIPTS = {
    "read": windows.arguments(windows.READ, {})["script"],
    "write": windows.arguments(windows.WRITE, {})["script"],
    "functions.ps1": windows.COMMON,
    "install.ps1": (TOP / "roles/client_configs/files/bundle/install.ps1").read_text(encoding="utf-8"),
}
# Those that PowerShell makes by itself, and that mean something else to it.
AUTOMATIC = {"args", "error", "event", "home", "host", "input", "matches", "pid", "profile", "pwd", "sender", "this"}
# Cmdlets, not functions of a module: a 5.1 that a newer one has started may not find those (Get-FileHash is one).
CMDLETS = {
    *(
        "convertfrom-csv",
        "convertfrom-json",
        "copy-item",
        "foreach-object",
        "get-childitem",
        "get-command",
        "get-item",
        "join-path",
    ),
    *(
        "new-item",
        "new-object",
        "read-host",
        "remove-item",
        "select-object",
        "start-sleep",
        "test-path",
        "where-object",
    ),
}


def walk(node):
    yield node
    for child in node.children:
        yield from walk(child)


def scope(node):
    """The function that a node is in, or the whole script."""
    while node.parent and node.type != "function_statement":
        node = node.parent
    return node


def names(node):
    return [each.text.decode().lstrip("$").lower() for each in walk(node) if each.type == "variable"]


def problems(script):
    """Where the grammar does not hold, and which parameters and variables of PowerShell's own are written to."""
    root = PARSER.parse(script.encode()).root_node
    found = [f"line {each.start_point[0] + 1}: {each.text.decode()[:40]}" for each in walk(root)
             if each.type == "ERROR" or each.is_missing]  # fmt: skip
    taken = {}
    for each in walk(root):
        if each.type == "script_parameter":
            taken.setdefault(scope(each).id, set()).update(
                name for child in each.children if child.type == "variable" for name in names(child)
            )
    for each in walk(root):
        if each.type == "left_assignment_expression" and re.fullmatch(r"\$\w+", each.text.decode()):
            (name,) = names(each)
            if name in taken.get(scope(each).id, set()) | AUTOMATIC:
                found.append(f"line {each.start_point[0] + 1}: ${name} is taken")
    return found


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_powershell(name):
    assert SCRIPTS[name].isascii() and not problems(SCRIPTS[name])


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_a_script_calls_is_there(name):
    script = SCRIPTS[name] + (windows.COMMON if name == "install.ps1" else "")
    nodes = list(walk(PARSER.parse(script.encode()).root_node))
    made = {each.text.decode().lower() for each in nodes if each.type == "function_name"}
    called = {each.text.decode().lower() for each in nodes if each.type == "command_name"}
    assert "get-target" in made
    assert {each for each in called if "-" in each} <= made | CMDLETS


def test_a_bundle_has_the_functions_beside_its_installer():
    item = plan.item_from({"user": "ann", "client": "zed"}, DEFAULTS, bundle.key_mark(0))
    made = bundle.bundle("ann", [bundle.Wanted(item, "ann-zed")], {})
    assert made["install.ps1"].decode() == SCRIPTS["install.ps1"]
    assert made["functions.ps1"].decode().endswith(windows.COMMON) and not problems(made["functions.ps1"].decode())


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("if ($a) { 1", "line 1"),
        ("param([SecureString]$Wanted)\n$wanted = 1", "$wanted is taken"),
        ("function Get-It([string]$Path) {\n$path = 1 }", "$path is taken"),
        ("$input = 1", "$input is taken"),
    ],
)
def test_what_is_wrong_is_seen(script, why):
    assert why in " ".join(problems(script))


def test_a_name_may_be_used_again_in_another_function():
    assert not problems("function Get-It([string]$Path) { $Path }\n$path = 1")


def test_what_is_wanted_is_in_as_many_secure_strings_as_it_takes():
    # What no packing makes small: four times what one secure string holds.
    data = b"".join(bytes([number * number % 251, number % 241, number // 256 % 256]) for number in range(90000))
    desired, contents = windows.write_wanted(
        {
            "0": Write("%APPDATA%\\a", data, 0o600, "c"),
            "1": Write("b", None, 0o644, "-"),
            "2": Write("c", b"", 0o644, "d"),
        },
        {"NAME": "value", "GONE": None},
    )
    made = windows.arguments(windows.WRITE, desired, contents)
    parts = made["sensitive_parameters"]
    assert len(parts) > 4 and all(len(part["value"]) <= 4096 for part in parts)
    head = made["script"].splitlines()[:3]
    assert head[1] == f"param({', '.join('[SecureString]$' + part['name'] for part in parts)})"
    assert head[2] == f"$parts = @({', '.join('$' + part['name'] for part in parts)})"
    first, *lines = gzip.decompress(base64.b64decode("".join(part["value"] for part in parts))).split(b"\n")
    said = json.loads(first)
    assert said["variables"] == [{"name": "NAME", "value": "value"}, {"name": "GONE", "value": None}]
    # The JSON is line 0.
    assert [each["line"] for each in said["files"]] == [1, None, 2]
    assert [base64.b64decode(line) for line in lines] == [data, b""]
