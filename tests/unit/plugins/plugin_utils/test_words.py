# SPDX-License-Identifier: GPL-3.0-or-later
"""A name is taken for another one where it is nearly that, or says it; not where some letters happen to agree."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._litellm.settings import section
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import nearest


@pytest.mark.parametrize(
    ("kind", "name", "meant"),
    [
        ("key", "modles", "models"),
        ("key", "nmae", "name"),
        ("key", "max_budget", "budget"),
        ("key", "tpm_limit", "limits"),
        ("key", "team_id", "team"),
        ("model", "params", "litellm_params"),
        ("model", "model_name", "name"),
        ("mcp_server", "server_name", "name"),
        ("mcp_server", "headers", "extra_headers"),
        ("key", "max_parallel_requests", ""),
        ("key", "allowed_tools", ""),
        ("key", "access_groups", ""),
        ("key", "servers", ""),
        ("key", "tags", ""),
        ("team", "admins", ""),
        ("team", "mcp_servers", ""),
        ("mcp_server", "authorization", ""),
        ("guardrail", "mode", ""),
    ],
)
def test_options_as_litellm_calls_them(kind, name, meant):
    assert nearest(name, KINDS[kind].fields) == meant


@pytest.mark.parametrize(
    ("place", "name", "meant"),
    [
        ("litellm_settings", "dropparams", "drop_params"),
        ("litellm_settings", "service_callbacks", "service_callback"),
        ("litellm_settings", "default_vertex_config", ""),
        ("litellm_settings", "image_generation_model", ""),
        ("general_settings", "salt_key", ""),
        ("general_settings", "ui_password", ""),
        ("router_settings", "weighted_failover", ""),
        ("retry_policy", "TimeoutError", "TimeoutErrorRetries"),
    ],
)
def test_settings_that_litellm_does_not_read(place, name, meant):
    assert nearest(name, section("1.77.3", place).keys) == meant
