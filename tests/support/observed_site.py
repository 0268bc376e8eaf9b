# SPDX-License-Identifier: GPL-3.0-or-later
"""A deployment of the site with Prometheus, the exporters and backups, and what is asked of it."""

from __future__ import annotations

import requests
import yaml
from site_deployment import Site

PARTS = {
    "prometheus": "prometheus",
    "alertmanager": "alertmanager",
    "exporter": "gateway-exporter",
    "node": "node-exporter",
    "postgres": "postgres-exporter",
}


class Observed(Site):
    """The site with what is asked of Prometheus, by the front door; with these variables of the inventory besides."""

    def __init__(self, name: str, port: int, **variables):
        super().__init__(name, port)
        self.remove()
        more = {
            "observability_enabled": True,
            "observability_scrape_seconds": 5,
            "observability_network": f"{name}-observability-net",
            "observability_out_network": f"{name}-alertmanager-out-net",
            "observability_config_dir": str(self.output / "etc" / "observability"),
            "front_door_log_volume": f"{name}-front-door-log",
            "backup_dir": str(self.output / "backups" / "mcp-lan"),
            "backup_store": False,
            **{f"observability_{part}_container_name": f"{name}-{called}" for part, called in PARTS.items()},
            **{
                f"observability_{part}_volume": f"{name}-{PARTS[part]}-data"
                for part in ("prometheus", "alertmanager", "exporter")
            },
            **variables,
        }
        said = self.deployment.read_text(encoding="utf-8")
        self.deployment.write_text(said + yaml.safe_dump(more, sort_keys=False), encoding="utf-8")

    @property
    def page(self) -> str:
        return f"{self.admin_url}/observability/"

    def query(self, query: str) -> list[dict]:
        answer = requests.get(f"{self.page}api/v1/query", params={"query": query}, timeout=30)
        assert answer.ok, answer.text
        return answer.json()["data"]["result"]

    def value(self, query: str) -> float | None:
        found = self.query(query)
        assert len(found) < 2, found
        return float(found[0]["value"][1]) if found else None

    def firing(self) -> set[str]:
        alerts = requests.get(f"{self.page}api/v1/alerts", timeout=30).json()["data"]["alerts"]
        return {one["labels"]["alertname"] for one in alerts if one["state"] == "firing"}

    def sql(self, query: str) -> str:
        container = self.engine.containers.get(f"{self.prefix}-postgresql")
        command = ["psql", "-At", "-U", "postgres", "-c", query, "litellm"]
        status, output = container.exec_run(command)
        assert status == 0, output
        return output.decode().strip()

    def chat(self, key: str, model: str = "mock") -> int:
        headers = {"Authorization": f"Bearer {self.store.get('keys', key)}"}
        body = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
        return requests.post(f"{self.api_url}/v1/chat/completions", json=body, headers=headers, timeout=60).status_code
