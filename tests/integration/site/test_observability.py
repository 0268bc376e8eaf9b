# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures, alerts and the page of a real gateway: what is called is counted, and what breaks is told."""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import time
from hashlib import sha256

import browser
import pytest
import requests
import yaml
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import NEWEST_TESTED
from grafana import QUERIES
from guarded_gateway import free_port, run_script
from observed_site import PARTS, Observed
from site_deployment import PREFIX
from waiting import until

pytestmark = pytest.mark.slow

NAME = f"observed-{PREFIX}"
# Prints each alert that Alertmanager sends, and what it shows itself with.
HOOK = """
import http.server, json
class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        said = json.loads(self.rfile.read(int(self.headers["content-length"])))
        for one in said["alerts"]:
            told = [one["labels"]["alertname"], one["status"], self.headers["authorization"][-4:]]
            print(json.dumps(told), flush=True)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.HTTPServer(("", 8000), Hook).serve_forever()
"""


@pytest.fixture(scope="module")
def deployed():
    hook = secrets.token_urlsafe(12)
    receiver = {"authorization": {"credentials_file": "/tmp/secrets/hook"}}
    site = Observed(
        NAME,
        free_port(),
        litellm_rotate={"after": "90d"},
        observability_backup_max_age_hours=26,
        observability_receivers=[
            {"name": "hook", "webhook_configs": [{"url": f"http://{NAME}-hook:8000/", "http_config": receiver}]}
        ],
        observability_secrets={"hook": hook},
    )
    site.hook = hook
    run = site.run("--diff", timeout=1200)
    assert run.status == 0, run.output[-3000:]
    site.seen = run.output
    litellm = site.engine.containers.get(f"{NAME}-litellm")
    hook = site.output / "hook.py"
    hook.write_text(HOOK, encoding="utf-8")
    run_script(site.engine, f"{NAME}-hook", litellm.image, hook, f"{NAME}-alertmanager-out-net")
    yield site
    if not os.environ.get("MCP_LAN_TEST_KEEP"):
        site.remove()
        shutil.rmtree(site.output)


def counted(site) -> None:
    """What a key does is in the figures, as often as it was done, and as often as the spend log has it."""
    asked = 'mcp_lan_requests_total{key="claude-code", model="mock", status="success"}'
    before = site.value(asked) or 0
    for _ in range(7):
        assert site.chat("claude-code") == 200
    until(lambda: (site.value(asked) or 0) == before + 7, 60)
    rows = """SELECT count(*) FROM "LiteLLM_SpendLogs" WHERE metadata->>'user_api_key_alias' = 'claude-code'
              AND coalesce(nullif(model_group, ''), model) = 'mock'"""
    assert int(site.sql(rows)) == before + 7
    assert until(lambda: site.value(f"sum(increase({asked}[5m]))"), 60) > 6
    # The proof of the run itself has called these.
    called = {
        one["metric"]["tool"] for one in site.query('mcp_lan_mcp_calls_total{key="codex", server="filesystem"} > 0')
    }
    assert "read_text_file" in called
    assert site.value("mcp_lan_gateway_up") == site.value("mcp_lan_gateway_database_connected") == 1
    assert {one["value"][1] for one in site.query("up")} == {"1"}
    assert site.value("pg_up") == 1


# There is no backup yet, and no key has a budget.
EMPTY = {"Alerts A", "Age of the newest backup A", "Spent of the budget A"}


def dashboard_has_figures(site) -> None:
    """Each panel of Grafana's dashboard, by what it asks."""
    until(lambda: {name for name, query in QUERIES.items() if not site.query(query)} <= EMPTY, 60)


def test_what_is_called_is_counted(deployed):
    counted(deployed)
    dashboard_has_figures(deployed)
    due = deployed.value('mcp_lan_key_rotation_due_timestamp_seconds{key="codex"} - time()')
    assert 89.9 < due / 86400 <= 90
    assert deployed.value('mcp_lan_http_requests_total{route="clients", status="200", protocol="openai"}') >= 7
    assert deployed.value('node_filesystem_avail_bytes{mountpoint="/etc/hosts"}') > 0


