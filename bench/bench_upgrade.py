# SPDX-License-Identifier: GPL-3.0-or-later
"""Upgrade: the site's own playbooks from the oldest to the newest version, killed at random moments, and failed.

Killed: `upgrade.yml` is ended by `kill -9` (with all that it has started, or with a worker that lives on), at a moment
after its backup, then `site.yml` is run with the older version or `upgrade.yml` with the newer one, and the gateway has
to be on one of the two, by its container, by its migrations and by the verification. One chat after another is asked
for meanwhile; what was answered has to be in the spend log, and keys, their spend and their budgets have to be as they
were. With many rows: one that ends well, one with a migration that cannot be applied, and one with a proof that fails;
away is how long no chat was answered, and undone is of the undoing alone. MCP_LAN_BENCH_UPGRADES is the number of those
that are killed, MCP_LAN_BENCH_UPGRADE_ROWS that of rows of their spend log, MCP_LAN_BENCH_MANY_ROWS the numbers of many
rows, separated by spaces; MCP_LAN_BENCH_SEED chooses other moments.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path

import requests
from ansible_collections.mcp_lan.litellm.plugins.module_utils.backups import Server
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import MINIMUM, NEWEST_TESTED
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._litellm.settings import known
from scenario import start_engine
from site_deployment import Run, Site, kill
from spend_rows import copies

UPGRADES = int(os.environ.get("MCP_LAN_BENCH_UPGRADES", "20"))
ROWS = int(os.environ.get("MCP_LAN_BENCH_UPGRADE_ROWS", "2000"))
MANY_ROWS = os.environ.get("MCP_LAN_BENCH_MANY_ROWS", "100000 1000000").split()
SEED = int(os.environ.get("MCP_LAN_BENCH_SEED") or random.SystemRandom().randrange(10**6))
KEYS = 20
# What a run that was killed may have changed, and must not have: keys that nothing but this benchmark knows.
HELD = """
SELECT json_build_object(
  'keys', (SELECT json_agg(json_build_array(token, key_alias, spend, max_budget, budget_id) ORDER BY token)
           FROM "LiteLLM_VerificationToken" WHERE key_alias LIKE 'bench-%'),
  'budgets', (SELECT json_agg(json_build_array(budget_id, max_budget) ORDER BY budget_id)
              FROM "LiteLLM_BudgetTable" WHERE budget_id LIKE 'bench-%'),
  'rows', (SELECT count(*) FROM "LiteLLM_SpendLogs" WHERE request_id LIKE 'copied-%'));
