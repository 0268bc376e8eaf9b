# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine was given and its list names no more: named, and taken away where that is asked for; in real plays."""

from __future__ import annotations

import getpass
import json
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore
from plays import run_playbook

URL = "http://linuxserver.lan:4000"


@pytest.fixture
def home(tmp_path):
    for name in ("store", "home"):
        (tmp_path / name).mkdir(mode=0o700)
    store = FileStore(str(tmp_path / "store"))
    for name in ("one", "two"):
        store.put("keys", name, f"sk-{name}-is-no-secret")
    return tmp_path


def write(home: Path, clients: list[str], *options: str, fails: bool = False, **more):
    entries = [
        {"client": client, "user": getpass.getuser(), "home": str(home / "home"), "key": "one", "key_in": "file"}
        for client in clients
    ]
    task = {"mcp_lan.litellm.client_config": {"clients": entries, "gateway_url": URL, **more}, "register": "done"}
    shown = {"ansible.builtin.copy": {"content": "{{ done | to_json }}", "dest": str(home / "done.json")}}
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [task, {**shown, "check_mode": False}]}
    play["vars"] = {"ansible_python_interpreter": sys.executable, "mcp_lan_store": str(home / "store")}
    (home / "play.yml").write_text(yaml.safe_dump([play]))
    run_playbook("-i", "localhost,", "-c", "local", *options, str(home / "play.yml"))
    return json.loads((home / "done.json").read_text())


def has(home: Path, name: str) -> bool:
    path = home / "home" / name
    return path.is_file() and URL in path.read_text()


CURSOR, ZED = ".cursor/mcp.json", ".config/zed/settings.json"


def test_an_entry_that_is_out_of_the_list_is_named_until_it_is_taken_away(home):
    assert write(home, ["cursor", "zed"])["left_over"] == []
    assert has(home, CURSOR) and has(home, ZED)
    for clients in (["cursor"], ["cursor"]):
        done = write(home, clients)
        assert [one["client"] for one in done["left_over"]] == ["zed"] and done["changed"] is False
    assert [one["client"] for one in write(home, [])["left_over"]] == ["cursor", "zed"]

    expected = write(home, ["cursor"], "--check", purge=True)
    assert expected["changed"] is True and has(home, ZED)
    assert [one["client"] for one in expected["clients"] if one["state"] == "absent"] == ["zed"]
    done = write(home, ["cursor"], purge=True)
    assert done["changed"] is True and done["left_over"] == [] and has(home, CURSOR) and not has(home, ZED)
    done = write(home, ["cursor"], purge=True)
    assert done["changed"] is False and [one["client"] for one in done["clients"]] == ["cursor"]


def test_the_last_one_goes_as_well(home):
    write(home, ["cursor"])
    assert write(home, [], purge=True)["changed"] is True and not has(home, CURSOR)
    assert write(home, [])["left_over"] == []


def test_no_value_is_in_the_record(home):
    write(home, ["cursor"])
    (record,) = (home / "store" / "records").iterdir()
    assert "cursor" in record.read_text() and "sk-" not in record.read_text()
    assert record.stat().st_mode & 0o777 == 0o600


def test_an_entry_goes_with_its_user(home):
    write(home, ["cursor"])
    store = FileStore(str(home / "store"))
    (name,) = store.names("records")
    gone = {"user": "no-such-user", "client": "zed", "server_name": "litellm"}
    kept = json.loads(store.get("records", name))
    for clients in (["cursor"], []):
        store.put("records", name, json.dumps([*kept, gone]))
        assert gone in write(home, clients)["left_over"]
        done = write(home, clients, purge=True)
        assert done["changed"] is (not clients) and done["left_over"] == []
        assert write(home, clients)["left_over"] == []
