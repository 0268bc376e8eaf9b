# SPDX-License-Identifier: GPL-3.0-or-later
"""The alert rules by Prometheus' own promtool, and Alertmanager's configuration by amtool, as the image has them."""

from __future__ import annotations

import copy
import io
import re
import tarfile

import docker
import jinja2
import pytest
import scenario
import yaml
from ansible.plugins.filter.core import to_bool
from grafana import DASHBOARD, QUERIES
from grafana_foundation_sdk.models.dashboard import Dashboard
from tree import TOP

ROLE = TOP / "roles" / "observability"
DEFAULTS = yaml.safe_load((ROLE / "defaults/main.yml").read_text(encoding="utf-8"))
SAID = {
    **DEFAULTS,
    "observability_container_database": True,
    "observability_backup_max_age_hours": 26,
    "observability_tls": ["gateway.lan:443"],
}
HOUR, DAY = 3600, 86400
ENDS = f"{20 * DAY}x10 {13 * DAY}x20 {90 * DAY}x9"


def rendered(**more) -> str:
    """As the lookup in the role's vars/main.yml does it."""
    engine = jinja2.Environment(variable_start_string="[[", variable_end_string="]]", trim_blocks=True)
    return engine.from_string((ROLE / "templates/rules.yml.j2").read_text(encoding="utf-8")).render(SAID | more)


RULES = yaml.safe_load(rendered())["groups"][0]["rules"]


@pytest.fixture(scope="module")
def tool(engine, show):
    """Runs a program of the image on files, {name: text}; gives its status and what it said."""
    with show():
        step, made = scenario.make_images({"image": {"name": "prometheus"}})
    assert step.ok, step.tail
    client = docker.from_env()

    def run(files: dict[str, str], *command: str) -> tuple[int, str]:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for name, text in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(text.encode())
                archive.addfile(entry, io.BytesIO(text.encode()))
        container = client.containers.create(
            made["image"],
            list(command),
            entrypoint=[],
            name="mcp-lan-test-promtool",
            working_dir="/tmp",
            network_mode="none",
        )
        try:
            container.put_archive("/tmp", packed.getvalue())
            container.start()
            return container.wait(timeout=60)["StatusCode"], container.logs().decode()
        finally:
            container.remove(force=True)

    return run


def case(series: dict[str, str], *told: tuple[str, str, dict | None]) -> dict:
    """What Prometheus gets each minute, and which alert fires when, with which labels; None: it does not."""
    severity = {rule["alert"]: rule["labels"]["severity"] for rule in RULES}
    tests = [
        {
            "eval_time": time,
            "alertname": alert,
            "exp_alerts": [] if labels is None else [{"exp_labels": {"severity": severity[alert], **labels}}],
        }
        for alert, time, labels in told
    ]
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "alert_rule_test": tests,
    }


