# SPDX-License-Identifier: GPL-3.0-or-later
"""Each kind of credential: the server sees exactly the header that it wants; a wrong one is said beforehand."""

from __future__ import annotations

import base64
import json
import re
import stat
import subprocess
import time

import pytest
import requests
import yaml
from ansible_collections.mcp_lan.litellm.plugins.filter.mcp_endpoints import mcp_endpoints
from ansible_collections.mcp_lan.litellm.plugins.module_utils import probe
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import for_version
from transports import VERSION, Deployment, refused

UPSTREAM = Deployment.of("upstream")
SECRET = (UPSTREAM.output / "store/secrets/upstream_credential").read_text(encoding="utf-8").strip()
CAPABILITIES = for_version(VERSION)
URL = f"http://{UPSTREAM.prefix}-mcp-upstream:8000"
# What LiteLLM puts before the tools of each server, and what the server has to see.
SEEN = {
    "open": {},
    "key": {"x-api-key": f"{SECRET}-key"},
    "carrier": {"authorization": f"Bearer {SECRET}-bearer"},
    "basic": {"authorization": "Basic " + base64.b64encode(f"gateway:{SECRET}".encode()).decode()},
    "verbatim": {"authorization": f"Token {SECRET}-verbatim"},
}
if CAPABILITIES.oauth2_client:
    SEEN |= {"oauth": {"authorization": f"Bearer {SECRET}-token"}, "static": {"x-site-token": f"{SECRET}-static"}}
OWN = f"Bearer {SECRET}-own"


def saw(call):
    """The headers of the call's request, but for the gateway's token, which one beside it is shown."""
    assert call["ok"], call
    headers = json.loads(call["text"])
    assert re.fullmatch("[0-9a-f]{64}", headers.pop("x-mcp-lan-gateway"))
    return headers


def test_the_server_sees_the_header_of_its_kind_and_no_other():
    answer = UPSTREAM.ask("all", *((f"{prefix}-seen", {}) for prefix in SEEN))
    for (prefix, headers), call in zip(SEEN.items(), answer["calls"], strict=True):
        assert saw(call) == headers, prefix
    assert {f"{prefix}-seen" for prefix in SEEN} <= set(answer["tools"])


def test_a_scoped_key_is_held_to_its_scope_on_them():
    answer = UPSTREAM.ask("scoped", ("key-seen", {}), ("key-other", {}), ("basic-seen", {}), ("carrier-seen", {}))
    assert [refused(call) for call in answer["calls"]] == [False, True, True, True], answer["calls"]
    assert not [tool for tool in answer["tools"] if not tool.startswith(("key-", "own-"))]
    grouped = UPSTREAM.ask("grouped", ("carrier-seen", {}), ("verbatim-seen", {}), ("key-seen", {}))
    assert [refused(call) for call in grouped["calls"]] == [False, False, True], grouped["calls"]


def refused_or_lost(answer):
    """LiteLLM 1.77.3 breaks the session off where a server does not let it in."""
    return not answer["ok"] or refused(answer["calls"][0])


def test_a_client_brings_its_users_own_credential():
    assert not [tool for tool in UPSTREAM.ask("scoped")["tools"] if tool.startswith("own-")]
    assert refused_or_lost(UPSTREAM.session("scoped", ("own-seen", {})))
    answer = UPSTREAM.ask("scoped", ("own-seen", {}), ("key-seen", {}), x_mcp_own_authorization=OWN)
    assert "own-seen" in answer["tools"]
    # Nothing but that, and nobody else gets it.
    assert [saw(call) for call in answer["calls"]] == [{"authorization": OWN}, SEEN["key"]]
    # Nor does the gateway keep it for another client.
    assert refused_or_lost(UPSTREAM.session("all", ("own-seen", {})))


def test_what_the_gateway_says_of_its_servers_is_no_credential():
    master = (UPSTREAM.output / "store/secrets/master_key").read_text(encoding="utf-8").strip()
    answer = requests.get(
        f"{UPSTREAM.admin_url}/v1/mcp/server", headers={"Authorization": f"Bearer {master}"}, timeout=30
    )
    servers = {one["url"].split("/")[3]: json.dumps(one) for one in answer.json()}
    assert set(servers) >= {"key", "bearer", "basic", "verbatim"}
    # The administrator is shown static headers; they are encrypted in the database.
    assert not [name for name, shown in servers.items() if SECRET in shown and name != "static"]


def test_no_row_of_the_database_has_a_credential():
    status, rows = UPSTREAM.inside(
        "postgresql", "psql", "-U", "postgres", "-d", "litellm", "-Atc", 'SELECT * FROM "LiteLLM_MCPServerTable"'
    )
    assert status == 0 and "own" in rows, rows
    assert SECRET not in rows
    assert ("verbatim" in rows) is CAPABILITIES.server_credentials


