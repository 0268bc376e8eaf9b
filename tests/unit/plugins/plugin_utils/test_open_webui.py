# SPDX-License-Identifier: GPL-3.0-or-later
"""What of Open WebUI's two lists changes, and what never does."""

from __future__ import annotations

import copy
import json
import secrets

import pytest
import tls
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import _open_webui as open_webui
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError, UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._open_webui import Wanted
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls import certificate

URL = "http://front-door:4000"
THEIRS = {"url": "http://127.0.0.1:11434/v1", "key": "theirs", "settings": {"prefix_id": "home", "tags": []}}
SERVER = {"type": "openapi", "url": "http://tools.lan", "path": "openapi.json", "info": {"id": "litellm"}, "key": "x"}


def config(*listed):
    return {
        "ENABLE_OPENAI_API": True,
        "OPENAI_API_BASE_URLS": [one["url"] for one in listed],
        "OPENAI_API_KEYS": [one["key"] for one in listed],
        "OPENAI_API_CONFIGS": {str(number): one["settings"] for number, one in enumerate(listed) if one["settings"]},
    }


@pytest.fixture
def desired():
    return Wanted("litellm", URL, secrets.token_urlsafe(24))


SEED = {"url": f"{URL}/v1", "key": "", "settings": None}
STARTS = {
    "nothing": config(),
    "the address that the container was started with": config(SEED),
    "others": config(THEIRS, THEIRS | {"url": "http://b/v1"}),
    "others around it": config(THEIRS, SEED, THEIRS | {"url": "http://b/v1"}),
    "older settings, by address": {**config(THEIRS), "OPENAI_API_CONFIGS": {THEIRS["url"]: THEIRS["settings"]}},
    "fewer keys than addresses": {**config(THEIRS, SEED), "OPENAI_API_KEYS": ["theirs"]},
    "switched off, with more than we know": {**config(THEIRS), "ENABLE_OPENAI_API": False, "NEWER": 1},
}


@pytest.mark.parametrize("before", STARTS.values(), ids=STARTS)
def test_the_gateway_comes_once_and_the_others_stay(before, desired):
    start = copy.deepcopy(before)
    after = open_webui.models_with(before, desired)
    assert before == start
    assert after["ENABLE_OPENAI_API"] is True and after.get("NEWER") == before.get("NEWER")
    assert after["OPENAI_API_BASE_URLS"].count(f"{URL}/v1") == 1
    at = after["OPENAI_API_BASE_URLS"].index(f"{URL}/v1")
    assert after["OPENAI_API_KEYS"][at] == desired.key
    assert after["OPENAI_API_CONFIGS"][str(at)] == {"enable": True, "mcp_lan": "litellm"}
    assert open_webui.models_with(after, desired) == after
    gone = open_webui.models_without(after, desired)
    for number, url in enumerate(url for url in before["OPENAI_API_BASE_URLS"] if url != f"{URL}/v1"):
        assert gone["OPENAI_API_BASE_URLS"][number] == url
        assert gone["OPENAI_API_KEYS"][number] == "theirs"
        assert gone["OPENAI_API_CONFIGS"][str(number)] == THEIRS["settings"]
    assert open_webui.models_without(gone, desired) == gone


def test_what_a_person_set_for_the_gateway_stays_when_key_and_address_change(desired):
    after = open_webui.models_with(config(THEIRS, SEED), desired)
    after["OPENAI_API_CONFIGS"]["1"] |= {"prefix_id": "lan", "enable": False}
    moved = open_webui.models_with(after, Wanted("litellm", "https://gateway.lan", "another"))
    assert moved["OPENAI_API_BASE_URLS"] == [THEIRS["url"], "https://gateway.lan/v1"]
    assert moved["OPENAI_API_KEYS"] == ["theirs", "another"]
    assert moved["OPENAI_API_CONFIGS"]["1"] == {"prefix_id": "lan", "enable": True, "mcp_lan": "litellm"}


