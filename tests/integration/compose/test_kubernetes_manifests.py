# SPDX-License-Identifier: GPL-3.0-or-later
"""The module kubernetes_manifests on a host with an engine: what it reads there, writes here, removes and leaves."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import docker
import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.project import env_file
from services import remove
from tree import OUTPUT, TOP

NAME = "mcp-lan-test-kubernetes"
FOLDER = OUTPUT / NAME
DEST = FOLDER / "manifests"
SECRET = 'a word $of "one\'s" own'


@pytest.fixture(scope="module")
def deployed(images):
    api = docker.from_env()
    remove(api, NAME)
    FOLDER.mkdir(parents=True, exist_ok=True)
    service = {
        "name": f"{NAME}-notes",
        "image": images["MCP_LAN_TEST_FRONT_DOOR_IMAGE"],
        "entrypoint": ["sh", "-c"],
        "command": ["exec sleep 1000"],
        "user": "1000:1000",
        "memory": "32m",
        "expose": ["80"],
        "env_file": f"{FOLDER}/host/notes.env",
        "networks": [{"name": f"{NAME}-net", "internal": True}],
        "healthcheck": {"test": ["CMD", "true"], "interval": "1s"},
        "labels": {"mcp_lan.service": f"{NAME}-notes"},
        "volumes": [f"{FOLDER}/host/files:/etc/notes:ro"],
        "folders": [{"path": f"{FOLDER}/host/files"}],
        "files": [
            {"path": f"{FOLDER}/host/notes.env", "content": env_file({"WORD": SECRET}), "mode": "0600", "diff": False},
            {"path": f"{FOLDER}/host/files/notes.conf", "content": "one: 1e3\n"},
        ],
        "stop_timeout": 1,
    }
    task("compose_project", project=NAME, file=f"{FOLDER}/host/compose.yaml", services=[service])
    yield service
    remove(api, NAME)
    shutil.rmtree(FOLDER)


def task(module: str, *options: str, **arguments) -> dict:
    """One task: what it returned, its failure among it."""
    keep = {"content": "{{ done | to_json }}", "dest": str(FOLDER / "done.json"), "mode": "0600"}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False}
    play["vars"] = {"ansible_python_interpreter": sys.executable}
    play["tasks"] = [
        {f"mcp_lan.litellm.{module}": arguments, "register": "done", "ignore_errors": True},
        {"ansible.builtin.copy": keep, "check_mode": False, "diff": False},
    ]
    path = FOLDER / "play.yml"
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    command = ["ansible-playbook", "-i", "localhost,", str(path), *options]
    run = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return json.loads((FOLDER / "done.json").read_text(encoding="utf-8")) | {"output": run.stdout}


def write(*options: str, **arguments) -> dict:
    given = {"file": f"{FOLDER}/host/compose.yaml", "dest": str(DEST), "cluster_networks": ["10.244.0.0/16"]}
    return task("kubernetes_manifests", *options, **given, **arguments)


def test_what_runs_is_written_once_and_no_secret_is_shown(deployed):
    expected = write("--check", "--diff", registry="registry.lan")
    assert expected["changed"] and not DEST.exists()
    done = write("--diff", registry="registry.lan")
    assert done["changed"] and done["files"][:3] == ["namespace.yaml", "network-policies.yaml", "secrets.yaml"]
    assert "name: mcp-lan-test-kubernetes-notes" in done["output"]
    secrets = yaml.safe_load((DEST / "secrets.yaml").read_text(encoding="utf-8"))
    for shown in (expected, done):
        assert secrets["data"]["WORD"] not in shown["output"] and "a word" not in shown["output"]
    assert {path.name: path.stat().st_mode & 0o777 for path in DEST.iterdir()}.pop("secrets.yaml") == 0o600
    *_others, deployment = yaml.safe_load_all((DEST / f"{NAME}-notes.yaml").read_text(encoding="utf-8"))
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == deployed["image"], "not built by it"
    assert not write(registry="registry.lan")["changed"] and not write("--check", registry="registry.lan")["changed"]


@pytest.mark.slow
def test_what_it_wrote_before_goes_and_what_others_wrote_stays(deployed):
    write()
    (DEST / "overlay.yaml").write_text("kind: Mine\n", encoding="utf-8")
    former = DEST / "former.yaml"
    former.write_bytes((DEST / "namespace.yaml").read_bytes())
    (DEST / "secrets.yaml").chmod(0o644)
    assert write("--check")["changed"] and former.exists()
    assert write()["changed"] and not former.exists() and (DEST / "overlay.yaml").exists()
    assert (DEST / "secrets.yaml").stat().st_mode & 0o777 == 0o600
    assert not write()["changed"]


def test_a_host_without_the_project_is_a_sentence(deployed):
    given = {"file": f"{FOLDER}/none.yaml", "dest": str(DEST), "cluster_networks": ["10.244.0.0/16"]}
    done = task("kubernetes_manifests", **given)
    assert done["failed"] and done["code"] == "path_missing" and "run site.yml, which writes it" in done["msg"]


@pytest.mark.slow
def test_what_is_dropped_is_returned(deployed):
    write()
    more = [{"service": f"{NAME}-notes", "port": 80, "hostnames": ["notes.lan"]}]
    assert not write(gateway="gateways/public", routes=more)["removed"]
    for options in (("--check",), (), ()):
        (gone,) = write(*options)["removed"]
        assert (gone["kind"], gone["namespace"], gone["name"]) == ("HTTPRoute", "mcp-lan", f"{NAME}-notes-80")
    (DEST / "to_delete.yaml").unlink()
    assert not write()["removed"]


def test_a_file_that_is_gone_is_a_sentence(deployed):
    path = FOLDER / "host/files/notes.conf"
    kept = path.read_bytes()
    path.unlink()
    done = write()
    path.write_bytes(kept)
    assert done["failed"] and done["code"] == "path_missing" and f"has no {path}" in done["msg"]
