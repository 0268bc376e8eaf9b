# SPDX-License-Identifier: GPL-3.0-or-later
"""When it is forgotten what a cluster has to delete; a real API server deletes it in tests/integration/kubernetes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from plays import run_playbook

GONE = {"api_version": "v1", "kind": "Service", "namespace": "mcp-lan", "name": "former"}


@pytest.fixture
def silent(tmp_path) -> Iterator[Path]:
    """The configuration of a client whose cluster does not answer."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        server = {"server": f"http://127.0.0.1:{closed.getsockname()[1]}"}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "c", "cluster": server}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "users": [{"name": "u", "user": {}}],
            "current-context": "c",
        }
        path = tmp_path / "config"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        yield path


def run(folder: Path, config: Path, removed: list[dict]) -> str:
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "environment": {"K8S_AUTH_KUBECONFIG": str(config)},
        "vars": {
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "container_service_manifests": {"dest": str(folder), "files": [], "removed": removed},
        },
        "tasks": [
            {
                "ansible.builtin.include_role": {
                    "name": "mcp_lan.litellm.container_service",
                    "tasks_from": "kubernetes_apply.yml",
                }
            }
        ],
    }
    (folder / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    return run_playbook("-i", "localhost,", str(folder / "play.yml"))


def test_what_is_to_be_deleted_is_known_until_the_cluster_has_deleted_it(tmp_path, silent):
    named = tmp_path / "to_delete.yaml"
    named.touch()
    with pytest.raises(AssertionError, match="Connection refused"):
        run(tmp_path, silent, [GONE])
    assert named.exists()
    run(tmp_path, silent, [])
    assert not named.exists()