CASES = {
    "GatewayDown": case(
        {"mcp_lan_gateway_up": "1 1 0 0 0 1 1"},
        ("GatewayDown", "2m", None),
        ("GatewayDown", "3m", {}),
        ("GatewayDown", "5m", None),
    ),
    "GatewayWithoutDatabase": case(
        {
            "mcp_lan_gateway_up": "1x9",
            "mcp_lan_database_up": "1x9",
            "mcp_lan_gateway_database_connected": "1 0 0 0 1 1",
        },
        ("GatewayWithoutDatabase", "2m", None),
        ("GatewayWithoutDatabase", "3m", {}),
        ("GatewayWithoutDatabase", "4m", None),
    ),
    "DatabaseDown": case(
        {"mcp_lan_database_up": "1 0 0 1"},
        ("DatabaseDown", "1m", None),
        ("DatabaseDown", "2m", {}),
        ("DatabaseDown", "3m", None),
    ),
    "GatewayErrors": case(
        {
            'mcp_lan_http_requests_total{route="clients",status="200"}': "0+10x40",
            'mcp_lan_http_requests_total{route="clients",status="502"}': "0x10 2+2x9 20x20",
        },
        ("GatewayErrors", "9m", None),
        ("GatewayErrors", "20m", {}),
        ("GatewayErrors", "35m", None),
    ),
    "ModelFailing": case(
        {
            'mcp_lan_requests_total{key="a",model="m",status="success"}': "0+1x60",
            'mcp_lan_requests_total{key="a",model="m",status="failure"}': "0x15 0+3x15 45x30",
            'mcp_lan_requests_total{key="a",model="n",status="failure"}': "0 0 1 1 1x60",
        },
        ("ModelFailing", "15m", None),
        ("ModelFailing", "30m", {"model": "m"}),
        ("ModelFailing", "55m", None),
    ),
    # Time begins at 0 here.
    "KeyOverdue": case(
        {'mcp_lan_key_rotation_due_timestamp_seconds{key="a"}': f"{HOUR}x3000 {90 * DAY}x100"},
        ("KeyOverdue", "2d", None),
        ("KeyOverdue", "49h5m", {"key": "a"}),
        ("KeyOverdue", "50h30m", None),
    ),
    "SoftBudgetPassed": case(
        {
            'mcp_lan_key_spend_dollars{key="a"}': "0+1x6 0x3",
            'mcp_lan_key_soft_budget_dollars{key="a"}': "5x9",
            'mcp_lan_key_spend_dollars{key="b"}': "9x9",
            'mcp_lan_team_spend_dollars{team="t"}': "1x9",
            'mcp_lan_team_soft_budget_dollars{team="t"}': "2x3 1x6",
        },
        ("SoftBudgetPassed", "3m", None),
        ("SoftBudgetPassed", "8m", {"team": "t"}),
    ),
    "BackupTooOld": case(
        {"mcp_lan_backup_last_timestamp_seconds": f"0x1600 {26 * HOUR}x100"},
        ("BackupTooOld", "26h", None),
        ("BackupTooOld", "26h5m", {}),
        ("BackupTooOld", "26h50m", None),
    ),
    "DiskNearlyFull": case(
        {
            'node_filesystem_avail_bytes{mountpoint="/etc/hosts"}': "20 9 9 9 9 9 9 9 20",
            'node_filesystem_size_bytes{mountpoint="/etc/hosts"}': "100x9",
        },
        ("DiskNearlyFull", "5m", None),
        ("DiskNearlyFull", "6m", {}),
        ("DiskNearlyFull", "8m", None),
    ),
    "CertificateEnding": case(
        {'mcp_lan_certificate_expires_timestamp_seconds{place="gateway.lan:443"}': ENDS},
        ("CertificateEnding", "10m", None),
        ("CertificateEnding", "27m", {"place": "gateway.lan:443"}),
        ("CertificateEnding", "33m", None),
    ),
    "FiguresMissing": case(
        {'up{job="gateway",instance="gateway-exporter:9400"}': "1 0 0 0 1"},
        ("FiguresMissing", "2m", None),
        ("FiguresMissing", "3m", {"job": "gateway", "instance": "gateway-exporter:9400"}),
        ("FiguresMissing", "4m", None),
    ),
}


def test_each_rule_has_a_test_and_a_runbook():
    assert {rule["alert"] for rule in RULES} == set(CASES)
    headings = re.findall(r"^### (.+)$", (TOP / "docs/observability.md").read_text(encoding="utf-8"), re.MULTILINE)
    named = {rule["annotations"]["runbook"] for rule in RULES}
    assert named == {f"docs/observability.md#{name.lower()}" for name in CASES}
    assert set(CASES) <= set(headings)


def test_nobody_is_told_of_backups_that_no_timer_takes():
    engine = jinja2.Environment()
    engine.filters["bool"] = to_bool
    default = engine.from_string(DEFAULTS["observability_backup_max_age_hours"])
    for timer, hours in (({}, 0), ({"backup_timer_enabled": False}, 0), ({"backup_timer_enabled": True}, 26)):
        assert int(default.render(timer)) == hours
        assert ("BackupTooOld" in rendered(observability_backup_max_age_hours=hours)) is bool(hours)


