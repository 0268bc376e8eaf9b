# SPDX-License-Identifier: GPL-3.0-or-later
"""The credential of an MCP server is replaced while config.yaml holds it, and an upgrade moves it into the database."""

from __future__ import annotations

import base64
import json
import os
import secrets

import pytest
import scenario
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import NEWEST_TESTED
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import Client
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore
from transports import Deployment

pytestmark = pytest.mark.slow

NEWEST = NEWEST_TESTED


class Upstream:
    """The scenario "upstream": a server that wants a credential, deployed again with something changed."""

    def __init__(self, show, version: str):
        self.scenario = scenario.Scenario("upstream", show)
        self.deployment = Deployment.of("upstream")
        self.store = FileStore(str(self.deployment.output / "store"))
        self.version = version

    def run(self, *steps: str) -> None:
        for name in steps:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("MCP_LAN_TEST_LITELLM_VERSION", self.version)
                step = self.scenario.run(name)
            assert step.ok, f"molecule {name} failed on LiteLLM {self.version}:\n{step.tail}"

    @property
    def credential(self) -> str:
        return self.store.get("secrets", "upstream_credential")

    def seen(self) -> dict[str, str]:
        """What the server sees of a call: the header with the credential."""
        (call,) = self.deployment.ask("scoped", ("key-seen", {}))["calls"]
        assert call["ok"], call
        return json.loads(call["text"])

    def api(self) -> Client:
        return Client(f"http://127.0.0.1:{self.deployment.port}", self.store.get("secrets", "master_key"))

    def holders(self, value: str) -> list[str]:
        """The files, containers and rows of the deployment that hold a credential, as it is or encoded."""
        forms = [value, base64.b64encode(f"gateway:{value}".encode()).decode()]
        top = self.deployment.output
        files = [path for path in top.rglob("*") if path.is_file()]
        held = {str(path.relative_to(top)): path.read_text("utf-8", "replace") for path in files}
        for container in self.containers():
            held[f"container {container.name}"] = json.dumps(container.attrs)
            held[f"log of {container.name}"] = container.logs().decode("utf-8", "replace")
        status, rows = self.deployment.inside("postgresql", "pg_dump", "-U", "postgres", "--inserts", "litellm")
        assert status == 0 and "LiteLLM_VerificationToken" in rows, rows[-1000:]
        held["the database"] = rows
        return [where for where, text in held.items() if any(form in text for form in forms)]

    def containers(self):
        prefix = f"{self.deployment.prefix}-"
        everything = self.deployment.container("litellm").client.containers.list(all=True)
        return [one for one in everything if one.name.startswith(prefix)]


@pytest.fixture(scope="module")
def upstream(engine, show):
    """On the version that has no other place for a credential than config.yaml."""
    made = Upstream(show, "1.77.3")
    made.run("destroy")
    try:
        made.run("converge")
        yield made
    finally:
        if not os.environ.get("MCP_LAN_TEST_KEEP"):
            made.run("destroy")


def test_another_credential_reaches_the_server_and_the_one_before_is_nowhere(upstream):
    before = upstream.credential
    assert upstream.seen() == {"x-api-key": f"{before}-key"}
    environment = "etc/litellm/litellm.env"
    assert environment in upstream.holders(before), "the search finds what is there"
    upstream.store.put("secrets", "upstream_credential", secrets.token_urlsafe(24))
    upstream.run("converge")
    assert upstream.seen() == {"x-api-key": f"{upstream.credential}-key"}
    assert upstream.holders(before) == []
    assert environment in upstream.holders(upstream.credential)
    upstream.run("idempotence", "verify")


def test_an_upgrade_moves_it_into_the_database_and_grants_stay(upstream):
    """Of keys of the inventory, and of one that was made by hand."""
    keys = {name: upstream.deployment.key(name) for name in ("all", "scoped", "grouped")}
    credential = upstream.credential

    def granted() -> list[str]:
        """The names of the servers that are granted to the key made by hand."""
        names = {one["server_id"]: one["server_name"] for one in upstream.api().get("/v1/mcp/server")}
        info = upstream.api().get("/key/info", key=by_hand["key"])["info"]
        return [names.get(one, one) for one in info["object_permission"]["mcp_servers"]]

    (server,) = [one for one in upstream.api().get("/v1/mcp/server") if one["url"].endswith("/key/mcp")]
    permission = {"mcp_servers": [server["server_id"]]}
    by_hand = upstream.api().post("/key/generate", {"key_alias": "by-hand", "object_permission": permission})
    config = upstream.deployment.output / "etc/litellm/config/config.yaml"
    assert "MCP_SERVER_key" in config.read_text("utf-8")

    upstream.version = NEWEST
    upstream.run("converge")
    assert upstream.credential == credential and upstream.seen() == {"x-api-key": f"{credential}-key"}
    assert "MCP_SERVER_" not in config.read_text("utf-8")
    assert not [one for one in upstream.holders(credential) if "litellm" in one or "database" in one]
    assert keys == {name: upstream.deployment.key(name) for name in keys}
    assert granted() == ["key"]
    upstream.run("idempotence", "verify")