def test_config_yaml_names_variables_and_its_environment_is_for_the_gateway_alone():
    folder = UPSTREAM.output / "etc/litellm"
    text = (folder / "config/config.yaml").read_text(encoding="utf-8")
    assert SECRET not in text
    section = yaml.safe_load(text).get("mcp_servers") or {}
    assert set(section) == (set() if CAPABILITIES.server_credentials else {"key", "bearer", "basic", "verbatim"})
    environment = folder / "litellm.env"
    assert stat.S_IMODE(environment.stat().st_mode) == 0o600
    assert (SECRET in environment.read_text(encoding="utf-8")) is bool(section)


def preflight(**declared):
    """What the preflight says of a server, from where the gateway is."""
    text = probe.program(mcp_endpoints([{"name": "one", **declared}], version=VERSION))
    done = subprocess.run(
        ["docker", "exec", "-i", f"{UPSTREAM.prefix}-litellm", "python3", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)[0]


CLIENT = {"auth_type": "oauth2", "client_id": "gateway", "client_secret": SECRET, "scopes": ["tools"]}
SHOWN = "answers HTTP 401: it does not take the credential that it is shown; correct auth_type, or the value"


@pytest.mark.parametrize(
    ("declared", "sentence"),
    [
        ({"url": f"{URL}/key/mcp"}, "answers HTTP 401: it wants a credential; set auth_type and its value"),
        ({"url": f"{URL}/key/mcp", "auth_type": "api_key", "auth_value": "old"}, SHOWN),
        ({"url": f"{URL}/key/mcp", "auth_type": "bearer_token", "auth_value": f"{SECRET}-key"}, SHOWN),
        ({"url": f"{URL}/bearer/mcp", "auth_type": "bearer_token", "auth_value": "old"}, SHOWN),
        ({"url": f"{URL}/basic/mcp", "auth_type": "basic", "auth_value": "gateway:old"}, SHOWN),
        ({"url": f"{URL}/verbatim/mcp", "auth_type": "authorization", "auth_value": f"{SECRET}-verbatim"}, SHOWN),
        (
            {"url": f"{URL}/oauth/mcp", "token_url": f"{URL}/token", **CLIENT, "client_secret": "old"},
            "the token endpoint answers HTTP 401 and gives no token; correct client_id, client_secret and scopes",
        ),
        (
            {"url": f"{URL}/oauth/mcp", "token_url": f"{URL}/elsewhere", **CLIENT},
            "the token endpoint answers HTTP 404 and gives no token",
        ),
        (
            {"url": f"{URL}/oauth/mcp", "token_url": "http://nobody.invalid/token", **CLIENT},
            "no token endpoint answers there",
        ),
        ({"url": f"{URL}/key/mcp", "token_url": f"{URL}/token", **CLIENT}, SHOWN),
    ],
)
def test_a_wrong_credential_is_said_before_the_server_is_registered(declared, sentence):
    began = time.monotonic()
    answer = preflight(**declared)
    assert not answer["ok"] and answer["kind"] == "auth" and sentence in answer["error"], answer
    assert SECRET not in answer["error"]
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    "declared",
    [
        {"url": f"{URL}/oauth/mcp", "token_url": f"{URL}/token", **CLIENT},
        {"url": f"{URL}/basic/mcp", "auth_type": "basic", "auth_value": f"gateway:{SECRET}"},
        {"url": f"{URL}/own/mcp", "auth_type": "authorization"},
    ],
)
def test_a_right_one_is_shown_as_the_gateway_does(declared):
    assert preflight(**declared)["ok"]


def test_tools_have_other_names_and_what_is_not_offered_is_not_there():
    if not CAPABILITIES.tool_names:
        assert not {"what_was_seen", "passed-seen", "static-seen"} & set(UPSTREAM.ask("all")["tools"])
        return
    answer = UPSTREAM.ask("all", ("what_was_seen", {}), ("static-other", {}), X_Request_Of="somebody")
    assert "what_was_seen" in answer["tools"] and "passed-seen" not in answer["tools"]
    assert saw(answer["calls"][0]) == {"x-request-of": "somebody"}
    assert "static-seen" in answer["tools"] and "static-other" not in answer["tools"] and refused(answer["calls"][1])


def rows_of(cost):
    query = f'SELECT count(*) FROM "LiteLLM_SpendLogs" WHERE spend = {cost}'
    return int(UPSTREAM.inside("postgresql", "psql", "-U", "postgres", "-d", "litellm", "-Atc", query)[1])


def test_the_calls_cost_what_the_inventory_says():
    before = rows_of(0.25), rows_of(0.5)
    UPSTREAM.ask("all", ("carrier-seen", {}), ("carrier-other", {}))
    deadline = time.monotonic() + 60
    while (rows_of(0.25), rows_of(0.5)) != (before[0] + 1, before[1] + 1):
        assert time.monotonic() < deadline
        time.sleep(1)
