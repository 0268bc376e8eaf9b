# SPDX-License-Identifier: GPL-3.0-or-later
"""What CONTRIBUTING shows how to add works as it stands there: one file each, in a copy of the collection."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from tree import TOP

BLOCK = re.compile(r"^```(?:python|yaml)\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PACKAGE = "ansible_collections.mcp_lan.litellm.plugins"


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Python code that runs with the copy, after what CONTRIBUTING adds."""
    top = tmp_path_factory.mktemp("copy")
    collection = top / "ansible_collections/mcp_lan/litellm"
    left_out = shutil.ignore_patterns("__pycache__")
    for folder in ("plugins", "roles", "meta", "tools", "images"):
        shutil.copytree(TOP / folder, collection / folder, ignore=left_out)
    shutil.copy(TOP / "galaxy.yml", collection)
    (collection / ".collections").symlink_to(top)
    added = BLOCK.findall((TOP / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    for path, text in added:
        assert not (collection / path).exists()
        (collection / path).write_text(text, encoding="utf-8")

    def run(code: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(top), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=collection, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    run.collection, run.added = collection, [path for path, _text in added]
    return run


def test_there_is_one_of_each(copy):
    assert [path.split("/")[-2] for path in copy.added] == ["programs", "catalogue", "stores"]


def test_a_client_program(copy):
    said = copy(f"from {PACKAGE}.plugin_utils._clients.registry import CLIENTS; print(CLIENTS['notepad'].title)")
    assert said == "Notepad"


def test_a_service(copy):
    code = f"from {PACKAGE}.plugin_utils._mcp_services.catalogue import complete; import json; "
    made = yaml.safe_load(copy(code + "print(json.dumps(complete({'name': 'notes'})))"))
    assert made["container_name"] == "mcp-notes" and made["call"] == {"tool": "list_notes"}
    assert made["image"]["args"] == {"SERVICE": "notes"} and made["image"]["repository"] == "mcp-lan/mcp-notes"


def test_a_store(copy):
    code = f"from {PACKAGE}.plugin_utils._secrets.stores import store_of; "
    assert copy(code + "print(store_of(None, 'shared-folder:home', {}).place)") == "/srv/shared/home"
    wrong = code + "import sys\ntry: store_of(None, 'no-such:x', {})\nexcept Exception as error: print(error)"
    assert copy(wrong) == (
        "mcp_lan_store: 'no-such:x' is no store; it is a directory, ansible-vault:DIRECTORY or hashi-vault:MOUNT/PATH "
        "or shared-folder:NAME."
    )


def test_a_version_of_litellm(copy):
    versions = copy.collection / "plugins/plugin_utils/_litellm/versions"
    text = (versions / "1.108.7.yml").read_text(encoding="utf-8")
    (versions / "1.199.0.yml").write_text(
        text.replace("version: 1.108.7", "version: 1.199.0").replace("mcp_tools ", "mcp_tools new_settings "),
        encoding="utf-8",
    )
    code = f"from {PACKAGE}.plugin_utils._litellm.settings import section; "
    said = copy(
        code + "print('new_settings' in section('1.199.0', 'sections').keys, section('1.77.3', 'sections').newer)"
    )
    assert said.startswith("True ") and "'new_settings': '1.199.0'" in said


def test_a_kind(copy):
    """Its declaration and its place in the registry; its modules are written."""
    kinds = copy.collection / "plugins/plugin_utils/_gateway/kinds"
    text = (kinds / "tag.py").read_text(encoding="utf-8")
    text = text.replace("class Tag(", "class Label(").replace('kind = "tag"', 'kind = "label"')
    text = text.replace('plural = "tags"', 'plural = "labels"').replace('title = "tag"', 'title = "label"')
    (kinds / "label.py").write_text(text, encoding="utf-8")
    registry = (kinds / "registry.py").read_text(encoding="utf-8")
    line = f"from {PACKAGE}.plugin_utils._gateway.kinds.model import Model\n"
    registry = registry.replace(line, line.replace("model import Model", "label import Label") + line)
    (kinds / "registry.py").write_text(registry.replace("    Tag,\n", "    Tag,\n    Label,\n"), encoding="utf-8")
    copy("import runpy, sys; sys.argv = ['module_docs']; runpy.run_path('tools/module_docs.py', run_name='__main__')")
    module = (copy.collection / "plugins/modules/gateway_state.py").read_text(encoding="utf-8")
    written = yaml.safe_load(re.search(r'DOCUMENTATION = r"""(.*?)"""', module, re.DOTALL)[1])
    assert "labels" in written["options"]
    assert all((copy.collection / f"plugins/{where}/label.py").is_file() for where in ("modules", "action"))
