# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell scripts, run by this machine's shells: what they read and write, as whom, and what they leave alone."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import subprocess

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients import posix
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError

USER = getpass.getuser()
SHELLS = [shell for shell in (["/bin/sh"], ["bash", "--posix"], ["busybox", "sh"], ["dash"]) if shutil.which(shell[0])]


@pytest.fixture(params=SHELLS, ids=lambda shell: shell[0].rsplit("/", 1)[-1])
def shell(request):
    def run(script: str, complaint: str = "") -> str:
        done = subprocess.run([*request.param, "-s"], input=script, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert complaint in done.stderr if complaint else done.stderr == ""
        return done.stdout

    return run


@pytest.fixture
def home(tmp_path):
    tmp_path.chmod(0o755)
    return tmp_path


def read(shell, home, *paths, user=USER):
    desired = {user: (str(home), {str(number): path for number, path in enumerate(paths)})}
    accounts, files = posix.parse_read(shell(posix.read_script(desired)))
    return accounts[user], [files.get(str(number)) for number in range(len(paths))]


def write(shell, home, path, data, mode=0o600, user=USER, checksum=None, backup="", complaint=""):
    if checksum is None:
        checksum = read(shell, home, path, user=user)[1][0].checksum
    file = posix.Write(path, data, mode, checksum, backup)
    return posix.parse_write(shell(posix.write_script({user: (str(home), {"7": file})}), complaint))["7"]


@pytest.mark.parametrize("data", [b"", b"\0\xff\r\n", b"x" * 300_000, b"MCP_LAN_FILE\nMCP_LAN_USER\n$HOME `id`\n"])
def test_any_bytes_go_there_and_back(shell, home, data):
    for path in ("~/.config/new folder/it's $x.json", "~/file"):
        assert write(shell, home, path, data) == "done"
        account, (found,) = read(shell, home, path)
        assert (account.problem, account.home, account.system) == (None, str(home), "linux")
        assert (found.kind, found.data, found.mode, found.links) == ("file", data, 0o600, 1)
    assert (home / ".config").stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in home.iterdir()) == [".config", "file"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o640, 0o400, 0o444, 0o755])
def test_the_mode_stays(shell, home, mode):
    (home / "file").write_bytes(b"old")
    (home / "file").chmod(mode)
    found = read(shell, home, "~/file")[1][0]
    assert found.mode == mode
    assert write(shell, home, "~/file", b"new", mode=found.mode) == "done"
    assert (home / "file").stat().st_mode & 0o7777 == mode
    assert (home / "file").read_bytes() == b"new"


def test_links_stay_links(shell, home):
    (home / "dotfiles").mkdir()
    (home / "dotfiles" / "real").write_bytes(b"old")
    (home / "second").symlink_to("dotfiles/real")
    (home / "first").symlink_to(home / "second")
    assert read(shell, home, "~/first")[1][0].data == b"old"
    assert write(shell, home, "~/first", b"new") == "done"
    assert (home / "first").is_symlink() and (home / "second").is_symlink()
    assert (home / "dotfiles" / "real").read_bytes() == b"new"


def test_a_link_to_a_file_that_is_not_there_yet_makes_that_file(shell, home):
    (home / "link").symlink_to("folder/real")
    assert read(shell, home, "~/link")[1][0].kind == "absent"
    assert write(shell, home, "~/link", b"new") == "done"
    assert (home / "folder" / "real").read_bytes() == b"new" and (home / "link").is_symlink()


def test_a_second_name_of_the_file_stays_one(shell, home):
    (home / "one").write_bytes(b"old")
    os.link(home / "one", home / "two")
    assert read(shell, home, "~/one")[1][0].links == 2
    assert write(shell, home, "~/one", b"new", mode=0o644) == "done"
    assert (home / "two").read_bytes() == b"new" and (home / "two").stat().st_nlink == 2


def test_what_is_no_file_is_said(shell, home):
    (home / "folder").mkdir()
    (home / "round").symlink_to("round")
    assert [each.kind for each in read(shell, home, "~/folder", "~/round", "~/none")[1]] == ["other", "loop", "absent"]


