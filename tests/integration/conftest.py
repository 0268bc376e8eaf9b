# The gateways with the guard, which the tests of guard and front door share.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from guarded_gateway import docker_api, guarded, mcp_servers, network, postgres, start_gateway

__all__ = ["docker_api", "guarded", "mcp_servers", "network", "postgres", "start_gateway"]
