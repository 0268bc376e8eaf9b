# SPDX-License-Identifier: GPL-3.0-or-later
"""A bundle on a machine that nobody manages: its installer, run by this machine's shells on real files."""

from __future__ import annotations

import csv
import io
import json
import os
import secrets
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients import bundle, environment
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients.plan import item_from
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients.registry import CLIENTS

DEFAULTS = {
    "gateway": "http://linuxserver.lan:4000",
    "url": "http://linuxserver.lan:4000/mcp/",
    "server_name": "litellm",
}
SHELLS = [shell for shell in (["dash"], ["bash", "--posix"], ["busybox", "sh"]) if shutil.which(shell[0])]
PROGRAMS = ["claude-code", "codex", "zed", "cursor", "goose"]
# Files as people have them.
FILES = {
    ".config/zed/settings.json": '// Zed settings\n{\n  "theme": "One", // keep\n  /* also */ "vim_mode": true,\n}\n',
    ".cursor/mcp.json": '{\r\n\t"mcpServers": {\r\n\t\t"mine": {"url": "https://example.com/mcp"}\r\n\t}\r\n}\r\n',
    ".codex/config.toml": '# my model\nmodel = "x" # keep\n\n[mcp_servers.mine]\ncommand = "y"\n\n# the end',
    ".config/goose/config.yaml": "# mine\nextensions:\n    other: # keep\n        enabled: true\nMODE: auto  # keep\n",
    ".bashrc": "# mine\nalias ll='ls -l'",
    ".profile": "# mine too\n",
}


def desired(*programs, **options):
    return [
        bundle.Wanted(
            item_from({"user": "ann", "client": name, **options}, DEFAULTS, bundle.key_mark(0)), f"ann-{name}"
        )
        for name in programs
    ]


def rows(data):
    return list(csv.DictReader(io.StringIO(data.decode()), delimiter="\t", quoting=csv.QUOTE_NONE))


class Machine:
    """A home, and a bundle that was carried to it."""

    def __init__(self, shell, folder):
        self.shell, self.home, self.bundle = shell, folder / "a home", folder / "bundle of ann"
        self.tools = folder / "tools"
        self.home.mkdir()
        self.tools.mkdir()

    def carry(self, desired, values=None):
        shutil.rmtree(self.bundle, ignore_errors=True)
        for name, data in bundle.bundle("ann", desired, values or {}).items():
            (self.bundle / name).parent.mkdir(parents=True, exist_ok=True)
            (self.bundle / name).write_bytes(data)

    def without_python(self):
        """Leave only the tools that every POSIX system has."""
        names = (
            "awk base64 cat chmod cksum cmp cp cut dirname env grep head id ls mkdir mktemp mv printf readlink rm sed"
        )
        for name in [*names.split(), "sh", "sort", "stty", "tail", "tr", "uname", "wc"]:
            (self.tools / name).symlink_to(shutil.which(name))
        return {"PATH": str(self.tools)}

    def run(self, *arguments, keys=(), **environment):
        done = subprocess.run(
            [shutil.which(self.shell[0]), *self.shell[1:], str(self.bundle / "install.sh"), *arguments],
            input="".join(f"{key}\n" for key in keys),
            env={"HOME": str(self.home), "PATH": os.environ["PATH"], "SHELL": "/bin/bash", **environment},
            capture_output=True,
            text=True,
        )
        done.all = done.stdout + done.stderr
        assert not [key for key in keys if key in done.all], "the installer printed a key"
        return done

    def live_in(self):
        for name, text in FILES.items():
            path = self.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            path.chmod(0o644)
        return self.snapshot()

    def snapshot(self):
        return {
            str(path.relative_to(self.home)): (path.read_bytes(), path.stat().st_mode & 0o777)
            for path in self.home.rglob("*")
            if path.is_file()
        }


@pytest.fixture(params=SHELLS, ids=lambda shell: shell[0])
def machine(request, tmp_path):
    return Machine(request.param, tmp_path)


@pytest.fixture
def keys():
    return ["sk-" + secrets.token_urlsafe(24) for _program in PROGRAMS]


