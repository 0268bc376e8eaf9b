# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboard of the role observability, and what it asks of Prometheus."""

from __future__ import annotations

import json

from tree import TOP

DASHBOARD = json.loads((TOP / "roles/observability/files/dashboard.json").read_text(encoding="utf-8"))
# As Grafana asks when all keys are meant.
QUERIES = {
    f"{panel['title']} {target['refId']}": target["expr"].replace("$key", ".*").replace("$__rate_interval", "5m")
    for panel in DASHBOARD["panels"]
    for target in panel.get("targets", ())
}