def test_no_keys_value_or_hash_is_a_figure(deployed):
    text = requests.get(f"{deployed.page}metrics", timeout=30).text
    values = [deployed.store.get("keys", name) for name in deployed.store.names("keys")]
    values.append(deployed.store.get("secrets", "master_key"))
    assert 'key="codex"' in text
    assert not [one for one in values if one in text or sha256(one.encode()).hexdigest() in text]


def test_administrators_alone_are_served(deployed):
    for path in ("", "page.js", "api/v1/query?query=up", "metrics"):
        assert requests.get(deployed.page + path, timeout=30).status_code == 200
        assert requests.get(f"{deployed.api_url}/observability/{path}", timeout=30).status_code == 403
    assert requests.post(f"{deployed.page}api/v1/query", timeout=30).status_code == 405
    assert requests.get(f"{deployed.page}api/v1/admin/tsdb/snapshot", timeout=30).status_code == 404
    answer = requests.get(f"{deployed.page}api/v1/alerts", headers={"Origin": "http://evil.lan"}, timeout=30)
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_they_are_hardened_and_reach_nothing_else(deployed):
    for name in PARTS.values():
        found = deployed.engine.containers.get(f"{NAME}-{name}").attrs
        host = found["HostConfig"]
        assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and host["Memory"] > 0, name
        assert not host["PortBindings"] and found["Config"]["User"] not in ("", "0", "root"), name
        assert deployed.hook not in json.dumps(found["Config"]["Cmd"])
        inside = {
            one: deployed.engine.networks.get(one).attrs["Internal"] for one in found["NetworkSettings"]["Networks"]
        }
        assert [one for one, internal in inside.items() if not internal] == (
            [f"{NAME}-alertmanager-out-net"] if name == "alertmanager" else []
        )
    refused = """SET ROLE observability; SELECT has_table_privilege('"LiteLLM_VerificationToken"', 'SELECT')"""
    assert deployed.sql(refused).endswith("f")


def test_a_second_run_changes_nothing(deployed):
    run = deployed.run("--diff")
    deployed.seen += run.output
    assert run.status == 0 and run.changed == [], run.changed or run.error


def test_its_password_is_rotated(deployed):
    before = deployed.store.get("secrets", "postgres_observability")
    run = deployed.run(playbook="rotate_secrets", rotate_secrets="postgres_observability")
    assert run.status == 0, run.error
    assert deployed.store.get("secrets", "postgres_observability") != before
    looked = time.time()
    until(lambda: deployed.value(f"mcp_lan_database_looked_timestamp_seconds > {looked}"), 60)
    assert deployed.value("mcp_lan_database_up") == deployed.value("pg_up") == 1


def test_a_restart_of_the_exporter_loses_nothing(deployed):
    exporter = deployed.engine.containers.get(f"{NAME}-gateway-exporter")
    asked = 'mcp_lan_requests_total{key="claude-code", model="mock", status="success"}'
    before = deployed.value(asked)
    exporter.stop()
    assert deployed.chat("claude-code") == 200, "the front door goes on without it"
    exporter.start()
    until(lambda: deployed.value(asked) == before + 1, 90)
    # nginx finds the new socket.
    seen = deployed.value("sum(mcp_lan_http_requests_total)") or 0
    until(lambda: (deployed.value("sum(mcp_lan_http_requests_total)") or 0) > seen, 60)


