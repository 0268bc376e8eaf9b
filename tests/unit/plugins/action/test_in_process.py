# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions of the controller, in the test's own process, before a gateway that answers as one did."""

from __future__ import annotations

import secrets
from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.mcp_lan.litellm.plugins.action import (
    client_bundle,
    gateway_export,
    gateway_info,
    gateway_verify,
    image,
)
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


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"images": "litellm"}, "images is a list of dictionaries, each with the options of one image."),
        ({"images": ["litellm"]}, "images is a list of dictionaries, each with the options of one image."),
        ({"images": [{"name": "litellm"}], "name": "valkey"}, "name is beside images: give it to each of them that"),
        ({"images": [{"name": "litellm"}], "rebuild": True}, "rebuild is beside images: give it to each of them that"),
    ],
)
def test_what_is_said_of_images_is_said_of_each(monkeypatch, given, sentence):
    action = an_action(image, monkeypatch)
    action._task.args = given
    with pytest.raises(AnsibleActionFail, match=sentence):
        action.run()


@pytest.mark.parametrize("problems", [[], ["key 'a' may not call b, but the gateway let the call through"]])
def test_a_report_that_cannot_be_written_hides_nothing_that_was_found(monkeypatch, tmp_path, problems):
    (tmp_path / "file").write_text("", encoding="utf-8")
    found = {"problems": [*problems], "servers": [], "virtual_keys": [], "models": [], "attempts": [], "requests": 0}
    health = {**HEALTH, "db": "connected"}
    monkeypatch.setattr(gateway_verify, "_tried", lambda *_: {**found, "problems": [*problems]})
    monkeypatch.setattr(gateway_verify, "store_of", lambda *_: FileStore(str(tmp_path / "store")))
    monkeypatch.setattr(gateway_verify.report, "page", lambda *_: "")
    action = gateway_verify.ActionModule.__new__(gateway_verify.ActionModule)
    action.secrets, action.task_vars, action.connect = set(), {}, lambda _given: Recorded({"/health/readiness": health})
    given = {**dict.fromkeys(gateway_verify.NAMED, ()), "api_url": "http://g.lan", "clients_url": None, "store": None}
    given |= {"report": str(tmp_path / "file"), "depth": "smoke"}
    if not problems:
        with pytest.raises(UserError) as failed:
            action.act(given)
        assert failed.value.code == "report_failed"
        return
    result = action.act(given)
    assert result["failed"] and result["problems"][0] == problems[0]
    assert problems[0] in result["msg"] and "The report could not be written" in result["msg"]
