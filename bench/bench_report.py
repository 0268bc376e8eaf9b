# SPDX-License-Identifier: GPL-3.0-or-later
"""Report: the page of what it cost, made of a spend log of a million rows, in seconds and MiB.

The rows are copies of a chat, a refused chat and a tool call that the gateway has written, of 50 keys and 30 days. What
makes the page is `spend_report` in a play of its own, as `playbooks/report.yml` does it: seconds are of the whole
command, of a processor (its own and PostgreSQL's, which is what a busy machine leaves as it is), and of the one
question that it asks PostgreSQL; MiB are the most that all its processes had at one time, what
they share counted once, and the most that PostgreSQL's process had beside the cache that all of its processes share.
"To the cent" is whether total, keys and days are what the rows are, added up by the controller in decimal numbers.
MCP_LAN_BENCH_VERSIONS names the versions, separated by spaces; MCP_LAN_BENCH_ROWS the number of rows.
"""

from __future__ import annotations

import json
import os
import re
import resource
import secrets
import subprocess
import tempfile
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import docker
import gateway as gateways
import guarded_gateway
import psycopg
import requests
import services
import spend_rows
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._spend import figures

ROWS = int(os.environ.get("MCP_LAN_BENCH_ROWS", "1000000"))
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 31, tzinfo=UTC)
ROLE = guarded_gateway.ROOT / "roles/postgres_db"
MODEL = """
model_list:
  - model_name: mock
    litellm_params: {model: openai/mock, api_key: none, mock_response: yes}
"""
REPORT = "report"
EVERY = 0.05  # seconds between two looks at the memory


def of_each_sort(made: gateways.Gateway, reference: str) -> None:
    """Have the gateway write a row of a chat, one of a refused chat and one of a tool call."""
    tool = guarded_gateway.run(
        docker.from_env(),
        f"{gateways.PREFIX}tool",
        reference,
        ["/srv/mcp_server.py", "tool", "ping"],
        made.network,
        entrypoint="python3",
        healthcheck={"test": ["NONE"]},
        volumes={str(guarded_gateway.HERE / "mcp_server.py"): {"bind": "/srv/mcp_server.py", "mode": "ro"}},
    )
    try:
        where = {"transport": "http", "url": f"http://{tool.name}:8000/mcp"}
        made.admin("/v1/mcp/server", {"server_id": "tool", "server_name": "tool", **where})
        permission = {
            "object_permission": {"mcp_servers": ["tool"]},
            "metadata": {"mcp_lan": {"policy": {"tool": ["*"]}}},
        }
        key = made.admin("/key/generate", {"key_alias": "one", **permission})["key"]
        headers = {"Authorization": f"Bearer {key}", "Accept": "application/json, text/event-stream"}

        def ask(path: str, body: dict) -> str:
            return requests.post(made.url + path, json=body, headers=headers, timeout=60).text

        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "tool-ping", "arguments": {}}}
        deadline = time.monotonic() + 60
        while "tool:ping" not in (said := ask("/mcp/", call)):
            if time.monotonic() > deadline:
                raise SystemExit(f"bench: the tool does not answer: {said}")
            time.sleep(1)
        for model in ("mock", "none"):
            ask("/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": "Hello"}]})
    finally:
        tool.remove(force=True)


class Memory(threading.Thread):
    """The most MiB that a process and those below it had together, and the most that one of PostgreSQL's had."""

    def __init__(self, process: int) -> None:
        super().__init__()
        self.process, self.own, self.server, self.ticks = process, 0.0, 0.0, 0
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.wait(EVERY):
            parents, servers = {}, []
            for each in Path("/proc").glob("[0-9]*"):
                try:
                    stat = each.joinpath("stat").read_text().rpartition(")")[2].split()
                    parents[int(each.name)] = int(stat[1])
                    if each.joinpath("cmdline").read_bytes().startswith(f"postgres: {REPORT} ".encode()):
                        servers.append(int(each.name))
                        self.ticks = max(self.ticks, int(stat[11]) + int(stat[12]))
                except (OSError, ValueError):
                    continue  # it has just ended
            own = [one for one in parents if self._is_below(one, parents)]
            self.own = max(self.own, sum(_mib(one, "smaps_rollup", "Pss") for one in own))
            self.server = max(self.server, *(_mib(one, "status", "RssAnon") for one in servers), 0.0)

    def _is_below(self, one: int, parents: dict[int, int]) -> bool:
        while one and one != self.process:
            one = parents.get(one, 0)
        return one == self.process