def test_what_is_wrong_is_told_and_told_to_be_over(deployed):
    """Without a backup, with a key that is overdue, with LiteLLM hanging and PostgreSQL stopped."""
    litellm, postgresql = (deployed.engine.containers.get(f"{NAME}-{name}") for name in ("litellm", "postgresql"))
    overdue = """UPDATE "LiteLLM_VerificationToken" SET metadata = jsonb_set(metadata, '{mcp_lan,minted}',
                 to_jsonb(to_char(now() - interval '%s days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))
                 WHERE key_alias = 'codex'"""
    deployed.sql(overdue % 93)
    soft = """UPDATE "LiteLLM_VerificationToken" SET metadata = jsonb_set(metadata, '{mcp_lan,soft_budget}', '%s')
              WHERE key_alias = 'codex'"""
    deployed.sql(soft % 0)
    # By Alertmanager to the receiver, which is shown the secret of the file.
    hook = deployed.engine.containers.get(f"{NAME}-hook")
    expected = {"KeyOverdue", "BackupTooOld", "GatewayDown", "DatabaseDown"}

    def told():
        lines = [json.loads(line) for line in hook.logs().decode().splitlines()]
        assert all(shown == deployed.hook[-4:] for _, _, shown in lines)
        return expected <= {name for name, status, _ in lines if status == "firing"}

    until(lambda: {"KeyOverdue", "BackupTooOld", "SoftBudgetPassed"} <= deployed.firing(), 180)
    assert deployed.value('mcp_lan_key_soft_budget_dollars{key="codex"}') == 0
    litellm.pause()
    postgresql.stop()
    try:
        until(lambda: expected <= deployed.firing(), 180)
        until(told, 120)
    finally:
        postgresql.start()
        litellm.unpause()
    until(lambda: not {"GatewayDown", "DatabaseDown"} & deployed.firing(), 180)
    deployed.sql(overdue % 0)
    deployed.sql(soft % 1000)
    backup = deployed.run(playbook="backup")
    assert backup.status == 0, backup.error
    until(lambda: not deployed.firing(), 180)


def test_the_page_shows_it(deployed, tmp_path):
    page = browser.Page(deployed.page, tmp_path)
    try:
        page.wait("document.querySelectorAll('canvas').length >= 6")
        page.wait("document.getElementById('said').textContent.startsWith('as of')")
        tiles = page.js("document.getElementById('tiles').innerText")
        assert "LiteLLM 1.77.3" in tiles and "none firing" in tiles, tiles
        keys = page.js("document.getElementById('keys').innerText")
        assert "claude-code" in keys and "in 89 d" in keys, keys
        assert "read_text_file" in page.js("document.getElementById('tools').innerText")
        assert page.js("document.documentElement.scrollWidth <= window.innerWidth"), "nothing hangs over"
        light = base64.b64decode(page.screenshot())
        page.click("#theme")
        page.wait("document.documentElement.dataset.theme === 'dark'")
        dark = base64.b64decode(page.screenshot())
    finally:
        page.close()
    (deployed.output / "observability-light.png").write_bytes(light)
    (deployed.output / "observability-dark.png").write_bytes(dark)
    assert len(light) > 20000 and len(dark) > 20000 and light != dark


def test_no_secret_was_printed(deployed):
    assert deployed.hook not in deployed.seen
    assert deployed.store.get("secrets", "postgres_observability") not in deployed.seen


def test_the_newest_version_is_counted_as_well(deployed):
    run = deployed.run("-e", f"litellm_gateway_version={NEWEST_TESTED}", timeout=1200)
    assert run.status == 0, run.error
    counted(deployed)
    # It tells its version to the master key alone, which the exporter has not; and the older one's is not shown.
    until(lambda: deployed.query("mcp_lan_gateway_info") == [], 180)


def test_an_outside_prometheus_gets_its_files_and_the_servers_go(deployed):
    options = ("-e", f"litellm_gateway_version={NEWEST_TESTED}", "-e", "observability_prometheus=external")
    run = deployed.run(*options, "--tags", "observability,front_door")
    assert run.status == 0, run.error
    assert not {f"{NAME}-prometheus", f"{NAME}-alertmanager"} & deployed.containers().keys()
    folder = deployed.output / "etc" / "observability"
    jobs = yaml.safe_load((folder / "scrape.yml").read_text(encoding="utf-8"))["scrape_configs"]
    for job in jobs:
        assert requests.get(deployed.admin_url + job["metrics_path"], timeout=30).status_code == 200, job
    assert len(yaml.safe_load((folder / "rules.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]) == 9


def test_all_of_it_goes(deployed):
    deployed.engine.containers.get(f"{NAME}-hook").remove(force=True)
    run = deployed.run("-e", f"litellm_gateway_version={NEWEST_TESTED}", playbook="remove")
    assert run.status == 0, run.error
    left = deployed.footprint()
    assert left["containers"] == {} and left["networks"] == []
    assert [path for path in left["files"] if path.startswith("etc/")] == ["etc/compose.yaml"]
    (backup,) = (deployed.output / "backups" / "mcp-lan").iterdir()
    assert json.loads((backup / "manifest.json").read_text(encoding="utf-8"))["volumes"] == [], (
        "Prometheus' is none of it"
    )
