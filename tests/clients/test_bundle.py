# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that makes bundles, the page in a real browser, and an installer with the vendors' own programs."""

from __future__ import annotations

import base64
import io
import json
import os
import secrets
import subprocess
import sys
import zipfile

import browser
import pytest
import yaml
from PIL import Image
from tree import TOP
from vendors import claude, codex

CLIENTS = [
    {"host": "laptop", "user": "carol", "client": "claude-code", "key": "carol-claude"},
    {"user": "carol", "client": "codex", "key": "carol-codex", "models": True, "model": "mock"},
    {"host": "nowhere", "user": "carol", "client": "zed", "key": "carol-zed"},
    {"host": "managed", "user": "ann", "client": "codex", "key": "ann-codex"},
    {"user": "dan", "client": "cursor", "key": "dan-cursor"},
]


class Controller:
    def __init__(self, folder):
        self.folder, self.dest, self.store = folder, folder / "bundles", folder / "store"
        self.values = {each["key"]: "sk-" + secrets.token_urlsafe(24) for each in CLIENTS}
        (self.store / "keys").mkdir(parents=True, mode=0o700)
        self.store.chmod(0o700)
        for name, value in self.values.items():
            (self.store / "keys" / name).touch(mode=0o600)
            (self.store / "keys" / name).write_text(value, encoding="utf-8")
        variables = {
            "litellm_api_url": "http://linuxserver.lan:4000",
            "litellm_clients": CLIENTS,
            "mcp_lan_store": str(self.store),
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
        }
        groups = {"gateway": {"hosts": {"server": {}}}, "clients": {"hosts": {"managed": {}}}}
        inventory = {"all": {"vars": variables, "children": groups}}
        (folder / "hosts.yml").write_text(yaml.safe_dump(inventory), encoding="utf-8")

    def make(self, *arguments, **options):
        variables = json.dumps({"bundle_dest": str(self.dest), **options})
        done = subprocess.run(
            ["ansible-playbook", "-i", self.folder / "hosts.yml", "playbooks/bundle.yml", "-e", variables, *arguments],
            cwd=TOP,
            env={**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
        )
        printed = done.stdout + done.stderr
        assert not [value for value in self.values.values() if value in printed], "the run printed a key"
        return done.returncode, printed


@pytest.fixture
def controller(tmp_path):
    return Controller(tmp_path)


def test_each_person_whose_machine_is_not_managed_gets_a_bundle(controller):
    status, printed = controller.make("--check")
    assert status == 0 and "changed=1" in printed and not controller.dest.exists(), printed
    status, printed = controller.make()
    assert status == 0 and "changed=1" in printed, printed
    assert sorted(path.name for path in controller.dest.iterdir()) == ["carol", "dan"]
    files = [path for path in controller.dest.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    held = [path for path in files if any(value.encode() in path.read_bytes() for value in controller.values.values())]
    assert not held, "a key is in the bundle without being asked for"
    assert "changed=0" in controller.make()[1]


def test_one_person_as_a_zip_file_with_the_keys(controller):
    options = {"bundle_user": "carol", "bundle_archive": True, "bundle_include_keys": True}
    assert controller.make(**options)[0] == 0
    assert [path.name for path in controller.dest.iterdir()] == ["carol.zip"]
    assert (controller.dest / "carol.zip").stat().st_mode & 0o777 == 0o600
    keys = zipfile.ZipFile(io.BytesIO((controller.dest / "carol.zip").read_bytes())).read("carol/keys.tsv").decode()
    assert sorted(line.split("\t")[1:] for line in keys.splitlines()[1:]) == [
        [name, controller.values[name]] for name in ("carol-claude", "carol-codex", "carol-zed")
    ]
    assert "changed=0" in controller.make(**options)[1]


def test_what_is_refused_is_refused_in_a_sentence(controller):
    assert "there is no program to make a bundle for" in " ".join(controller.make(bundle_user="nobody")[1].split())
    (controller.dest / "dan").mkdir(parents=True)
    (controller.dest / "dan" / "thesis.txt").write_text("years of work", encoding="utf-8")
    status, printed = controller.make()
    assert status != 0 and "dan holds something else than a bundle" in " ".join(printed.split())
    assert [path.name for path in controller.dest.rglob("*")] == ["dan", "thesis.txt"]


@pytest.fixture
def page(controller, tmp_path):
    assert controller.make(bundle_user="carol")[0] == 0
    shown = browser.Page((controller.dest / "carol" / "index.html").as_uri(), tmp_path / "profile")
    yield shown
    shown.close()


def pasted(page):
    """What Ctrl+V would put into a text field."""
    origin = {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    page.ask("Browser.grantPermissions", **origin)
    return page.js("navigator.clipboard.readText()")


def test_the_page_gives_what_is_to_be_pasted(controller, page):
    text = (controller.dest / "carol" / "index.html").read_text(encoding="utf-8")
    assert "src=" not in text and "href=" not in text and "@import" not in text
    entry = 'section[data-system="linux"][data-client="zed"] .copy:nth-of-type(1) button'
    assert page.js("document.getElementById('system').value") == "linux"
    assert page.js("document.querySelector('section[data-system=\"windows\"]').hidden") is True
    page.click(entry)
    assert page.js(f"document.querySelector('{entry}').textContent") == "Enter the key first"
    key = controller.values["carol-zed"]
    page.js(
        "{ const field = document.querySelectorAll('input[data-mark]')[2];"
        f" field.value = {json.dumps(key)}; field.dispatchEvent(new Event('input')); }}"
    )
    assert key not in page.js("document.body.innerText"), "the page shows the key"
    page.click(entry)
    page.js("new Promise((done) => setTimeout(done, 200))")
    assert page.js(f"document.querySelector('{entry}').textContent") == "Copied"
    assert json.loads(pasted(page))["context_servers"]["litellm"] == {
        "url": "http://linuxserver.lan:4000/mcp/",
        "headers": {"Authorization": f"Bearer {key}"},
    }
    picture = Image.open(io.BytesIO(base64.b64decode(page.screenshot()))).convert("RGB")
    assert len(picture.getcolors(1 << 24)) > 20, "the page is blank"


def test_the_page_shows_another_systems_files(page):
    page.js(
        "{ const field = document.getElementById('system'); field.value = 'windows';"
        " field.dispatchEvent(new Event('change')); }"
    )
    words = page.js("document.body.innerText")
    assert "%USERPROFILE%\\.codex\\config.toml" in words and "~/.codex/config.toml" not in words
    assert "[Environment]::SetEnvironmentVariable('MCP_LAN_KEY_CODEX', 'YOUR-KEY', 'User')" in words


@pytest.mark.parametrize(("client", "where"), [("claude-code", claude), ("codex", codex)])
def test_without_python_the_vendors_own_command_adds_and_removes(home, first, tmp_path, client, where):
    controller_dest, tools = tmp_path / "bundles", tmp_path / "tools"
    tools.mkdir()
    for tool in (
        "awk base64 cat chmod cksum cmp cp cut dirname env grep head id ls mkdir mktemp mv printf readlink rm sed sh"
        " sort stty tail tr uname wc"
    ).split():
        (tools / tool).symlink_to(f"/usr/bin/{tool}")
    (tools / ("claude" if client == "claude-code" else "codex")).symlink_to(where(first))
    play = [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [
                {
                    "mcp_lan.litellm.client_bundle": {
                        "clients": [{"user": "carol", "client": client, "key": "carol"}],
                        "gateway_url": "http://127.0.0.1:9",
                        "dest": str(controller_dest),
                    }
                }
            ],
        }
    ]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
    subprocess.run(["ansible-playbook", "-i", "localhost,", tmp_path / "play.yml"], cwd=TOP, check=True)
    file, mine = (
        (".claude.json", '{\n  "mcpServers": {\n    "mine": {"type": "http", "url": "http://127.0.0.1:9/"}\n  }\n}\n')
        if client == "claude-code"
        else (".codex/config.toml", '# mine\nmodel = "x" # keep\n\n[mcp_servers.mine]\ncommand = "y"\n')
    )
    (home.path / file).parent.mkdir(exist_ok=True)
    (home.path / file).write_text(mine, encoding="utf-8")

    def install(*arguments):
        done = subprocess.run(
            ["/bin/sh", controller_dest / "carol" / "install.sh", *arguments],
            input="sk-from-the-keyboard\n",
            env={"HOME": str(home.path), "PATH": str(tools), "SHELL": "/bin/sh"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0 and "changed by" in done.stdout, done.stdout + done.stderr
        return (home.path / file).read_text(encoding="utf-8")

    added = install()
    assert "litellm" in added and "mine" in added and "sk-from" not in added
    removed = install("--remove")
    assert "litellm" not in removed and "mine" in removed
    assert client != "codex" or removed == mine
