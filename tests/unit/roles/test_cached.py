# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose answers are kept and for whom, and what counts rates while the cache is away."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace

import pytest
import yaml
from mcp_lan_filter.cached import SHARED, ask_to_keep
from mcp_lan_filter.rates import AWAY, Shared, wrap
from plays import run_playbook
from tree import TOP

ROLE = TOP / "roles/litellm_gateway"


def kept(mark: dict | None, model: str = "m", **data) -> dict | None:
    """What LiteLLM is told for a request of a key with this mark."""
    key = SimpleNamespace(metadata={"mcp_lan": mark} if mark is not None else None, token="hash-of-a", api_key=None)
    request = {"model": model, **data}
    ask_to_keep(key, request, {"listed"})
    return request.get("cache")


def test_nothing_is_kept_unless_it_is_asked_for():
    assert kept(None) is None and kept({}) is None and kept({"policy": {}, "cache": {}}) is None
    assert kept({"cache": "yes"}) is None


def test_what_is_kept_is_of_one_key():
    assert kept({"cache": {"ttl": 60}}) == {"use-cache": True, "namespace": "hash-of-a", "ttl": 60}
    assert kept({}, "listed") == {"use-cache": True, "namespace": "hash-of-a"}
    assert kept({"cache": {"ttl": 60, "shared": True}})["namespace"] == SHARED
    assert kept({"cache": {"ttl": 60, "shared": "true"}})["namespace"] == "hash-of-a"


def test_another_way_to_ask_for_it_gets_no_other_keys_answers():
    assert kept({}, cache={"use-cache": True, "namespace": "of-b"}) == {"use-cache": True, "namespace": "hash-of-a"}


def test_rates_are_counted_alone_while_the_cache_is_away(capsys):
    asked, away, at = [], True, 0.0

    async def script(keys, args):
        asked.append(keys)
        if away:
            raise ConnectionError("nobody is there")
        return ["together"]

    async def alone(keys, now_int, window_size):
        return ["alone", keys, now_int, window_size]

    counts = Shared(script, alone, lambda: at)

    def count():
        return asyncio.run(counts(keys=["k"], args=[7, 60]))

    assert count() == count() == ["alone", ["k"], 7, 60]
    assert len(asked) == 1, "it is asked again at once"
    away, at = False, AWAY + 1
    assert count() == ["together"] and len(asked) == 2
    said = capsys.readouterr().err
    assert said.count("does not answer (ConnectionError)") == 1 and said.count("answers again") == 1


def test_a_version_that_goes_on_by_itself_is_left_alone():
    class Newer:
        def __init__(self, internal_usage_cache):
            self.batch_rate_limiter_script = internal_usage_cache

        async def in_memory_cache_sliding_window(self, keys, now_int, window_size):
            return []

    class Older(Newer):
        pass

    Newer._execute_redis_batch_rate_limiter_script = None
    before = Newer.__init__
    wrap(SimpleNamespace(_PROXY_MaxParallelRequestsHandler_v3=Newer))
    assert Newer.__init__ is before
    del Newer._execute_redis_batch_rate_limiter_script
    wrap(SimpleNamespace(_PROXY_MaxParallelRequestsHandler_v3=Older))
    assert isinstance(Older("script").batch_rate_limiter_script, Shared)
    assert Older(None).batch_rate_limiter_script is None


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the role litellm_gateway makes of an inventory with a cache, and of one without."""
    folder = tmp_path_factory.mktemp("cache")
    seen = ("cache_config", "networks")
    content = "{{ {" + ", ".join(f"'{name}': litellm_gateway_{name}" for name in seen) + "} | to_json }}"
    inventories = {"with": {"cache_enabled": True, "cache_ttl": 30}, "without": {}, "gone": {"cache_enabled": True}}
    inventories["gone"]["cache_state"] = "absent"
    play = {
        "hosts": "server",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "vars_files": [str(ROLE / "defaults/main.yml"), str(ROLE / "vars/main.yml")],
        "tasks": [
            {
                "ansible.builtin.copy": {"content": content, "dest": f"{folder}/{name}.json", "mode": "0600"},
                "vars": variables,
            }
            for name, variables in inventories.items()
        ],
    }
    (folder / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    run_playbook("-i", "server,", "-c", "local", str(folder / "play.yml"))
    return {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in inventories}


def test_litellm_is_told_of_it_where_there_is_one(told):
    settings = told["with"]["cache_config"]["litellm_settings"]
    assert settings["cache"] is True and settings["cache_params"]["ttl"] == 30
    assert settings["cache_params"]["mode"] == "default_off"
    assert settings["cache_params"]["password"] == "os.environ/VALKEY_PASSWORD"
    assert {"name": "cache-net", "internal": True} in told["with"]["networks"]
    for name in ("without", "gone"):
        assert told[name]["cache_config"] == {}
        assert "cache-net" not in [network["name"] for network in told[name]["networks"]]
