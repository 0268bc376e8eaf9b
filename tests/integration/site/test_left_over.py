# SPDX-License-Identifier: GPL-3.0-or-later
"""What is taken out of the inventory: every summary names it while it is there, and one switch removes it."""

from __future__ import annotations

import pytest
import yaml
from tree import TOP

pytestmark = pytest.mark.slow


def _out(site) -> dict:
    """The inventory without the server "filesystem", the key "codex" and the model."""
    whole = yaml.safe_load((TOP / "inventories/local/group_vars/all/main.yml").read_text(encoding="utf-8"))
    deployed = yaml.safe_load(site.deployment.read_text(encoding="utf-8"))
    (key,) = [one for one in whole["litellm_keys"] if one["name"] == "claude-code"]
    return {
        "mcp_filesystem_enabled": False,
        "litellm_mcp_servers": [one for one in deployed["litellm_mcp_servers"] if one["name"] != "filesystem"],
        "litellm_keys": [{**key, "models": [], "mcp": {"postgresql": ["*"]}}],
        "litellm_models": [],
        "litellm_verify_calls": {"postgresql": whole["litellm_verify_calls"]["postgresql"]},
    }


def _named(run) -> set[str]:
    """The lines of the summary below its heading."""
    text = run.output.partition("Not in the inventory, and still in force")[2].partition("Each goes with")[0]
    lines = text.replace("\\n", "\n").splitlines()
    return {" ".join(line.split()) for line in lines if line.strip()}


def test_it_is_named_in_every_summary_and_goes_with_the_switch(site):
    first = site.run()
    assert first.status == 0, first.output[-3000:]
    assert _named(first) == set()
    container = f"{site.prefix}-mcp-filesystem"
    gone = {"MCP server filesystem", "key codex", "model mock", f"container {container}"}

    out = site.run(**_out(site))
    assert out.status == 0, out.output[-3000:]
    assert _named(out) == gone and container in site.containers()
    proof = site.run(playbook="verify", **_out(site))
    assert proof.status == 0 and _named(proof) == gone - {f"container {container}"}, proof.output[-3000:]

    before = site.footprint()
    expected = site.run("--check", "-e", "litellm_purge=true", **_out(site))
    assert expected.status == 0, expected.output[-3000:]
    assert site.footprint() == before
    purged = site.run("-e", "litellm_purge=true", **_out(site))
    assert purged.status == 0, purged.output[-3000:]
    assert _named(purged) == set() and container not in site.containers()
    assert f"{container}-net" not in site.footprint()["networks"]
    again = site.run("-e", "litellm_purge=true", **_out(site))
    assert again.status == 0 and again.changed == [], again.changed
