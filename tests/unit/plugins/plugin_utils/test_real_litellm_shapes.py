# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes of LiteLLM's config.yaml in public repositories, each in its least form: what is said of them.

The repository and the file beside each say where a shape is from; the words are our own.
"""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.checks import GUARD, check, guarded

# BerriAI/litellm, proxy_server_config.yaml: JSON in YAML, True and False, spaces at the ends of lines (·), lists of
# settings of providers, a comment at the end that is indented deeper than what it is about.
LITELLM = """
model_list:
  - model_name: "*"
    litellm_params: {model: openai/*}
litellm_settings:
  # set_verbose: True
  drop_params: True
  num_retries: 5
  context_window_fallbacks: [{"small": ["large"]}]
  default_team_settings:·
    - team_id: one
      success_callback: ["langfuse"]
files_settings:
  - custom_llm_provider: azure
router_settings:
  routing_strategy: usage-based-routing-v2·
  redis_port: os.environ/REDIS_PORT
  model_group_alias: {"alias": "small"}·
general_settings:·
  proxy_batch_write_at: 10
  pass_through_endpoints:
    - path: "/rank"
      target: "https://rank.lan"
      headers:
        content-type: application/json
      forward_headers: True
# environment_variables:
  # for the cache
  # REDIS_PORT: "1"
""".replace("·", " ")


@pytest.mark.parametrize("version", ["1.77.3", "1.108.7", "1.110.2"])
def test_a_config_of_litellm_passes_unchanged_but_for_the_guard(version):
    config = yaml.safe_load(LITELLM)
    made = guarded(config, version)
    assert made["litellm_settings"].pop("callbacks") == [GUARD]
    assert made == config and made["router_settings"]["routing_strategy"] == "usage-based-routing-v2"


@pytest.mark.parametrize(
    ("more", "version", "sentence"),
    [
        (
            {"master_key": "os.environ/KEY"},
            "1.110.2",
            "'master_key' cannot be set here: the master key is made and kept",
        ),
        ({"store_model_in_db": True}, "1.77.3", "'store_model_in_db' cannot be set here"),
        ({"proxy_batch_write_at": 1}, "1.77.3", "proxy_batch_write_at is 1, and LiteLLM 1.77.3 hangs"),
        # Where LiteLLM's own file has it.
        (
            {"pass_through_endpoints": [{"path": "/v1/rerank", "target": "https://rank.lan"}]},
            "1.77.3",
            r"pass_through_endpoints\[0\]: path '/v1/rerank' is, or takes in, a path that clients use",
        ),
    ],
)
def test_what_it_has_besides_is_refused(more, version, sentence):
    config = yaml.safe_load(LITELLM)
    with pytest.raises(UserError, match=sentence):
        check({**config, "general_settings": {**config["general_settings"], **more}}, version)


# CIRISAI/CIRISProxy, litellm_config.yaml: settings that are there to be nothing (null); one callback in several lists;
# fallbacks whose names have slashes; a check of keys of one's own.
OWN = """
litellm_settings:
  callbacks:
    - billing.instance
  success_callback:
    - billing.instance
  drop_params: true
router_settings:
  retry_after: 1
  fallbacks:
    - "default": ["one/b-4", "two/b-4"]
    - "one/b-4": ["two/b-4"]
general_settings:
  allowed_ips: null
"""


@pytest.mark.parametrize("version", ["1.77.3", "1.110.2"])
def test_callbacks_of_ones_own_come_behind_the_guard(version):
    config = yaml.safe_load(OWN)
    settings = {**config["litellm_settings"], "callbacks": [GUARD, "billing.instance"]}
    assert guarded(config, version) == {**config, "litellm_settings": settings}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"database_url": None}, "'database_url' cannot be set here: the database is set by the postgres_db_"),
        ({"custom_auth": "own_auth.check"}, "'custom_auth' cannot be set here: it would replace the key check"),
    ],
)
def test_what_would_take_the_gateways_own_place_is_refused_even_as_nothing(more, sentence):
    config = yaml.safe_load(OWN)
    with pytest.raises(UserError, match=sentence):
        check({**config, "general_settings": {**config["general_settings"], **more}}, "1.110.2")
