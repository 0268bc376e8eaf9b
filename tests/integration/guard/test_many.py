# SPDX-License-Identifier: GPL-3.0-or-later
"""Many objects written in one run: what the running gateway goes by afterwards, not what its database has."""

from __future__ import annotations

import secrets
from collections import Counter

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils import probe
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import checked
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import Client
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify import proof
from guarded_gateway import PREFIX

MANY, ROUNDS = 40, 4


@pytest.fixture
def many(gateway):
    """Applies a state with a client of as many connections as the modules have."""
    client = Client(gateway.url, gateway.master_key, connections=4)

    def apply(**state) -> Counter:
        engine = Reconciler(client)
        steps = engine.plan(checked(state))
        engine.apply(steps)
        return Counter(step.error or step.action for step in steps)

    return apply


def _models(own: str, number: int, **more) -> list[dict]:
    info = {"base_model": ("gpt-4o", "gpt-4o-mini")[number % 2]}
    params = {"model": "openai/x", "api_key": "none"}
    return [{"name": f"{own}{one}", "litellm_params": params, "model_info": info, **more} for one in range(MANY)]


def _servers(own: str, number: int, **more) -> list[dict]:
    url = f"http://{PREFIX}{('alpha', 'beta')[number % 2]}:8000/mcp"
    return [{"name": f"{own}{one}", "url": url, **more} for one in range(MANY)]


def _offered(gateway, own: str) -> Counter:
    """The tools of these servers, as a client is shown them: each comes from the server itself."""
    (listing,) = probe.run([proof.endpoint_of(gateway.url, "all", gateway.master_key, timeout=60)])
    assert listing["ok"], listing["error"]
    return Counter(tool.partition("-")[2] for tool in listing["tools"] if tool.startswith(own))


@pytest.mark.slow
def test_the_router_has_every_model_as_it_was_written_last(many):
    own = f"many{secrets.token_hex(3)}_"
    assert many(models=_models(own, 0)) == {"created": MANY}
    for number in range(1, ROUNDS):
        assert many(models=_models(own, number)) == {"changed": MANY}
    assert many(models=_models(own, 0, state="absent")) == {"removed": MANY}


@pytest.mark.slow
def test_every_mcp_server_is_asked_where_it_was_written_last_and_none_that_is_gone(gateway, many):
    own = f"many{secrets.token_hex(3)}_"
    for number in range(ROUNDS):
        assert many(mcp_servers=_servers(own, number)) == {"changed" if number else "created": MANY}
        current = ("only_alpha", "only_beta")[number % 2]
        assert _offered(gateway, own) == {current: MANY, "ping": MANY, "secret": MANY}
    assert many(mcp_servers=_servers(own, 0, state="absent")) == {"removed": MANY}
    assert _offered(gateway, own) == {}