"""
BREAKS = 'CREATE TABLE "LiteLLM_MCPToolsetTable" (nobody integer);'


class Client(threading.Thread):
    """Asks for one chat after another until it is stopped: what was answered, by its id, and when."""

    def __init__(self, site: Site) -> None:
        super().__init__(daemon=True)
        self.url = f"{site.api_url}/v1/chat/completions"
        self.headers = {"Authorization": f"Bearer {site.store.get('keys', 'codex')}"}
        self.stopped = threading.Event()
        self.answered: list[tuple[float, str]] = []

    def run(self) -> None:
        body = {"model": "mock", "messages": [{"role": "user", "content": "Hello"}]}
        while not self.stopped.is_set():
            try:
                answer = requests.post(self.url, json=body, headers=self.headers, timeout=30)
                if answer.ok:
                    self.answered.append((time.monotonic(), answer.json()["id"]))
            except (requests.RequestException, ValueError):
                pass
            time.sleep(0.2)

    def away(self) -> float:
        """The longest time between two answers."""
        times = [at for at, _identity in self.answered]
        return max(after - before for before, after in itertools.pairwise(times))


class Deployed:
    """The site with the older version, keys and rows of its own, and how it was at first."""

    def __init__(self) -> None:
        self.site = Site("bench-upgrade", 14788)
        self.server = Server(f"{self.site.prefix}-postgresql", "postgres")
        self.gateway, self.door = f"{self.site.prefix}-litellm", f"{self.site.prefix}-front-door"
        self.etc, self.kept = self.site.output / "etc", self.site.output / "kept"
        self.options = {"backup_store": False, "backup_dir": str(self.site.output / "backups"), "backup_keep": 1}

    def run(self, playbook: str, version: str, **more) -> Run:
        variables = {"litellm_gateway_version": version, **more}
        return self.site.run(playbook=playbook, **variables, **(self.options if playbook == "upgrade" else {}))

    def sql(self, text: str) -> str:
        return self.server.sql("litellm", text)

    def deploy(self) -> None:
        self.site.remove()
        first = self.run("site", MINIMUM)
        if first.status:
            raise SystemExit(f"bench: the site cannot be deployed:\n{first.output[-3000:]}")
        admin = {"Authorization": f"Bearer {self.site.store.get('secrets', 'master_key')}"}
        for number in range(KEYS):
            name = f"bench-{number}"
            for path, body in (
                ("/budget/new", {"budget_id": name, "max_budget": number + 0.5}),
                ("/key/generate", {"key_alias": name, "max_budget": number + 0.25, "budget_id": name}),
            ):
                requests.post(self.site.admin_url + path, json=body, headers=admin, timeout=60).raise_for_status()
        self.sql("UPDATE \"LiteLLM_VerificationToken\" SET spend = 1 + random() WHERE key_alias LIKE 'bench-%';")
        client = Client(self.site)
        client.start()
        while not int(self.sql("SELECT count(*) FROM \"LiteLLM_SpendLogs\" WHERE model <> '';")):
            time.sleep(1)
        client.stopped.set()
        client.join()
        self.fill(ROWS)

    def fill(self, rows: int) -> None:
        """So many rows, and all of it kept as it is."""
        self.sql("DELETE FROM \"LiteLLM_SpendLogs\" WHERE request_id LIKE 'copied-%';")
        self.sql(copies(rows, "2026-10-01", 50, "request_id NOT LIKE 'copied-%' AND model <> ''"))
        self.sql('VACUUM ANALYZE "LiteLLM_SpendLogs";')
        self.stop()
        self.server.remove("pristine")
        self.server.sql("postgres", "CREATE DATABASE pristine TEMPLATE litellm OWNER litellm STRATEGY file_copy;")
        shutil.rmtree(self.kept, ignore_errors=True)
        shutil.copytree(self.etc, self.kept)
        self.start()

    def stop(self) -> None:
        for name in (self.door, self.gateway, f"{self.gateway}-retention"):
            subprocess.run(["docker", "stop", name], capture_output=True, check=True)
            time.sleep(8 if name == self.door else 0)

    def start(self) -> None:
        compose = ["docker", "compose", "--file", str(self.etc / "compose.yaml"), "up", "--detach", "--wait"]
        subprocess.run(compose, capture_output=True, check=True)

    def back(self) -> None:
        """As it was at first."""
        self.stop()
        for name in self.server.sql(
            "postgres", "SELECT datname FROM pg_database WHERE datname ~ '^litellm';"
        ).splitlines():
            self.server.remove(name)
        shutil.rmtree(self.etc / "litellm/upgrade", ignore_errors=True)
        self.server.sql("postgres", "CREATE DATABASE litellm TEMPLATE pristine OWNER litellm STRATEGY file_copy;")
        self.server.sql("postgres", "REVOKE ALL ON DATABASE litellm FROM PUBLIC;")
        # In their places: containers have the folders.
        for path in self.kept.rglob("*"):
            if path.is_file():
                shutil.copy2(path, self.etc / path.relative_to(self.kept))
        self.start()

    def held(self) -> dict:
        return json.loads(self.sql(HELD))

    def version(self) -> str:
        """The version of the container, and of the database: one, or the gateway is between two."""
        script = "import importlib.metadata; print(importlib.metadata.version('litellm'))"
        asked = subprocess.run(
            ["docker", "exec", self.gateway, "python3", "-c", script], capture_output=True, text=True, check=False
        )
        last = self.sql('SELECT max(migration_name) FROM "_prisma_migrations" WHERE finished_at IS NOT NULL;')[:14]
        of_database = next(name for name, one in known().items() if one.get("last_migration", "") >= last)
        others = set(self.server.sql("postgres", "SELECT datname FROM pg_database;").splitlines())
        strays = sorted(name for name in others if name.startswith("litellm__"))
        running = asked.stdout.strip()
        return running if running == of_database and not strays else f"{running} on {of_database}, {strays}"


def lost(before: dict, after: dict, kind: str) -> int:
    return len([each for each in before[kind] if each not in after[kind]])


def upgrade(deployed: Deployed, moment: float | None = None, whole_tree: bool = True) -> tuple[float, str, bool]:
    """Seconds of an upgrade from the play on that changes something, what was printed, and whether it ended well; it is
    killed at the moment, if there is one.
    """
    log = deployed.site.output / "killed.log"
    variables = {"litellm_gateway_version": NEWEST_TESTED, **deployed.options}
    every_task = {"ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default"}
    process = deployed.site.start(log=log, playbook="upgrade", environment=every_task, **variables)
    try:
        while process.poll() is None and "PLAY [Upgrade LiteLLM]" not in log.read_text(encoding="utf-8"):
            time.sleep(0.05)
        began = time.monotonic()
        while process.poll() is None and (moment is None or time.monotonic() - began < moment):
            time.sleep(0.05)
    finally:
        kill(process, whole_tree)
    return time.monotonic() - began, log.read_text(encoding="utf-8"), process.returncode == 0


def killed(deployed: Deployed, number: int, moment: float, whole_tree: bool, again_with: str) -> tuple[str, list[int]]:
    """One upgrade that is killed, and what is there after the next run."""
    before = deployed.held()
    client = Client(deployed.site)
    client.start()
    _seconds, printed, _well = upgrade(deployed, moment, whole_tree)
    last = Run(1, printed, 0).last_task
    again = deployed.run(again_with, MINIMUM if again_with == "site" else NEWEST_TESTED)
    if again.status and f"has been changed by LiteLLM {NEWEST_TESTED}" in again.message:
        # It was proved already.
        again = deployed.run("site", NEWEST_TESTED)
    (deployed.site.output / f"again-{number}.log").write_text(again.output, encoding="utf-8")
    client.stopped.set()
    client.join()
    time.sleep(10)
    after = deployed.held()
    written = set(deployed.sql('SELECT request_id FROM "LiteLLM_SpendLogs";').splitlines())
    version = deployed.version()
    counts = [
        len(client.answered),
        len([one for _at, one in client.answered if one not in written]) + before["rows"] - after["rows"],
        lost(before, after, "keys"),
        lost(before, after, "budgets"),
        int(version not in (MINIMUM, NEWEST_TESTED)),
    ]
    with_it = "with all it started" if whole_tree else "a worker lives on"
    cells = [
        number,
        f"{moment:.0f}",
        f"{last.rpartition(' : ')[2]}",
        with_it,
        f"`{again_with}.yml`, {again.seconds:.0f} s",
        # One that went on, failed and was undone is on the older version as well.
        version + (", failed and undone" if again.status else ""),
        *counts[:4],
    ]
    return f"| {' | '.join(map(str, cells))} |", counts


def with_many_rows(deployed: Deployed, rows: str, what: str) -> str:
    """One upgrade that ends well, or fails and is undone by itself."""
    before = deployed.held()
    client = Client(deployed.site)
    client.start()
    # An answer that no server gives.
    call = {"tool": "list_allowed_directories", "arguments": {}, "expect": "what is nowhere"}
    more = {"litellm_verify_calls": {"filesystem": call}} if what == "proof" else {}
    if what == "migration":
        deployed.sql(BREAKS)
    run = deployed.run("upgrade", NEWEST_TESTED, **more)
    time.sleep(5)
    client.stopped.set()
    client.join()
    time.sleep(10)
    if what == "migration":
        deployed.sql('DROP TABLE "LiteLLM_MCPToolsetTable";')
    undone = re.search(r"failed and was undone in (\d+) s", run.message)
    after, version = deployed.held(), deployed.version()
    written = set(deployed.sql('SELECT request_id FROM "LiteLLM_SpendLogs";').splitlines())
    size = int(deployed.sql("SELECT pg_database_size(current_database());"))
    cells = [
        f"{int(rows):,}",
        f"{size / 1e6:.0f} MB",
        what,
        f"{run.seconds:.0f}",
        f"{client.away():.0f}",
        undone[1] if undone else "" if what == "nothing" and not run.status else "**not undone**",
        version,
        len(client.answered),
        len([one for _at, one in client.answered if one not in written]) + before["rows"] - after["rows"],
        lost(before, after, "keys") + lost(before, after, "budgets"),
    ]
    return f"| {' | '.join(map(str, cells))} |"


def killed_ones(deployed: Deployed, chance: random.Random, whole: float) -> list[str]:
    """So many that are killed, a line each, and all of them together."""
    lines = [
        "| | killed after, s | at | how | then | is on | chats answered | rows lost | keys lost | budgets lost |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    totals = [0] * 5
    for number in range(1, UPGRADES + 1):
        share, whole_tree = chance.random(), chance.random() < 0.7
        again_with = chance.choice(["site", "upgrade"])
        line, counts = killed(deployed, number, share * whole, whole_tree, again_with)
        print(line, flush=True)
        lines.append(line)
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        if deployed.version() != MINIMUM:
            deployed.back()
    between = f"{totals[4]} between two versions"
    lost_ones = [f"**{one}**" for one in totals[1:4]]
    cells = [f"**{UPGRADES}**", "", f"seed {SEED}", "", "", between, totals[0], *lost_ones]
    return [*lines, f"| {' | '.join(map(str, cells))} |"]


def many_rows(deployed: Deployed) -> list[str]:
    """Those with many rows, a line each."""
    lines = [
        "| rows | database | fails | run, s | away, s | undone, s | is on | chats answered | rows lost | keys lost |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for rows in MANY_ROWS:
        deployed.fill(int(rows))
        for what in ("migration", "proof", "nothing"):
            lines.append(with_many_rows(deployed, rows, what))
            print(lines[-1], flush=True)
        deployed.back()
    return lines


def table() -> str:
    if not (engine := start_engine()).ok:
        raise SystemExit(f"bench: no container engine answers:\n{engine.tail}")
    deployed, chance = Deployed(), random.Random(SEED)
    print(f"bench: seed {SEED}", flush=True)
    try:
        deployed.deploy()
        client = Client(deployed.site)
        client.start()
        whole, printed, well = upgrade(deployed)
        client.stopped.set()
        client.join()
        if not well:
            raise SystemExit(f"bench: the upgrade failed:\n{printed[-3000:]}")
        print(f"bench: not killed it took {whole:.0f} s, and was away for {client.away():.0f} s", flush=True)
        deployed.back()
        said = (
            f"One that was not killed took {whole:.0f} s with {ROWS:,} rows, the site's run with it, and no "
            f"chat was answered for {client.away():.0f} s. With many rows:"
        )
        of_many = many_rows(deployed)
        deployed.fill(ROWS)
        return "\n".join([*killed_ones(deployed, chance, whole), "", said, "", *of_many])
    finally:
        deployed.site.remove()
        shutil.rmtree(Path(deployed.site.output), ignore_errors=True)