def test_new_files_are_those_that_the_role_writes(machine, keys):
    machine.carry(desired(*PROGRAMS))
    done = machine.run(keys=keys, **machine.without_python())
    assert done.returncode == 0, done.all
    after = machine.snapshot()
    for name, key in zip(PROGRAMS, keys, strict=True):
        item = item_from({"user": "ann", "client": name}, DEFAULTS, key)
        (place,) = item.places("linux")
        assert after.pop(place.file.removeprefix("~/")) == (place.edit(None), 0o600)
    names = [environment.variable_for(name) for name in PROGRAMS if CLIENTS[name].reference]
    values = dict(
        line.split("=", 1) for line in after[".config/environment.d/60-mcp_lan.conf"][0].decode().splitlines()
    )
    assert list(values) == names and set(values.values()) <= set(keys)
    login = subprocess.run(
        ["bash", "-lc", "echo $MCP_LAN_KEY_CODEX"], env={"HOME": str(machine.home)}, capture_output=True, text=True
    )
    assert login.stdout.strip() == keys[1]
    before = machine.snapshot()
    again = machine.run(keys=keys)
    assert again.returncode == 0 and again.stdout.count("as it should be") == len(PROGRAMS), again.all
    assert machine.snapshot() == before
    removed = machine.run("--remove")
    assert removed.returncode == 0 and machine.snapshot() == {}, removed.all


def test_files_that_are_there_lose_nothing_and_come_back(machine, keys):
    before = machine.live_in()
    machine.carry(desired(*PROGRAMS))
    done = machine.run(keys=keys)
    assert done.returncode == 0 and done.stdout.count("merged") == 4, done.all
    after = machine.snapshot()
    for name, (data, mode) in before.items():
        rest = iter(after[name][0])
        assert all(byte in rest for byte in data), f"{name} lost something"
        assert after[name][1] == (0o600 if "zed" in name else mode), name
    held = {name for name, (data, _mode) in after.items() if any(key.encode() in data for key in keys)}
    assert held == {".config/environment.d/60-mcp_lan.conf", ".config/zed/settings.json"}
    assert machine.run(keys=keys).returncode == 0
    assert machine.snapshot() == after
    assert machine.run("--remove").returncode == 0
    left = machine.snapshot()
    assert {name: data for name, (data, _mode) in left.items()} == {
        name: data for name, (data, _mode) in before.items()
    }


def test_without_python_a_file_that_is_there_stays_and_the_rest_is_done(machine, keys):
    before = machine.live_in()
    machine.carry(desired(*PROGRAMS))
    done = machine.run(keys=keys, **machine.without_python())
    assert done.returncode == 3, done.all
    assert done.stdout.count("NOT CHANGED") == 4 and "index.html and paste what it shows for Codex CLI" in done.stdout
    after = machine.snapshot()
    assert {name for name in before if after[name] != before[name]} == {".bashrc", ".profile"}
    assert json.loads(after[".claude.json"][0])["mcpServers"]["litellm"]


def test_without_python_the_programs_own_command_is_run(machine, keys):
    machine.live_in()
    machine.carry(desired("codex"))
    environment = machine.without_python()
    (machine.tools / "codex").write_text('#!/bin/sh\nprintf "%s|" "$@" >>"$HOME/asked"; echo >>"$HOME/asked"\n')
    (machine.tools / "codex").chmod(0o755)
    done = machine.run(keys=keys[:1], **environment)
    assert done.returncode == 0 and "changed by codex" in done.stdout, done.all
    assert (machine.home / "asked").read_text().splitlines() == [
        "mcp|remove|litellm|",
        "mcp|add|litellm|--url|http://linuxserver.lan:4000/mcp/|--bearer-token-env-var|MCP_LAN_KEY_CODEX|",
    ]


def test_one_broken_file_stops_everything(machine, keys):
    machine.live_in()
    (machine.home / ".cursor/mcp.json").write_bytes(b'{\n  "mcpServers": {\n    "mine": {"url": }\n  }\n}\n')
    before = machine.snapshot()
    machine.carry(desired(*PROGRAMS))
    done = machine.run(keys=keys)
    assert done.returncode == 1 and "mcp.json: line 3, column 21: this is not valid JSON" in done.stderr, done.all
    assert "Nothing was changed" in done.stderr and machine.snapshot() == before


@pytest.mark.parametrize(
    ("arguments", "keys", "says"),
    [
        (["no-such"], [], "there is no program no-such in this bundle, only: claude-code codex"),
        (["--no-such"], [], "--no-such is no option"),
        ([], ["sk $(touch x)"], "This is not a key; ask whoever runs the gateway for ann-claude-code"),
    ],
)
def test_what_is_refused_is_refused_in_a_sentence(machine, arguments, keys, says):
    machine.carry(desired("claude-code", "codex"))
    done = machine.run(*arguments, keys=keys)
    assert done.returncode == 1 and says in done.stderr, done.all
    assert machine.snapshot() == {}


