# SPDX-License-Identifier: GPL-3.0-or-later
"""What restic is called with, what it says, and which copies go. With restic itself: tests/integration/copies."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils import restic

NOW = restic.moment("2026-11-29T13:05:01Z")
DAYS = {"a": "2026-10-20", "b": "2026-11-09", "c": "2026-11-19", "d": "2026-11-28"}


def repository(place: str, **more) -> restic.Repository:
    options = dict.fromkeys(restic.OPTIONS) | {"environment": {}}
    return restic.Repository({**options, "repository": place, "repository_password": "of this test", **more})


@pytest.mark.parametrize(
    ("place", "ends"),
    [
        ("sftp:backup@nas.lan:/srv/gateway", ["backup@nas.lan", "-s", "sftp"]),
        ("sftp:nas.lan:gateway", ["nas.lan", "-s", "sftp"]),
        ("sftp://backup@nas.lan:2222//srv/gateway", ["-p", "2222", "backup@nas.lan", "-s", "sftp"]),
        ("sftp://backup@[fd00::1]:2222//srv/gateway", ["-p", "2222", "backup@fd00::1", "-s", "sftp"]),
    ],
)
def test_ssh_asks_nobody_and_knows_the_host(place, ends):
    with (made := repository(place, ssh_key="a key", known_hosts="a host")).opened():
        assert made.ssh[0] == "ssh" and made.ssh[-len(ends) :] == ends
        assert {"BatchMode=yes", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes"} <= set(made.ssh)
        files = [word.partition("=")[2] for word in made.ssh if word.startswith(("IdentityFile", "UserKnownHosts"))]
        for path, content in zip(files, ("a key\n", "a host\n"), strict=True):
            with open(path, encoding="utf-8") as opened:
                assert opened.read() == content
        assert made.password_file.stat().st_mode & 0o777 == 0o600
    assert not made.password_file.exists()


def test_another_place_needs_no_ssh():
    with (made := repository("s3:https://s3.lan/bucket")).opened():
        assert made.ssh == made.options == []


@pytest.mark.parametrize(
    ("keep", "keep_days", "gone"),
    [(0, 0, ""), (2, 0, "ab"), (0, 15, "ab"), (3, 15, "ab"), (0, 1, "abc"), (1, 0, "abc")],
)
def test_which_copies_go(keep, keep_days, gone):
    copies = [{"name": name, "taken": f"{day}T13:00:00.123456789Z"} for name, day in DAYS.items()]
    assert "".join(one["name"] for one in restic.surplus(copies, keep, keep_days, NOW)) == gone


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        (
            '{"message_type":"exit_error","code":12,"message":"Fatal: wrong password or no key found"}',
            "its password is",
        ),
        (
            "unable to create lock in backend: repository is already locked exclusively by PID 7 on nas by root",
            "it is locked by PID 7 on nas: wait until that is done",
        ),
        ("Fatal: unable to save snapshot: write /srv: no space left on device", "it takes no more (no space left"),
        (
            'Stat(<config/>) returned error, retrying after 9.3s: Stat: Get "http://s3.lan/": no route to host',
            'Stat: Get "http://s3.lan/": no route to host',
        ),
        (
            '{"message":"Fatal: unable to open config file: Forbidden\\nIs there a repository"}',
            "unable to open config file",
        ),
        ("", "it does not answer"),
    ],
)
def test_what_it_says_is_one_sentence(said, meaning):
    told = restic._meaning(said)
    assert told.startswith(meaning) and "\n" not in told
