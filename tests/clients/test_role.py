# SPDX-License-Identifier: GPL-3.0-or-later
"""The role on a real home: what it writes, leaves and refuses. Other writers of such files have failed at each."""

from __future__ import annotations

import getpass
import secrets

import pytest

URL = "http://linuxserver.lan:4000"
EVERYONE = ["claude-code", "codex", "zed", "cursor", "goose"]
# Files as people have them; another writer wiped the first, dropped the comments of the last two.
FILES = {
    ".config/zed/settings.json": '// Zed settings\n{\n  "theme": "One", // keep\n  /* also */ "vim_mode": true,\n}\n',
    ".cursor/mcp.json": '{\r\n\t"mcpServers": {\r\n\t\t"mine": {"url": "https://example.com/mcp"}\r\n\t}\r\n}\r\n',
    ".codex/config.toml": '# my model\nmodel = "x" # keep\n\n[mcp_servers.mine]\ncommand = "y"\n\n# the end',
    ".config/goose/config.yaml": "# mine\nextensions:\n    other: # keep\n        enabled: true\nMODE: auto  # keep\n",
    ".bashrc": "# mine\nalias ll='ls -l'\n",
}


@pytest.fixture
def lived_in(home):
    for name, text in FILES.items():
        path = home.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        path.chmod(0o644)
    return home


@pytest.fixture
def key():
    return "sk-" + secrets.token_urlsafe(24)


def snapshot(path):
    return {
        str(each.relative_to(path)): (each.read_bytes(), each.stat().st_mode & 0o777)
        for each in path.rglob("*")
        if each.is_file()
    }


def test_nothing_is_lost_and_everything_comes_back(lived_in, key):
    home = lived_in
    before = snapshot(home.path)
    written = home.write(URL, key, *EVERYONE)
    after = snapshot(home.path)
    assert set(written) == set(EVERYONE) and all(each["changed"] for each in written.values())
    for name, (data, mode) in before.items():
        rest = iter(after[name][0])
        assert all(byte in rest for byte in data), f"{name} lost something"
        assert after[name][1] == (0o600 if name == ".config/zed/settings.json" else mode)
    holders = {name for name, (data, _mode) in after.items() if key.encode() in data}
    assert holders == {".config/environment.d/60-mcp_lan.conf", ".config/zed/settings.json"}
    assert all(after[name][1] == 0o600 for name in holders | (set(after) - set(before)))
    assert written["zed"]["key_in"] == "file" and "holds it" in written["zed"]["note"]

    assert not any(each["changed"] for each in home.write(URL, key, *EVERYONE).values())
    assert snapshot(home.path) == after

    home.write(URL, key, *EVERYONE, state="absent")
    left = snapshot(home.path)
    assert {name: data for name, (data, _mode) in left.items()} == {
        name: data for name, (data, _mode) in before.items()
    }


def test_the_key_is_in_the_environment_of_a_login_shell(home, key):
    home.write(URL, key, "claude-code", "codex")
    assert home.run("sh", "-c", "echo $MCP_LAN_KEY_CODEX $MCP_LAN_KEY_CLAUDE_CODE").stdout.split() == [key, key]
    other = "sk-" + secrets.token_urlsafe(24)
    assert home.write(URL, other, "codex")["codex"]["changed"]
    assert home.run("sh", "-c", "echo $MCP_LAN_KEY_CODEX $MCP_LAN_KEY_CLAUDE_CODE").stdout.split() == [other, key]


def test_one_broken_file_stops_everything_before_anything_is_written(lived_in, key):
    (lived_in.path / ".cursor/mcp.json").write_bytes(b'{\n  "mcpServers": {\n    "mine": {"url": }\n  }\n}\n')
    before = snapshot(lived_in.path)
    with pytest.raises(AssertionError) as error:
        lived_in.write(URL, key, *EVERYONE)
    assert f"{lived_in.path}/.cursor/mcp.json: line 3, column 21: this is not valid JSON" in str(error.value)
    assert "Nothing was changed" in str(error.value)
    assert snapshot(lived_in.path) == before


def test_check_mode_writes_nothing_and_the_diff_shows_no_key(lived_in, key):
    before = snapshot(lived_in.path)
    written = lived_in.write(URL, key, *EVERYONE, arguments=["--check", "--diff"])
    assert all(each["changed"] for each in written.values())
    assert snapshot(lived_in.path) == before
    assert "mcpServers.litellm" in lived_in.printed and "MCP_LAN_KEY_CODEX=(hidden)" in lived_in.printed
    assert key not in lived_in.printed and "alias ll" not in lived_in.printed


def test_a_backup_on_request(lived_in, key):
    lived_in.write(URL, key, "cursor", client_configs_backup=True)
    (kept,) = (lived_in.path / ".cursor").glob("mcp.json.*.bak")
    assert kept.read_bytes() == FILES[".cursor/mcp.json"].encode()


def test_a_file_of_variables_that_gets_the_key_is_for_the_user_alone(home, key):
    before = "# mine\nGEMINI_SANDBOX=false\n"
    file = home.path / ".gemini/.env"
    file.parent.mkdir()
    file.write_text(before, encoding="utf-8")
    file.chmod(0o644)
    options = {"models": True, "model": "m"}
    home.write(URL, key, "gemini-cli", arguments=["--diff"], **options)
    assert file.read_text(encoding="utf-8") == f"{before}GOOGLE_GEMINI_BASE_URL={URL}\nGEMINI_API_KEY={key}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert '"GEMINI_API_KEY": "(hidden)"' in home.printed and f'"GOOGLE_GEMINI_BASE_URL": "{URL}"' in home.printed
    home.write(URL, key, "gemini-cli", state="absent", **options)
    assert file.read_text(encoding="utf-8") == before


def test_a_name_that_does_not_resolve_is_said(home, key):
    home.write("http://no-such-host.invalid:4000", key, "codex")
    assert "no-such-host.invalid is not a name that this machine can resolve" in " ".join(home.printed.split())


@pytest.mark.parametrize(
    "options, says",
    [
        ({"client": "codex", "transport": "sse"}, "Codex CLI does not speak sse, only http"),
        ({"client": "codex", "key": None}, "a key is needed"),
        ({"client": "codex", "user": "no-such-user"}, "there is no user no-such-user on this machine"),
        ({"client": "codex", "user": "no such user"}, "'no such user' is not a user's name: it has letters, digits"),
    ],
)
def test_what_is_refused_is_refused_in_a_sentence(home, key, options, says):
    items = [{"user": getpass.getuser(), "home": str(home.path), "key": "test", **options}]
    with pytest.raises(AssertionError) as error:
        home.write(URL, key, client_configs_clients=[{k: v for k, v in item.items() if v} for item in items])
    assert says in str(error.value)
    assert not list(home.path.iterdir())