def test_check_writes_nothing_and_asks_for_nothing(machine):
    before = machine.live_in()
    machine.carry(desired(*PROGRAMS))
    done = machine.run("--check")
    assert done.returncode == 0 and done.stdout.count("would be merged") == 4, done.all
    assert "would be written" in done.stdout and machine.snapshot() == before


def test_one_program_of_several_and_keys_in_the_bundle(machine, keys):
    values = {f"ann-{name}": key for name, key in zip(PROGRAMS, keys, strict=True)}
    machine.carry(desired(*PROGRAMS), values)
    done = machine.run("codex", "zed")
    assert done.returncode == 0, done.all
    after = machine.snapshot()
    assert ".claude.json" not in after and ".codex/config.toml" in after
    assert keys[2].encode() in after[".config/zed/settings.json"][0]
    assert machine.run("--remove", "zed").returncode == 0
    assert set(after) - set(machine.snapshot()) == {".config/zed/settings.json"}


def test_models_are_set_and_taken_out(machine, keys):
    before = machine.live_in()
    machine.carry(desired("codex", "claude-code", models=True, model="gpt-x"))
    done = machine.run(keys=keys[:2])
    assert done.returncode == 0, done.all
    settings = json.loads((machine.home / ".claude/settings.json").read_text())
    assert settings["env"]["ANTHROPIC_BASE_URL"] == "http://linuxserver.lan:4000"
    assert 'model_provider = "litellm"' in (machine.home / ".codex/config.toml").read_text()
    assert machine.run("--remove").returncode == 0
    assert {name for name, data in machine.snapshot().items() if before.get(name) != data} == {".codex/config.toml"}


@pytest.mark.parametrize("client", CLIENTS)
def test_every_program_has_what_both_installers_read(client):
    files = bundle.bundle("ann", desired(client), {})
    plan = rows(files["plan.tsv"])
    assert {row["system"] for row in plan} == {"linux", "macos", "windows"}
    for row in plan:
        assert all(row.values()), row
        assert files[row["whole"]].endswith(b"\n") and json.loads(files[row["edits"]])
        assert (row["key_in"] == "file") == (CLIENTS[client].reference is None)
        assert (b"~KEY1~" in files[row["whole"]]) == (row["key_in"] == "file")
        assert row["add"] == "-" or b"~KEY1~" not in files[row["add"]]
    assert rows(files["keys.tsv"]) == [{"mark": "~KEY1~", "name": f"ann-{client}", "value": "-"}]


def test_a_zip_file_is_the_same_each_time_and_for_its_owner():
    files = bundle.bundle("ann", desired("codex"), {})
    data = bundle.archive("ann", files)
    assert data == bundle.archive("ann", bundle.bundle("ann", desired("codex"), {}))
    members = zipfile.ZipFile(io.BytesIO(data)).infolist()
    assert {member.filename for member in members} == {f"ann/{name}" for name in files}
    assert {member.external_attr >> 16 & 0o777 for member in members} == {0o600}


def test_two_programs_cannot_share_a_file():
    with pytest.raises(ValueError, match="Windsurf and Cursor can't share /srv/mcp.json in a bundle"):
        bundle.bundle("ann", desired("cursor", "windsurf", path="/srv/mcp.json"), {})


def test_the_editors_alone_say_what_became_of_a_file(tmp_path):
    files = bundle.bundle("ann", desired("goose"), {})
    (tmp_path / "edit.pyz").write_bytes(files["edit.pyz"])
    (edits,) = (name for name in files if name.startswith("files/linux/") and name.endswith(".edits"))
    (tmp_path / "edits").write_bytes(files[edits])
    (tmp_path / "file").write_bytes(b"a: 1\n")

    def run(action, file):
        words = [sys.executable, tmp_path / "edit.pyz", action, "yaml", tmp_path / file, tmp_path / "edits"]
        return subprocess.run([*words, tmp_path / "new"], cwd=Path("/")).returncode

    assert run("set", "file") == 0 and run("set", "new") == 10 and run("remove", "file") == 10
    os.replace(tmp_path / "new", tmp_path / "file")
    assert run("remove", "file") == 0 and (tmp_path / "new").read_bytes() == b"a: 1\n"
