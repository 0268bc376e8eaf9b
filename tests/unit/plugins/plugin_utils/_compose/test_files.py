# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of services: what differs, what a diff shows of it, and how they reach a host."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import files, host
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError


def service(folder: Path, *given: dict, **more) -> dict:
    named = [{**each, "path": f"{folder}/{each['path']}"} for each in given]
    return {"name": "notes", "folders": [{"path": str(folder), "mode": "0750"}], "files": named, **more}


def look(desired: files.Files) -> host.Host:
    """What the script says of this machine, without an engine."""
    script = host.look(
        shlex.quote, None, file="/nonexistent", files=[*desired.files, *desired.folders], folders=desired.exclusive
    )
    script = script.replace("command docker", ":")
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    return host.seen(done.stdout)


def place(desired: files.Files, folder: Path) -> None:
    seen = look(desired)
    archive = folder / "archive.tar.gz"
    archive.write_bytes(files.archive(desired.differing(seen), desired.missing_folders(seen)))
    subprocess.run(["sh", "-c", host.place(shlex.quote, str(archive))], check=True)


def test_they_reach_a_host_as_they_are_and_differ_no_more(tmp_path):
    odd = 'it\'s "so", $HOME\n\ttwo lines\n'
    given = [
        {"path": "a b.txt", "content": odd},
        {"path": "deep/er/key", "content": "x", "mode": "0600", "diff": False},
    ]
    desired = files.of([service(tmp_path / "new", *given)])
    assert len(desired.differing(look(desired))) == 2 and desired.missing_folders(look(desired))
    place(desired, tmp_path)
    assert (tmp_path / "new/a b.txt").read_text(encoding="utf-8") == odd
    assert (tmp_path / "new/deep/er/key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o750
    assert not desired.differing(look(desired)) and not desired.missing_folders(look(desired))
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["a b.txt", "archive.tar.gz", "key"]

    (tmp_path / "new/a b.txt").chmod(0o600)
    assert [each.path for each in desired.differing(look(desired))] == [str(tmp_path / "new/a b.txt")]


def test_a_file_is_given_to_the_user_who_reads_it(tmp_path):
    # Only root gives files away.
    owner = 10005 if os.geteuid() == 0 else os.geteuid()
    given = {"path": "key", "content": "x", "mode": "0600", "owner": str(owner)}
    desired = files.of([service(tmp_path / "new", given)])
    place(desired, tmp_path)
    assert (tmp_path / "new/key").stat().st_uid == owner and not desired.differing(look(desired))
    other = files.of([service(tmp_path / "new", {**given, "owner": str(owner + 1)})])
    assert [each.path for each in other.differing(look(other))] == [f"{tmp_path}/new/key"]


def test_what_a_service_reads_again_by_itself_makes_no_other_container():
    def of(content: str, live: bool) -> str:
        return files.digest(files.of([{"name": "a", "files": [{"path": "/x", "content": content, "live": live}]}]), {})

    assert of("a", True) == of("b", True) and of("a", False) != of("b", False)


def test_what_else_is_in_a_folder_of_its_own_is_found(tmp_path):
    given = service(tmp_path, {"path": "mine", "content": ""})
    given["folders"][0]["exclusive"] = True
    (tmp_path / "former").touch()
    (tmp_path / "folder").mkdir()
    desired = files.of([given])
    assert desired.superfluous(look(desired)) == [str(tmp_path / "former")]


def test_what_is_there_is_read_with_its_mode(tmp_path):
    (tmp_path / "binary").write_bytes(b"\x00\xff\n")
    (tmp_path / "binary").chmod(0o640)
    script = host.contents(shlex.quote, [str(tmp_path / "binary"), str(tmp_path / "none")])
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert host.read(done.stdout) == {str(tmp_path / "binary"): (0o640, b"\x00\xff\n")}


def test_a_diff_shows_what_it_may():
    given = [{"path": "/x/open", "content": "new\n"}, {"path": "/x/key", "content": "two", "diff": False}]
    former = {"/x/open": (0o600, b"old\n"), "/x/key": (0o644, b"one")}
    shown = files.diffs(files.of([{"name": "a", "files": given}]).files.values(), ["/x/former"], former)
    assert [(each["before"], each["after"]) for each in shown] == [
        ("old\n", "new\n"),
        ("mode 0600\n", "mode 0644\n"),
        ("(not shown)\n", "(not shown, another one)\n"),
        ("former\n", ""),
    ]
    fresh = files.diffs(files.of([{"name": "a", "files": given}]).files.values(), [], {})
    assert [(each["before"], each["after"]) for each in fresh] == [("", "new\n"), ("", "(not shown)\n")]


def test_a_diff_of_a_long_file_shows_what_changes_and_no_more():
    long = "".join(f"{number}\n" for number in range(3_000))
    made = files.of([{"name": "a", "files": [{"path": "/x/long", "content": long}]}]).files.values()
    assert [(each["before"], each["after"]) for each in files.diffs(made, [], {})] == [("", "(3000 lines)\n")]
    former = {"/x/long": (0o644, long.replace("7\n", "8\n").encode())}
    assert [each["after"] for each in files.diffs(made, [], former)] == [long]


def test_two_services_share_a_file_only_if_it_is_the_same():
    one = {"name": "one", "files": [{"path": "/x/lock", "content": "a"}]}
    assert list(files.of([one, {**one, "name": "two"}]).files) == ["/x/lock"]
    with pytest.raises(UserError, match="The service two is to be given the file /x/lock, which another service has"):
        files.of([one, {"name": "two", "files": [{"path": "/x/lock", "content": "b"}]}])


@pytest.mark.parametrize("mode", [0o640, 640, "u=rw", "0888", "64"])
def test_a_mode_is_an_octal_number_in_quotation_marks(mode):
    """Without them YAML reads 0640 as 416, by which everybody could write to the file."""
    for given in (
        {"files": [{"path": "/x/key", "content": "", "mode": mode}]},
        {"folders": [{"path": "/x/key", "mode": mode}]},
    ):
        with pytest.raises(UserError, match=f'^The mode of /x/key is {mode}: write an octal number .+ such as "0640"'):
            files.of([{"name": "a", **given}])
    assert files.of([{"name": "a", "folders": [{"path": "/x", "mode": "1750"}]}]).folders == {"/x": 0o1750}


def test_the_digest_is_of_every_part():
    def of(content: str, **more: str) -> str:
        return files.digest(files.of([{"name": "a", "files": [{"path": "/x", "content": content}]}]), more)

    assert of("a") == of("a") and len({of("a"), of("b"), of("a", env="1"), of("a", env="2")}) == 4
