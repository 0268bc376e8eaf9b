# SPDX-License-Identifier: GPL-3.0-or-later
"""The search for values that were told finds them, and tells where without telling them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore, new_secret
from leaks import Watch

WAITING = "import sys; print(flush=True); sys.stdin.read()"


@pytest.fixture
def folder():
    """Outside of what the search of the whole suite looks at, so that it does not find what is planted here."""
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


@pytest.fixture
def value(folder):
    value = new_secret("sk-")
    FileStore(str(folder / "output" / "site" / "store")).put("keys", "codex", value)
    return value


@pytest.fixture
def watch(folder, value):
    (folder / "temporary").mkdir()
    return Watch(folder / "output", folder / "temporary")


def _while_running(watch, *arguments, **environment) -> list[str]:
    command = [sys.executable, "-c", WAITING, *arguments]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        watch.look()
        process.stdin.close()
    return watch.stop()


@pytest.fixture
def started(watch):
    watch.start()
    return watch


def test_nothing_is_found_where_values_may_be(started, folder, value):
    path = folder / "temporary" / "client.json"
    path.touch(0o600)
    path.write_text(value)
    assert _while_running(started, LITELLM_MASTER_KEY=value) == []


def test_a_file_that_others_may_read(started, folder, value):
    for name, mode in (("run.log", 0o644), ("shared.json", 0o640)):
        (folder / "temporary" / name).write_text(f"Authorization: Bearer {value}\\n")
        (folder / "temporary" / name).chmod(mode)
    assert started.stop() == [str(folder / "temporary" / name) for name in ("run.log", "shared.json")]


def test_an_argument_of_a_process(started, value):
    (told,) = _while_running(started, f"--header=Bearer {value}")
    assert told.startswith("the arguments of a process 'python") and value not in told


def test_an_environment_of_a_process(started, value):
    (told,) = _while_running(started, OTHER=f"postgresql://someone:{value}@here")
    assert told.endswith(": OTHER") and value not in told


def test_a_log(started, value):
    started.saw("the log of the container x", f'{{"message": "refused\\n{value}"}}'.encode())
    assert started.stop() == ["the log of the container x"]


def test_a_value_that_is_gone_by_the_end(started, folder, value):
    started.learn(folder / "output")
    FileStore(str(folder / "output" / "site" / "store")).remove("keys", "codex")
    (folder / "temporary" / "left.txt").write_text(value)
    assert started.stop() == [str(folder / "temporary" / "left.txt")]
