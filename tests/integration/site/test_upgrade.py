# SPDX-License-Identifier: GPL-3.0-or-later
"""An upgrade of the site that fails, or is ended: the older version is back, with its keys, its rows and its guard."""

from __future__ import annotations

import json
import re
import subprocess
import time

import pytest
import requests
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import Server
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import MINIMUM, NEWEST_TESTED
from ansible_collections.mcp_lan.litellm.plugins.module_utils.upgrades import guard_of
from site_deployment import Run, Site, kill

pytestmark = pytest.mark.slow
HELD = """
SELECT json_build_object(
  'keys', (SELECT json_agg(json_build_array(token, key_alias, spend, max_budget) ORDER BY token)
           FROM "LiteLLM_VerificationToken"),
  'rows', (SELECT json_agg(request_id ORDER BY request_id) FROM "LiteLLM_SpendLogs"));
"""
# A table that one of the newer version's migrations makes, of somebody else.
IN_THE_WAY = 'CREATE TABLE "LiteLLM_MCPToolsetTable" (nobody integer);'


def sql(site: Site, text: str) -> str:
    return Server(f"{site.prefix}-postgresql", "postgres").sql("litellm", text)


def chat(site: Site) -> str:
    answer = requests.post(
        f"{site.api_url}/v1/chat/completions",
        json={"model": "mock", "messages": [{"role": "user", "content": "Hello"}]},
        headers={"Authorization": f"Bearer {site.store.get('keys', 'codex')}"},
        timeout=60,
    )
    answer.raise_for_status()
    return answer.json()["id"]


def guard(site: Site) -> str:
    headers = {"Authorization": f"Bearer {site.store.get('secrets', 'master_key')}"}
    return guard_of(requests.get(f"{site.admin_url}/active/callbacks", headers=headers, timeout=30).text)


def seen(site: Site) -> tuple[dict, str, dict, str]:
    """What the gateway knows, its guard, its files, and its image."""
    files = {str(path): path.read_bytes() for path in sorted((site.output / "etc").rglob("*")) if path.is_file()}
    image = site.engine.containers.get(f"{site.prefix}-litellm").attrs["Config"]["Image"]
    return json.loads(sql(site, HELD)), guard(site), files, image


def upgrade(site: Site, **more) -> Run:
    return site.run(playbook="upgrade", litellm_gateway_version=NEWEST_TESTED, **options(site), **more)


def options(site: Site) -> dict:
    return {"backup_store": False, "backup_dir": str(site.output / "backups")}


def databases(site: Site) -> list[str]:
    return sql(site, "SELECT datname FROM pg_database WHERE datname LIKE 'litellm%';").splitlines()


@pytest.fixture(scope="module")
def older(site):
    """The older version, with keys that have a budget and have spent, and a row for what was asked."""
    first = site.run()
    assert first.status == 0, first.output[-3000:]
    site.client().post("/key/generate", {"key_alias": "by-hand", "max_budget": 5})
    sql(site, 'UPDATE "LiteLLM_VerificationToken" SET spend = 1.25;')
    asked = chat(site)
    while asked not in json.loads(sql(site, HELD))["rows"]:
        time.sleep(1)
    return seen(site)


def is_as_it_was(site: Site, before: tuple[dict, str, dict, str]) -> None:
    held, guarded, files, image = seen(site)
    assert guarded == before[1] and "mcp_lan_guard sha256:" in guarded
    assert image == before[3] and MINIMUM in image
    assert files == before[2]
    assert held["keys"] == before[0]["keys"]
    assert not set(before[0]["rows"]) - set(held["rows"])
    assert databases(site) == ["litellm"]


def test_migrations_that_fail_are_undone(site, older, show):
    sql(site, IN_THE_WAY)
    try:
        failed = upgrade(site)
        assert failed.status, failed.output[-3000:]
        said = re.search(r"failed and was undone in (\d+) s: (.*)", failed.message)
        assert said and "add_mcp_toolsets failed: must be owner of table LiteLLM_MCPToolsetTable." in said[2], (
            failed.message
        )
        assert f"{NEWEST_TESTED} wrote nothing to the spend log meanwhile" in failed.message
        is_as_it_was(site, older)
        with show():
            print(f"\nundone in {said[1]} s; the run took {failed.seconds:.0f} s")
    finally:
        sql(site, 'DROP TABLE "LiteLLM_MCPToolsetTable";')


def test_a_proof_that_fails_is_undone_and_what_was_answered_is_kept(site, older, show):
    wrong = {"filesystem": {"tool": "list_allowed_directories", "arguments": {}, "expect": "what is nowhere"}}
    failed = upgrade(site, litellm_verify_calls=wrong)
    assert failed.status and "what is nowhere" in failed.message, failed.output[-3000:]
    # The proof itself has asked.
    kept = re.search(r"kept in the spend log: (\d+) rows", failed.message)
    assert kept and int(kept[1]) > 0, failed.message
    is_as_it_was(site, older)
    rows = json.loads(sql(site, HELD))["rows"]
    assert len(rows) >= len(older[0]["rows"]) + int(kept[1])
    with show():
        print(f"\n{failed.message}")


@pytest.mark.parametrize("step", ["Apply LiteLLM's migrations", "Run or remove {prefix}-litellm"])
def test_one_that_is_killed_is_undone_by_the_sites_run(site, older, step, show):
    log, step = site.output / "killed.log", step.format(prefix=site.prefix)
    process = site.start(log=log, playbook="upgrade", litellm_gateway_version=NEWEST_TESTED, **options(site))
    try:
        while (
            process.poll() is None and f"{step}]" not in log.read_text(encoding="utf-8").partition("in the place of")[2]
        ):
            time.sleep(0.02)
        time.sleep(2)
    finally:
        kill(process, whole_tree=True)
    assert len(databases(site)) == 2, log.read_text(encoding="utf-8")[-3000:]
    again = site.run()
    assert again.status == 0, again.output[-3000:]
    # Ansible folds what is long.
    said = " ".join(again.output.split())
    assert "failed and was undone" in said and "its run was ended before it was proved" in said
    is_as_it_was(site, older)
    assert site.run().changed == []


def test_then_it_succeeds(site, older):
    done = upgrade(site)
    assert done.status == 0, done.output[-3000:]
    assert re.search(r"Migrations\s+applied \d+ database migrations, in 0:", done.output)
    held, guarded, _files, image = seen(site)
    assert NEWEST_TESTED in image and "mcp_lan_guard sha256:" in guarded
    assert held["keys"] == older[0]["keys"] and not set(older[0]["rows"]) - set(held["rows"])
    assert databases(site) == ["litellm"]
    inside = ["docker", "exec", f"{site.prefix}-litellm", "ls", "/etc/litellm"]
    assert "upgrade" not in subprocess.run(inside, capture_output=True, text=True, check=True).stdout.split()
