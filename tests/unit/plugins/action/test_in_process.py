# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions of the controller, in the test's own process, before a gateway that answers as one did."""

from __future__ import annotations

import secrets
from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.mcp_lan.litellm.plugins.action import client_bundle, gateway_export, gateway_info
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError, UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import Client
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore
from recorded import Recorded

HEALTH = {"status": "healthy", "litellm_version": "1.77.3"}


class WithoutDatabase(Recorded):
    """LiteLLM answers 500 to whatever it keeps in one."""

    def get(self, path, **_params):
        if path == "/key/list":
            raise ApiError("Database not connected", 500)
        return super().get(path)


def an_action(module, monkeypatch, **given):
    """One whose options are checked already."""
    action = module.ActionModule.__new__(module.ActionModule)
    action._task = SimpleNamespace(check_mode=True)
    monkeypatch.setattr(module.ActionBase, "run", lambda *_: {})
    action.validate_argument_spec = lambda **_: (None, given)
    return action


def test_a_gateway_without_a_database_says_so():
    action = gateway_info.ActionModule.__new__(gateway_info.ActionModule)
    action.connect = lambda _given: WithoutDatabase({"/health/readiness": {**HEALTH, "db": "Not connected"}})
    found = action.act({"counts": True})
    assert (found["database_connected"], found["ready"], found["counts"]) == (False, True, {})


@pytest.fixture
def export(tmp_path, monkeypatch):
    """gateway_export in check mode, onto a file that is there."""
    monkeypatch.setattr(gateway_export, "store_of", lambda *_: FileStore(str(tmp_path / "store")))
    monkeypatch.setattr(gateway_export, "Client", lambda *_, **__: Recorded({"/health/readiness": HEALTH}))
    connection = dict.fromkeys(("api_url", "master_key", "timeout", "retries", "validate_certs", "ca_path"))
    given = {**connection, "dest": str(tmp_path / "there.yml"), "force": True, "store": None}
    return an_action(gateway_export, monkeypatch, **given)


def test_the_file_that_an_export_overwrites_shows_no_secret(export, tmp_path):
    secret = secrets.token_hex(8)
    (tmp_path / "there.yml").write_text(f"title: mine\ndb_password: {secret}\n", encoding="utf-8")
    found = export.run()
    assert found["changed"] and "title: mine\n" in found["diff"]["before"]
    assert secret not in str(found)


def test_a_missing_package_has_its_code(export, monkeypatch):
    monkeypatch.setattr(gateway_export, "REQUESTS_IMPORT_ERROR", "ImportError")
    with pytest.raises(AnsibleActionFail) as failed:
        export.run()
    assert failed.value.result["code"] == "package_missing"


def test_an_address_that_is_none_is_an_option():
    with pytest.raises(ApiError) as failed:
        Client("linuxserver.lan:4000", "")
    assert failed.value.code == "options_invalid"


def test_what_keeps_a_bundle_from_being_made_is_a_sentence_each(monkeypatch):
    def broken(*_):
        raise UserError("The store cannot be read.", "store_failed")

    monkeypatch.setattr(client_bundle, "store_of", broken)
    with pytest.raises(AnsibleActionFail) as failed:
        an_action(client_bundle, monkeypatch, store=None).run()
    assert failed.value.message == "The store cannot be read. Nothing was written."
