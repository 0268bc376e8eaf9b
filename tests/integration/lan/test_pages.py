# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventories of the README, of the how-to's and of the tutorial: as a reader has them, `validate` takes them."""

from __future__ import annotations

import re
import sys

import plays
import pytest
import yaml
from tree import TOP

BLOCK = re.compile(r"^```yaml\n(# \S*inventory\.yml.*?)^```", re.MULTILINE | re.DOTALL)
# How the test gets to these hosts, which are not there, and what it may not take of this one.
HERE = [
    *("-e", "ansible_connection=local", "-e", f"ansible_python_interpreter={sys.executable}"),
    *("-e", "front_door_port=14967", "-e", "mcp_lan_prefix=lan-test-"),
]


def blocks(page: str) -> list[str]:
    return BLOCK.findall((TOP / page).read_text(encoding="utf-8"))


def readme() -> dict:
    (text,) = blocks("README.md")
    return yaml.safe_load(text)


def how_to() -> dict:
    """What the README's has become after the last of the how-to's."""
    said = readme()
    for text in blocks("docs/howto.md"):
        said["all"]["vars"] |= yaml.safe_load(text)
    return said


def tutorial() -> dict:
    first, *later = blocks("docs/tutorial.md")
    said = yaml.safe_load(first)
    for text in later:
        said |= yaml.safe_load(text)
    said["clients"]["hosts"]["laptop.lan"].pop("ansible_shell_type")
    said["all"]["vars"]["mcp_filesystem_path"] = str(TOP / "demo" / "shared")
    return said


@pytest.mark.parametrize("page", [how_to, tutorial], ids=lambda page: page.__name__)
def test_validate_takes_it(engine, page, tmp_path, monkeypatch):
    monkeypatch.setenv("MCP_LAN_STORE", str(tmp_path / "store"))
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(yaml.safe_dump(page()), encoding="utf-8")
    printed = plays.run_playbook("mcp_lan.litellm.validate", "-i", str(inventory), *HERE)
    assert re.search(r"linuxserver\.lan +: ok=[1-9].* failed=0", printed), printed


def test_validate_refuses_another(engine, tmp_path, monkeypatch):
    """So that the tests above mean something: a key that names a server which is not there."""
    monkeypatch.setenv("MCP_LAN_STORE", str(tmp_path / "store"))
    said = readme()
    said["all"]["vars"]["litellm_keys"][0]["mcp"] = {"tiem": ["*"]}
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(yaml.safe_dump(said), encoding="utf-8")
    with pytest.raises(AssertionError, match="tiem"):
        plays.run_playbook("mcp_lan.litellm.validate", "-i", str(inventory), *HERE)
