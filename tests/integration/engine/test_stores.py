# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys are made, rotated and removed with their values in an encrypted store as with plain files."""

from __future__ import annotations

import secrets

import pytest
from ansible.parsing.vault import VaultSecret
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import Client
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.versions import sha256
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores.ansible_vault import AnsibleVaultStore
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores.hashi_vault import HashiVaultStore
from openbao import openbao

MODULE = "mcp_lan.litellm.gateway_state"


@pytest.fixture(params=["ansible-vault", "hashi-vault"])
def store(request, tmp_path):
    """The store, the options of ansible-playbook that open it, and the variables."""
    if request.param == "ansible-vault":
        password = secrets.token_hex(16)
        (tmp_path / "password").write_text(password)
        place = f"ansible-vault:{tmp_path}/sealed"
        opened = AnsibleVaultStore(place, [("default", VaultSecret(password.encode()))])
        yield opened, ["--vault-password-file", str(tmp_path / "password")], {}
        return
    with openbao(tmp_path) as server:
        variables = {"ansible_hashi_vault_url": server.url, "ansible_hashi_vault_token": server.token}
        yield HashiVaultStore("hashi-vault:secret/site", server.connect), [], variables


def test_keys_live_in_it(own, play, client, gateway, store, tmp_path):
    opened, options, variables = store
    variables["mcp_lan_store"] = opened.place
    name = f"{own}one"

    def state(task: str, **more) -> dict:
        return {"name": task, MODULE: {"owner": own, "keys": [{"name": name}], **more}}

    def at_the_gateway() -> str:
        (found,) = client.get("/key/list", return_full_object="true", key_alias=name)["keys"]
        return found["token"]

    look = {
        "name": "look",
        "ansible.builtin.set_fact": {"seen": "{{ lookup('mcp_lan.litellm.key', one) | hash('sha256') }}"},
    }
    results = play([state("make"), state("again"), look], *options, one=name, **variables)
    assert results["make"]["changed"] and not results["again"]["changed"]
    value = opened.get("keys", name)
    assert at_the_gateway() == sha256(value) == results["look"]["ansible_facts"]["seen"]
    results = play([state("rotate", rotate_now=[name]), state("again")], *options, **variables)
    assert results["rotate"]["changed"] and not results["again"]["changed"]
    successor = opened.get("keys", name)
    assert at_the_gateway() == sha256(successor) != sha256(value)
    assert opened.names("successors") == []
    assert Client(gateway.api_url, value).get("/v1/models") is not None
    results = play(
        [{"name": "gone", MODULE: {"owner": own, "keys": [{"name": name, "state": "absent"}]}}], *options, **variables
    )
    assert results["gone"]["changed"] and opened.names("keys") == []
    assert not (tmp_path / "store").exists(), "nothing was written to a store that was not named"
