# SPDX-License-Identifier: GPL-3.0-or-later
"""What kubernetes_manifests says is to be deleted, whenever it was killed; on a host: tests/integration/compose."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.action import kubernetes_manifests
from kubernetes_cases import OPTIONS, described

BOTH = described({"one": {}, "two": {"env": {"A": "b"}}})
ONE = described({"one": {}})
DROPPED = [("Secret", "two-environment"), ("Service", "two"), ("Deployment", "two"), ("NetworkPolicy", "two")]


class Written(kubernetes_manifests.ActionModule):
    """The action, told what the host has."""

    def __init__(self, folder: Path, host, check_mode: bool = False) -> None:
        plain = {"replicas": {}, "routes": [], "gateway": "", "claims": {}, "volume_sizes": {}}
        self.options = OPTIONS | plain | {"dest": str(folder)}
        self.host, self._task = host, SimpleNamespace(check_mode=check_mode)

    def _host(self, options):
        return self.host


def write(folder: Path, host, check_mode: bool = False) -> dict:
    return Written(folder, host, check_mode).act()


def removed(done: dict) -> list[tuple[str, str]]:
    return [(each["kind"], each["name"]) for each in done["removed"]]


class Killed(BaseException):
    """Nothing of the program goes on after it."""


@pytest.fixture
def killed(monkeypatch):
    """A run that ends after so many changes of the folder."""

    def run(folder: Path, host, changes: int) -> None:
        left = [changes]

        def until(change):
            def counted(*arguments):
                if not left[0]:
                    raise Killed
                left[0] -= 1
                return change(*arguments)

            return counted

        with monkeypatch.context() as patched:
            patched.setattr(kubernetes_manifests, "_place", until(kubernetes_manifests._place))
            patched.setattr(Path, "unlink", until(Path.unlink))
            write(folder, host)

    return run


def test_a_run_that_was_killed_forgets_nothing(tmp_path, killed):
    for changes in range(100):
        folder = tmp_path / str(changes)
        write(folder, BOTH)
        try:
            killed(folder, ONE, changes)
        except Killed:
            assert removed(write(folder, ONE, check_mode=True)) == DROPPED, changes
            assert removed(write(folder, ONE)) == DROPPED, changes
        else:
            break
    assert changes == 5, "the list, three files with less in them, and one that goes"


def test_it_is_said_until_the_file_is_removed_and_written_in_no_check(tmp_path):
    write(tmp_path, BOTH)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    expected = write(tmp_path, ONE, check_mode=True)
    assert expected["changed"] and removed(expected) == DROPPED
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    done = write(tmp_path, ONE)
    assert removed(done) == DROPPED and "to_delete.yaml" not in done["files"]
    named = list(yaml.safe_load_all((tmp_path / "to_delete.yaml").read_text(encoding="utf-8")))
    assert [(each["kind"], each["metadata"]["name"]) for each in named] == DROPPED
    assert {each["metadata"]["namespace"] for each in named} == {"mcp-lan"}
    assert "to_delete" not in (tmp_path / "kustomization.yaml").read_text(encoding="utf-8")
    again = write(tmp_path, ONE)
    assert not again["changed"] and removed(again) == DROPPED
    (tmp_path / "to_delete.yaml").unlink()
    assert not write(tmp_path, ONE)["removed"] and not (tmp_path / "to_delete.yaml").exists()


def test_what_the_inventory_has_again_is_not_deleted(tmp_path):
    write(tmp_path, BOTH)
    write(tmp_path, ONE)
    assert not write(tmp_path, BOTH)["removed"] and not (tmp_path / "to_delete.yaml").exists()
