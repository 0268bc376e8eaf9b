# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that wants a credential is probed with it, in the header in which LiteLLM sends it."""

from __future__ import annotations

import base64
import secrets

import pytest
from ansible_collections.mcp_lan.litellm.plugins.filter.mcp_endpoints import mcp_endpoints
from mcp_lan_filter.servers import headers_for
from mcp_lan_filter.servers import token as token_of

SERVER = {"name": "files", "transport": "http", "url": "http://files:8000/mcp"}
VALUE = secrets.token_urlsafe(16)


@pytest.mark.parametrize(
    ("auth_type", "headers"),
    [
        ("api_key", {"X-API-Key": VALUE}),
        ("bearer_token", {"Authorization": f"Bearer {VALUE}"}),
        ("basic", {"Authorization": "Basic " + base64.b64encode(VALUE.encode()).decode()}),
        ("authorization", {"Authorization": VALUE}),
    ],
)
def test_credential(auth_type, headers):
    declared = {**SERVER, "auth_type": auth_type, "auth_value": VALUE, "static_headers": {"X-Site": "lan"}}
    assert mcp_endpoints([declared]) == [{**SERVER, "headers": {**headers, "X-Site": "lan"}}]


def test_without_a_credential():
    assert mcp_endpoints([{**SERVER, "auth_type": "none", "description": "Files"}]) == [SERVER]


def test_what_is_asked_for_a_token():
    client = {"client_id": "gateway", "client_secret": VALUE, "token_url": "http://id.lan/token"}
    (endpoint,) = mcp_endpoints([{**SERVER, "auth_type": "oauth2", **client, "scopes": ["a"]}])
    assert endpoint == {**SERVER, "oauth2": {**client, "scopes": ["a"]}}


@pytest.mark.parametrize("declared", [{"auth_type": "bearer_token"}, {"extra_headers": ["X-API-Key"]}])
def test_a_credential_that_clients_bring(declared):
    assert mcp_endpoints([{**SERVER, **declared}]) == [{**SERVER, "client_credential": True}]


def test_what_is_to_be_absent_is_not_probed():
    assert mcp_endpoints([{**SERVER, "state": "absent"}]) == []


def test_a_secret_that_the_store_has_not_is_not_shown_to_a_server():
    assert mcp_endpoints([{**SERVER, "auth_type": "bearer_token", "auth_value": "not-made-yet"}]) == []
    assert mcp_endpoints([{**SERVER, "static_headers": {"X-Any": "not-made-yet"}}]) == []


def test_what_old_versions_send_twice():
    assert mcp_endpoints([SERVER], version="1.77.3")[0]["headers"] == {"MCP-Protocol-Version": "2025-06-18"}
    assert mcp_endpoints([SERVER], version="1.77.7") == [SERVER]
    sse = {**SERVER, "transport": "sse"}
    assert mcp_endpoints([sse], version="1.77.3") == [sse]


def test_a_container_is_shown_what_its_gateway_shows():
    server = {**SERVER, "url": "http://mcp-notes:8000/mcp"}
    token = token_of("a master key", "mcp-notes")
    assert mcp_endpoints([server], master_key="a master key")[0]["headers"] == {"x-mcp-lan-gateway": token}
    assert mcp_endpoints([server]) == [server]


@pytest.mark.parametrize(
    "url", ["https://mcp.example.org/mcp", "http://192.0.2.7:8000/mcp", "http://[2001:db8::7]/mcp"]
)
def test_elsewhere_nothing_is_shown(url):
    server = {**SERVER, "url": url}
    assert mcp_endpoints([server], master_key="a master key") == [server]
    assert headers_for(url, "a master key") == {}
