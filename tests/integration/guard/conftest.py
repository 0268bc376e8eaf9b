# The fixtures of the guard's tests: real gateways with the guard, and real MCP servers behind them.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from guarded_gateway import docker_api, gateway, mcp_servers, network, postgres, start_gateway

__all__ = ["docker_api", "gateway", "mcp_servers", "network", "postgres", "start_gateway"]