def test_a_place_that_nothing_can_be_put_into_is_found_out(shell, home):
    for name in ("file", "other/empty"):
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_bytes(b"")
    (home / "gone").symlink_to("nowhere/folder")
    paths = ["~/file/mcp.json", "~/gone/mcp.json", "~/gone/a/b", "~/file", "~/other/empty", "~/other/a/b", "~/none"]
    found = read(shell, home, *paths)[1]
    assert [each.shut for each in found] == [True, True, True, False, False, False, False]
    assert [each.kind for each in found] == ["absent"] * 3 + ["file"] * 2 + ["absent"] * 2


@pytest.fixture
def nobody(home):
    """Another user, who reaches the folder."""
    assert os.geteuid() == 0, "only root can be another user: run this test as root"
    for folder in home.parents:
        if folder.stat().st_mode & 0o777 == 0o700:
            folder.chmod(0o755)
    return pwd.getpwnam("nobody")


def test_a_file_in_a_folder_of_another_user_is_shut(shell, home, nobody):
    for name in ("file", "empty"):
        (home / name).write_bytes(name.encode() if name == "file" else b"")
        os.chown(home / name, nobody.pw_uid, nobody.pw_gid)
    found = read(shell, home, "~/file", "~/empty", "~/none", user="nobody")[1]
    assert [(each.kind, each.data, each.shut) for each in found] == [
        ("file", b"file", True),
        ("file", b"", True),
        ("absent", None, True),
    ]


def test_a_file_that_changed_meanwhile_is_left_alone(shell, home):
    (home / "file").write_bytes(b"old")
    checksum = read(shell, home, "~/file")[1][0].checksum
    (home / "file").write_bytes(b"theirs")
    assert write(shell, home, "~/file", b"new", checksum=checksum) == "moved"
    assert write(shell, home, "~/file", None, checksum=checksum) == "moved"
    assert write(shell, home, "~/file", b"new", checksum="-") == "moved"
    assert (home / "file").read_bytes() == b"theirs"
    assert [path.name for path in home.iterdir()] == ["file"]


def test_a_backup_is_kept_and_a_file_removed(shell, home):
    (home / "file").write_bytes(b"old")
    (home / "file").chmod(0o640)
    assert write(shell, home, "~/file", b"new", mode=0o640, backup="1.bak") == "done"
    assert (home / "file.1.bak").read_bytes() == b"old"
    assert (home / "file.1.bak").stat().st_mode & 0o777 == 0o640
    assert write(shell, home, "~/file", None, backup="2.bak") == "done"
    assert not (home / "file").exists() and (home / "file.2.bak").read_bytes() == b"new"


def test_a_user_that_is_not_there_is_said(shell, home):
    account, files = read(shell, home, "~/file", user="no-such-user")
    assert account.problem == "missing" and files == [None]


def test_names_that_lead_nowhere_are_found_out(shell, home):
    names = ["localhost", "127.0.0.1", "no-such-host.invalid", "$(id).invalid"]
    output = shell(posix.read_script({USER: (str(home), {})}, names))
    assert posix.unknown_names(output) == ["no-such-host.invalid", "$(id).invalid"]


def test_only_names_of_users_go_into_a_script():
    for user in ("root; id", "1000", "", "@ann", "-ann", "ann@$(id)", "a b"):
        with pytest.raises(UserError, match="not a user's name"):
            posix.read_script({user: (None, {})})
    for user in ("ann@corp.example", "4711a", "_ann", "host$"):
        assert f"HOME=~{user};" in posix.read_script({user: (None, {})})


def test_another_users_files_are_touched_as_that_user(shell, home, nobody):
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    secret = home.parent / f"{home.name}-root-only"
    secret.write_bytes(b"root's")
    secret.chmod(0o600)
    (home / "trap").symlink_to(secret)
    assert read(shell, home, "~/trap", user="nobody")[1][0].kind == "unreadable"
    assert write(shell, home, "~/trap", b"new", user="nobody", checksum="-", complaint="denied") == "error"
    assert secret.read_bytes() == b"root's"
    assert write(shell, home, "~/mine", b"new", user="nobody") == "done"
    assert (home / "mine").stat().st_uid == nobody.pw_uid
    (home / "theirs").write_bytes(b"x")
    assert read(shell, home, "~/theirs", user="nobody")[1][0].kind == "foreign"
