# SPDX-License-Identifier: GPL-3.0-or-later
"""The guard's files on a host: all of them, none of an earlier version beside them, and a person's own left alone."""

from __future__ import annotations

import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import files, host
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.request_rules import complete, rendered
from tree import TOP

ROLE = TOP / "roles/litellm_gateway"


def test_all_of_the_guard_is_written_and_what_an_earlier_version_had_goes():
    tasks = yaml.safe_load((ROLE / "tasks/install.yml").read_text(encoding="utf-8"))
    service = next(task["vars"] for task in tasks if "container_service_folders" in task.get("vars", {}))
    said = yaml.safe_dump(service["container_service_folders"]).replace("{{ litellm_gateway_config_dir }}", "/g")
    made = [{**each, "path": f"/g/config/{each['path']}"} for each in rendered(complete({}, "1.77.3"))["files"]]
    desired = files.of([{"name": "litellm", "folders": yaml.safe_load(said), "files": made}])
    assert desired.exclusive == {"/g/config/mcp_lan_filter"}
    code = {f"/g/config/{path.relative_to(ROLE / 'files/config')}" for path in (ROLE / "files/config").rglob("*.py")}
    assert set(desired.files) == code | {"/g/config/requests.json"}
    seen = host.Host(listed={"/g/config/mcp_lan_filter/former.py", "/g/config/mcp_lan_filter/servers.py"})
    assert desired.superfluous(seen) == ["/g/config/mcp_lan_filter/former.py"]