def test_each_alert_fires_by_its_cause_and_stops(tool):
    """promtool compares annotations as well; what they say for people is taken over from its own answer."""
    annotations = {rule["alert"]: dict(rule["annotations"]) for rule in RULES}
    tests = []
    for name, one in CASES.items():
        for told in one["alert_rule_test"]:
            for alert in told["exp_alerts"]:
                alert["exp_annotations"] = annotations[name]
        tests.append(one)
    # The words with a figure in them are templates, which promtool fills in: here they are the rules' names alone.
    plain = yaml.safe_load(rendered())
    for rule in plain["groups"][0]["rules"]:
        rule["annotations"]["summary"] = annotations[rule["alert"]]["summary"] = rule["alert"]
    files = {
        "rules.yml": yaml.safe_dump(plain),
        "tests.yml": yaml.safe_dump({"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": tests}),
    }
    status, said = tool(files, "promtool", "test", "rules", "tests.yml")
    assert status == 0, said


def test_the_files_are_what_prometheus_and_alertmanager_read(tool):
    rules = rendered()
    status, said = tool({"rules.yml": rules}, "promtool", "check", "rules", "--lint=all", "--lint-fatal", "rules.yml")
    assert status == 0 and "SUCCESS: 11 rules found" in said, said
    status, said = tool({"rules.yml": rules.replace("== 0", "== = 0", 1)}, "promtool", "check", "rules", "rules.yml")
    assert status != 0, "a rule that is none is seen"


def plain(model):
    """What a model of Grafana's SDK is in JSON, without what is null."""
    if hasattr(model, "to_json"):
        model = model.to_json()
    if isinstance(model, dict):
        return {name: plain(value) for name, value in model.items() if value is not None}
    if isinstance(model, (list, tuple)):
        return [plain(value) for value in model]
    return getattr(model, "value", model)


def lost(given, kept, place="dashboard") -> list[str]:
    """What one has and the other has not, or in another way."""
    if isinstance(given, dict) and isinstance(kept, dict):
        return [each for name, one in given.items() for each in lost(one, kept.get(name), f"{place}.{name}")]
    if isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        return [each for number, one in enumerate(given) for each in lost(one, kept[number], f"{place}[{number}]")]
    return [] if given == kept else [f"{place}: {given!r}, not {kept!r}"]


def test_the_dashboard_is_one_by_grafanas_own_schema():
    """Read by the types that Grafana's makers generate of it, and written again: what it does not have is lost."""
    assert not lost(plain(DASHBOARD), plain(Dashboard.from_json(copy.deepcopy(DASHBOARD))))
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))
    wrong = copy.deepcopy(DASHBOARD)
    wrong["panels"][1]["gridPosition"] = wrong["panels"][1].pop("gridPos")
    assert lost(plain(wrong), plain(Dashboard.from_json(copy.deepcopy(wrong))))


def test_what_the_dashboard_asks_is_what_prometheus_reads(tool):
    rules = [{"record": f"test:{number}", "expr": query} for number, query in enumerate(QUERIES.values())]
    text = yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]})
    status, said = tool({"rules.yml": text}, "promtool", "check", "rules", "rules.yml")
    assert status == 0 and f"{len(QUERIES)} rules found" in said, said


def test_receivers_are_what_alertmanager_reads(tool):
    mail = {"to": "ann@lan", "auth_username": "ann", "auth_password_file": "/tmp/secrets/mail", "require_tls": False}
    config = {
        "global": {"smtp_smarthost": "mail.lan:25", "smtp_from": "gateway@lan"},
        "route": {"receiver": "ann", "group_by": ["alertname"], "routes": []},
        "receivers": [{"name": "ann", "email_configs": [mail], "webhook_configs": [{"url": "http://hooks.lan:8080/"}]}],
    }
    status, said = tool({"alertmanager.yml": yaml.safe_dump(config)}, "amtool", "check-config", "alertmanager.yml")
    assert status == 0 and "1 receivers" in said, said
    config["receivers"][0]["mail_configs"] = []
    status, said = tool({"alertmanager.yml": yaml.safe_dump(config)}, "amtool", "check-config", "alertmanager.yml")
    assert status != 0 and "mail_configs" in said, said