def _mib(process: int, file: str, name: str) -> float:
    try:
        found = re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{process}/{file}").read_text(), re.MULTILINE)
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def page(login: dict[str, str], folder: Path) -> tuple[float, float, Memory, dict]:
    """How long the play takes, of which of the processor, what it takes, and the total that it tells."""
    options = {f"login_{name}": value for name, value in login.items()}
    options |= {"from": f"{BEGIN:%Y-%m-%dT%H:%M}", "to": f"{END:%Y-%m-%dT%H:%M}", "dest": str(folder / "report.html")}
    tasks = [
        {"mcp_lan.litellm.spend_report": options, "register": "said"},
        {
            "ansible.builtin.copy": {
                "content": "{{ said.total | to_json }}",
                "dest": str(folder / "total"),
                "mode": "0600",
            }
        },
    ]
    (folder / "play.yml").write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    python = "ansible_python_interpreter={{ ansible_playbook_python }}"
    command = ["ansible-playbook", "-i", "localhost,", "-c", "local", "-e", python, str(folder / "play.yml")]
    began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    memory = Memory(running.pid)
    memory.start()
    output, _ = running.communicate()
    seconds = time.monotonic() - began
    memory.ended.set()
    memory.join()
    if running.returncode:
        raise SystemExit(f"bench: the report fails:\n{output}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return seconds, own + memory.ticks / os.sysconf("SC_CLK_TCK"), memory, json.loads((folder / "total").read_text())


def is_exact(connection: psycopg.Connection, found: dict, total: dict) -> bool:
    """Whether the report has what the rows have."""
    keys, days = {}, {}
    query = """SELECT metadata->>'user_api_key_alias', to_char("startTime", 'YYYY-MM-DD'), spend, count(*)
               FROM "LiteLLM_SpendLogs" WHERE request_id LIKE 'copied-%' GROUP BY 1, 2, 3"""
    for key, day, spend, times in connection.execute(query):
        # As the number that was written, not as the nearest one that a computer has.
        exact = Decimal(repr(spend)) * times
        keys[key] = keys.get(key, 0) + exact
        days[day] = days.get(day, 0) + exact
    of_days: dict[str, Decimal] = {}
    for one in found["key_days"]:
        of_days[one["day"]] = of_days.get(one["day"], 0) + one["spend"]
    return (
        Decimal(total["spend"]) == sum(keys.values())
        and total["requests"] == ROWS
        and {one["name"]: one["spend"] for one in found["key"]} == keys
        and of_days == days
    )


def row(made: gateways.Gateway, reference: str, folder: Path) -> str:
    of_each_sort(made, reference)
    login = {
        "host": services.address(made.database.container, made.network),
        "user": REPORT,
        "password": secrets.token_urlsafe(12),
        "db": "litellm",
    }
    admin = {"user": "postgres", "password": made.database.password, "host": login["host"], "dbname": login["db"]}
    with psycopg.connect(**admin, autocommit=True) as connection:
        count = """SELECT count(*) FILTER (WHERE status = 'failure'), count(*) FILTER (WHERE
                   coalesce(mcp_namespaced_tool_name, '') <> ''), count(*) FROM "LiteLLM_SpendLogs" """
        while not all(connection.execute(count).fetchone()[:2]) or connection.execute(count).fetchone()[2] < 3:
            time.sleep(1)
        # The keys that spend_rows copies the rows to.
        made.copy_key({f"copied-{number}": str(number) for number in range(spend_rows.KEYS)})
        chosen = "request_id NOT LIKE 'copied-%'"
        connection.execute(spend_rows.copies(ROWS, f"{BEGIN:%Y-%m-%d}", (END - BEGIN).days, chosen))
        connection.execute('VACUUM ANALYZE "LiteLLM_SpendLogs"')
        with connection.transaction():
            connection.execute((ROLE / "files/report.sql").read_text(encoding="utf-8"))
        connection.execute(f"CREATE ROLE {REPORT} LOGIN PASSWORD '{login['password']}'")
        defaults = yaml.safe_load((ROLE / "defaults/main.yml").read_text(encoding="utf-8"))
        for name, value in defaults["postgres_db_report_settings"].items():
            connection.execute(f"ALTER ROLE {REPORT} SET {name} = '{value}'")
        seconds, processor, memory, total = page(login, folder)
        began = time.monotonic()
        answer = connection.execute(figures.report_query(BEGIN, END)).fetchone()[0]
        asked = time.monotonic() - began
        found = figures.read({"query_result": [{"found": answer}]}, "", {"login_user": "", "login_db": ""})
        exact = "yes" if is_exact(connection, found, total) else "NO"
    size = (folder / "report.html").stat().st_size / 2**20
    cells = [
        f"{seconds:.1f}",
        f"{processor:.1f}",
        f"{asked:.1f}",
        f"{memory.own:.0f}",
        f"{memory.server:.0f}",
        f"{size:.1f} MiB",
        exact,
    ]
    return f"| {made.version} | {total['requests']:,} | {' | '.join(cells)} |"


def table() -> str:
    """The Markdown table."""
    versions = gateways.versions()
    references = gateways.images(versions)
    rows = [
        "| LiteLLM | rows | in all, s | processor, s | question, s | MiB | PostgreSQL's MiB | page | to the cent |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for version in versions:
        with gateways.gateway(version, references, more_config=MODEL) as made, tempfile.TemporaryDirectory() as folder:
            rows.append(row(made, references[version], Path(folder)))
    return "\n".join(rows)