def test_two_gateways_side_by_side(desired):
    second = Wanted("second", "http://second:4000", "s")
    both = open_webui.models_with(open_webui.models_with(config(), desired), second)
    assert both["OPENAI_API_BASE_URLS"] == [f"{URL}/v1", "http://second:4000/v1"]
    assert open_webui.models_with(both, desired) == both
    assert open_webui.models_without(both, desired)["OPENAI_API_BASE_URLS"] == ["http://second:4000/v1"]


def test_the_tool_server_comes_changes_and_goes(desired):
    after = open_webui.tools_with([SERVER], desired)
    assert after[0] == SERVER and len(after) == 2
    assert (after[1]["url"], after[1]["auth_type"], after[1]["key"]) == (f"{URL}/mcp/", "bearer", desired.key)
    assert after[1]["config"] == {"access_grants": [], "enable": True}
    after[1]["info"]["name"] = "Tools of the house"
    after[1]["config"]["access_grants"] = [{"principal_type": "group", "principal_id": "g", "permission": "read"}]
    after[1] |= {"headers": None, "forward_cookies": False}
    assert open_webui.tools_with(after, desired) == after
    everybody = open_webui.tools_with(after, Wanted("litellm", URL, desired.key, everybody=True))
    assert everybody[1]["config"]["access_grants"] == open_webui.EVERYBODY
    nobody = open_webui.tools_with(everybody, Wanted("litellm", URL, desired.key, everybody=False))
    assert nobody[1]["config"]["access_grants"] == [] and nobody[1]["info"]["name"] == "Tools of the house"
    assert open_webui.tools_without(nobody, desired) == [SERVER]


def test_what_is_shown_holds_no_key(desired):
    old = Wanted("litellm", URL, secrets.token_urlsafe(24))
    before = open_webui.models_with(config(THEIRS), old), open_webui.tools_with([SERVER], old)
    after = open_webui.models_with(before[0], desired), open_webui.tools_with(before[1], desired)
    after[1][1]["headers"] = {"X-Key": "in-a-header"}
    shown = [json.dumps(open_webui.shown(*side, desired)) for side in (before, after)]
    assert shown[0] != shown[1] and "another one" in shown[0] and "another one" not in shown[1]
    for text in shown:
        assert old.key not in text and desired.key not in text
        assert "theirs" not in text and "in-a-header" not in text and URL in text


def test_an_address_that_is_none_is_refused():
    with pytest.raises(ApiError, match="must begin with http"):
        open_webui.OpenWebUI("linuxserver.lan:4080")


def test_nothing_there_is_one_sentence():
    with pytest.raises(ApiError, match="Nothing answers at http://127.0.0.1:9: is Open WebUI running"):
        open_webui.OpenWebUI("http://127.0.0.1:9").sign_in("a@b", "c", attempts=1)


def test_whom_to_trust_is_what_is_said_and_not_what_the_environment_says(tmp_path, monkeypatch):
    authority, other = (certificate.new_authority(tls.NAMES, tls.NOW) for _each in range(2))
    for name, one in {"ca": authority, "other": other}.items():
        (tmp_path / f"{name}.pem").write_text(one.public)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "other.pem"))
    with tls.serving(tmp_path, authority) as url:
        for options in ({"validate_certs": False}, {"ca_path": str(tmp_path / "ca.pem")}):
            assert open_webui.OpenWebUI(url, **options).get("/") == {"keys": []}
        with pytest.raises(ApiError, match="is not trusted"):
            open_webui.OpenWebUI(url).get("/")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [({"timeout": 0}, "timeout is 0: write a number"), ({"ca_path": "/nowhere.pem"}, "/nowhere.pem cannot be used")],
)
def test_options_with_which_nothing_can_be_asked(options, sentence):
    with pytest.raises((ApiError, UserError), match=sentence):
        open_webui.OpenWebUI("https://127.0.0.1:9", **options)
