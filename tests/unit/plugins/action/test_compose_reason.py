# SPDX-License-Identifier: GPL-3.0-or-later
"""Which container it is because of that services do not come up, where that cannot be seen of them any more."""

from __future__ import annotations

from types import SimpleNamespace

from ansible_collections.mcp_lan.litellm.plugins.action.compose_project import ActionModule
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.host import Container, Host


def test_one_that_became_well_after_compose_gave_up_is_named():
    """A slow service does so between Compose's answer and the question after it."""
    well = Container("running", "healthy", 0, {}, (), "", {})
    host = Host(containers=dict.fromkeys(("first", "slow"), well))
    run = SimpleNamespace(
        options={"docker_host": ""},
        where="localhost",
        _connection=SimpleNamespace(_shell=SimpleNamespace(quote=str)),
        _look=lambda services: host,
        _runs=ActionModule._runs,
        _shell=lambda script: {"stdout": "still starting"},
    )
    services = [{"name": "first"}, {"name": "slow"}]
    reason = ActionModule._why(run, services, {"stderr": "dependency failed to start: container slow is unhealthy\n"})
    assert reason.startswith("The container slow on localhost did not become healthy (it is running, healthy")
    assert reason.endswith("still starting")
