# SPDX-License-Identifier: GPL-3.0-or-later
"""What LiteLLM would ignore in config.yaml is refused by name."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.filter.litellm_version import litellm_version
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import MINIMUM, NEWEST_TESTED
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import request_rules
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._litellm import settings
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.checks import (
    GUARD,
    SETTINGS,
    check,
    guarded,
)
from spellings import spellings

URL = "http://tools.lan/mcp"


def test_what_the_version_reads_passes_unchanged():
    config = {"router_settings": {"num_retries": 2}, "general_settings": {"proxy_batch_write_at": 5}}
    assert check(config, "1.77.3") == config


@pytest.mark.parametrize("name", ["virtual_keys", "api_keys", "mcp_settings", "key_settings"])
def test_the_classical_wrong_sections_are_sent_where_they_belong(name):
    with pytest.raises(UserError, match=f"'{name}' is not read by LiteLLM.*declare"):
        check({name: []}, "1.77.3")


def test_a_newer_section_names_the_version_that_has_it():
    with pytest.raises(UserError, match="'search_tools' is not read by LiteLLM 1.77.3, but by 1.108.7"):
        check({"search_tools": []}, "1.77.3")
    check({"search_tools": []}, "1.108.7")


def test_a_newer_setting_names_the_version_that_has_it():
    with pytest.raises(UserError, match="'max_file_size_mb' is not read by LiteLLM 1.77.3, but by 1.108.7"):
        check({"general_settings": {"max_file_size_mb": 1}}, "1.77.3")
    check({"general_settings": {"max_file_size_mb": 1}}, "v1.108.7-stable")


def test_a_misspelt_setting_is_answered_with_the_nearest():
    with pytest.raises(UserError, match="did you mean 'routing_strategy'"):
        check({"router_settings": {"routing_stratgy": "simple-shuffle"}}, "1.77.3")


@pytest.mark.parametrize("name", ["master_key", "database_url", "custom_auth", "litellm_key_header_name"])
def test_what_has_one_place_elsewhere_cannot_be_set_twice(name):
    with pytest.raises(UserError, match=f"'{name}' cannot be set here"):
        check({"general_settings": {name: "x"}}, "1.77.3")


@pytest.mark.parametrize("config", [[], {"general_settings": "x"}])
def test_a_wrong_type_is_a_sentence(config):
    with pytest.raises(UserError, match="has to be a dictionary"):
        check(config, "1.77.3")


def test_a_version_that_is_none():
    with pytest.raises(UserError, match="'latest' is not a LiteLLM version"):
        check({}, "latest")


def test_a_setting_that_the_newest_no_longer_reads_is_said_to_be_gone():
    config = {"general_settings": {"embedding_model": "a"}}
    check(config, "1.77.3")
    with pytest.raises(UserError, match="'embedding_model' is no longer read by LiteLLM 1.108.7"):
        check(config, "1.108.7")


def test_a_version_between_the_two_may_read_what_either_reads():
    check({"general_settings": {"embedding_model": "a", "mcp_disabled_capabilities": []}}, "1.90.0")
    with pytest.raises(UserError, match="did you mean 'embedding_model'"):
        check({"general_settings": {"embeding_model": "a"}}, "1.90.0")


@pytest.mark.parametrize(
    ("callbacks", "others"),
    [
        ("my_callbacks.handler", ["my_callbacks.handler"]),
        (["a.b", GUARD, "c.d"], ["a.b", "c.d"]),
        ([], []),
        (None, []),
        (GUARD, []),
    ],
)
def test_no_setting_takes_the_guard_away(callbacks, others):
    config = {"litellm_settings": {"callbacks": callbacks, "drop_params": True}}
    made = guarded(config, "1.77.3")
    assert made["litellm_settings"] == {"callbacks": [GUARD, *others], "drop_params": True}
    assert config["litellm_settings"]["callbacks"] == callbacks
    assert guarded({}, "1.77.3") == {"litellm_settings": {"callbacks": [GUARD]}}
    assert guarded({"litellm_settings": {}}, "1.77.3") == {"litellm_settings": {"callbacks": [GUARD]}}


@pytest.mark.parametrize("name", ["success_callback", "failure_callback", "service_callback"])
@pytest.mark.parametrize("callbacks", [{"langfuse": "x"}, ["s3", None], [["s3"]], [""]])
def test_callbacks_of_one_outcome_are_names_as_well(name, callbacks):
    with pytest.raises(UserError, match=f"'{name}' has to be a list( of names|, not a dictionary)"):
        check({"litellm_settings": {name: callbacks}}, "1.77.3")


@pytest.mark.parametrize(
    "settings", [{"callbacks": "langfuse, otel"}, {"callbacks": ["a,b"]}, {"success_callback": ["s3, otel"]}]
)
def test_several_callbacks_are_not_one_name(settings):
    with pytest.raises(UserError, match="for one name: write a list, a name for each item"):
        check({"litellm_settings": settings}, "1.77.3")


@pytest.mark.parametrize("callbacks", [{}, 1, True, [None], [["a.b"]], [""], " ", {"a": "b"}])
def test_callbacks_that_cannot_be_merged_are_a_sentence(callbacks):
    if callbacks == " ":
        callbacks = [callbacks]
    with pytest.raises(UserError, match="'callbacks' has to be a list of names"):
        check({"litellm_settings": {"callbacks": callbacks}}, "1.77.3")


@pytest.mark.parametrize(
    "config",
    [
        {"litellm_settings": {"callbacks": {"langfuse": {"secret_key": "hush"}}}},
        {"litellm_settings": {"callbacks": ["my.handler", {"token": "hush"}]}},
        {"router_settings": {"fallbacks": [{"a": [{"api_key": "hush"}]}]}},
        {"router_settings": {"fallbacks": [{"a": ["b"], "c": [{"model": "d", "api_key": "hush"}]}]}},
        {"mcp_servers": {"a": {"url": "http://ann:hush@h.lan:99999/mcp"}}},
        {"mcp_servers": {"a": {"url": "http://h.lan:99999/mcp?api_key=hush"}}},
        {"mcp_servers": {"a": {"url": "ftp://ann:hush@h.lan"}}},
    ],
)
def test_no_sentence_has_a_secret_of_what_it_refuses(config):
    with pytest.raises(UserError) as refused:
        check(config, "1.77.3")
    assert "hush" not in str(refused.value)


def test_files_that_would_replace_settings_are_refused():
    with pytest.raises(UserError, match="'include' names files whose settings replace"):
        check({"include": ["more.yaml"]}, "1.108.7")


@pytest.mark.parametrize("seconds", [-1, 0, 2, "2", "soon", True, None])
def test_an_interval_at_which_the_gateway_would_hang_is_refused(seconds):
    with pytest.raises(UserError, match="proxy_batch_write_at is .*set it to 3 or remove it"):
        check({"general_settings": {"proxy_batch_write_at": seconds}}, "1.77.3")
    if seconds != -1:
        check({"general_settings": {"proxy_batch_write_at": seconds}}, "1.108.7")


def test_tools_that_no_scope_could_hold_are_refused():
    tools = {"mcp_tools": [{"name": "now", "description": "the time", "handler": "x.y"}]}
    with pytest.raises(UserError, match="'mcp_tools' makes tools that LiteLLM 1.77.3 lets every key call"):
        check(tools, "1.77.3")
    check(tools, "1.108.7")


@pytest.mark.parametrize(
    ("servers", "sentence"),
    [
        ({"my-tools": {"url": "http://tools.lan/mcp"}}, "does not start with a server that is called 'my-tools'"),
        (
            {"tools": {"url": "http://tools.lan/mcp", "allowed_tools": ["read"]}},
            r"mcp_servers\.tools: 'allowed_tools' is not read by LiteLLM 1\.77\.3, but by 1\.108\.7",
        ),
        ({"tools": {"url": "http://tools.lan/mcp", "trasport": "http"}}, "did you mean 'transport'"),
        ({"tools": {"transport": "http"}}, "'tools' has neither a url nor a command"),
        ({"tools": "http://tools.lan/mcp"}, "'tools' has to be a dictionary, not a text"),
        ({"tools": None}, "'tools' has to be a dictionary, and is empty"),
        (["tools"], "section 'mcp_servers' has to be a dictionary, not a list"),
        ({"tools": {"url": 1}}, r"mcp_servers\.tools: 'url' has to be a text, not 1"),
        ({"tools": {"url": "tools.lan/mcp"}}, "needs url, which begins with http://"),
        ({"tools": {"url": "http://[::1/mcp"}}, r"the url 'http://\[::1/mcp' leads nowhere"),
        ({"tools": {"url": "http://tools.lan:99999/mcp"}}, "leads nowhere: port out of range"),
        ({"tools": {"url": URL, "transport": "htp"}}, r"tools\.transport has to be one of http, sse, stdio, not 'htp'"),
        ({"tools": {"url": URL, "transport": 5}}, r"tools: 'transport' has to be a text, not 5"),
        ({"tools": {"url": URL, "args": "foo"}}, r"mcp_servers\.tools\.args has to be a list, not a text"),
        ({"tools": {"command": "npx", "transport": "stdio", "env": ["A=b"]}}, "env has to be a dictionary, not a list"),
        ({"tools": {"url": URL, "auth_type": "bearer"}}, "auth_type has to be one of none, api_key, bearer_token"),
        ({"tools": {"url": URL, "auth_type": "oauth2"}}, "auth_type has to be one of .*authorization, not 'oauth2'"),
        ({"tools": {"url": URL, "mcp_info": 3}}, "mcp_info has to be a dictionary, not a whole number"),
        ({"tools": {"url": URL, "access_groups": "g"}}, "access_groups has to be a list, not a text"),
        ({"tools": {"url": URL, "access_groups": [["g"]]}}, r"access_groups\[0\] has to be a text, not a list"),
        ({"tools": {"url": URL, "alias": "my-a"}}, r"mcp_servers\.tools: the alias 'my-a' must consist of"),
        ({"my tools": {"url": URL}}, "the name 'my tools' must consist of letters"),
        ({"my/tools": {"url": URL}}, "the name 'my/tools' must consist of letters"),
        ({"sse": {"url": URL}}, "the name 'sse' is the name of a route"),
    ],
)
def test_mcp_servers_of_the_configuration_are_looked_into(servers, sentence):
    with pytest.raises(UserError, match=sentence):
        check({"mcp_servers": servers}, "1.77.3")


def test_a_field_of_an_mcp_server_that_the_version_reads_passes():
    servers = {"tools": {"url": "http://tools.lan/mcp", "allowed_tools": ["read"], "static_headers": {"X-Site": "lan"}}}
    assert check({"mcp_servers": servers}, "1.108.7") == {"mcp_servers": servers}


@pytest.mark.parametrize("version", ["1.77.3", "1.90.0", "1.108.7", "1.110.2", "1.200.0"])
def test_a_typo_in_litellm_settings_is_answered_with_the_nearest(version):
    with pytest.raises(UserError, match="'dropparams' is not read by LiteLLM .* did you mean 'drop_params'"):
        check({"litellm_settings": {"dropparams": True}}, version)


@pytest.mark.parametrize(
    ("section", "name", "value", "what"),
    [
        ("litellm_settings", "num_retries", "three", "a whole number, not 'three'"),
        ("litellm_settings", "num_retries", 2.5, "a whole number, not 2.5"),
        ("litellm_settings", "telemetry", "off", "true or false, not 'off'"),
        ("litellm_settings", "success_callback", "langfuse", "a list, not 'langfuse'"),
        ("litellm_settings", "telemetry", [True], "true or false, not a list"),
        ("litellm_settings", "mcp_aliases", ["github"], "a dictionary, not a list"),
        ("litellm_settings", "mcp_aliases", "github=hub", "a dictionary, not 'github=hub'"),
        ("litellm_settings", "cache_params", ["redis"], "a dictionary, not a list"),
        ("litellm_settings", "upperbound_key_generate_params", [{"max_budget": 1}], "a dictionary, not a list"),
        ("litellm_settings", "default_team_settings", {"team_id": "a"}, "a list, not a dictionary"),
        ("litellm_settings", "priority_reservation", ["dev"], "a dictionary, not a list"),
        ("general_settings", "pass_through_endpoints", {"path": "/a", "target": "b"}, "a list, not a dictionary"),
        ("general_settings", "alerting_args", ["a"], "a dictionary, not a list"),
        ("general_settings", "allowed_ips", "192.0.2.1", "a list, not '192.0.2.1'"),
        ("general_settings", "public_routes", "/routes", "a list, not '/routes'"),
        ("general_settings", "proxy_budget_rescheduler_min_time", "often", "a whole number, not 'often'"),
        ("general_settings", "disable_error_logs", "no", "true or false, not 'no'"),
        ("router_settings", "routing_strategy_args", ["ttl"], "a dictionary, not a list"),
        ("router_settings", "provider_budget_config", ["openai"], "a dictionary, not a list"),
        ("router_settings", "num_retries", {}, "a whole number, not {}"),
        ("router_settings", "routing_strategy", 1, "a text, not 1"),
    ],
)
def test_a_value_of_the_wrong_type_is_said_with_what_belongs_there(section, name, value, what):
    with pytest.raises(UserError, match=f"{section}: '{name}' has to be {what}"):
        check({section: {name: value}}, "1.77.3")


@pytest.mark.parametrize(
    ("section", "name", "value", "sentence"),
    [
        ("general_settings", "pass_through_endpoints", ["/rank"], r"\[0\] has to be a dictionary, not a text"),
        ("general_settings", "pass_through_endpoints", [{"target": "http://a.lan"}], r"\[0\]: path is missing"),
        ("general_settings", "pass_through_endpoints", [{"path": "/rank"}], r"\[0\]: target is missing"),
        ("litellm_settings", "default_team_settings", [{"team": "a"}], r"\[0\]: team_id is missing"),
    ],
)
def test_what_an_entry_of_a_setting_has_to_have(section, name, value, sentence):
    with pytest.raises(UserError, match=f"{section}: {name}{sentence}"):
        check({section: {name: value}}, "1.77.3")


CLIENTS = [path for route in request_rules.load()["routes"] for path in spellings(route["path"])]


@pytest.mark.parametrize("path", CLIENTS)
def test_no_endpoint_of_ones_own_is_at_or_above_a_path_of_clients(path):
    parts = path.rstrip("/").split("/")
    above = ["/".join(parts[:count]) for count in range(1, len(parts))]
    wide = [{"path": one or "/", "include_subpath": True} for one in above]
    named = [{"path": f"{one}/{{name:path}}"} for one in above]
    for entry in ({"path": path}, {"path": path[1:]}, *wide, *named):
        with pytest.raises(UserError, match=r"pass_through_endpoints\[1\]: path .* a path that clients use"):
            check_endpoints({"path": "/rank"}, entry)


def test_other_endpoints_of_ones_own_pass():
    check_endpoints(
        {"path": "/rank", "include_subpath": True},
        {"path": "/v1/rank", "include_subpath": True},
        {"path": "/v1/rank/{name}"},
        {"path": "/audio/noise"},
        {"path": "/v1/audio/translations"},
        {"path": "/rank-{name}"},
    )


@pytest.mark.parametrize(
    "path", [*CLIENTS, "*", "/*", "/v*", "/v1*", "/v1b*", "/v1/*", "/v1/cha*", "/ch*", "/v2/re*", "/mcp*", "/mcp/*"]
)
def test_no_path_of_clients_is_public(path):
    config = {
        "general_settings": {
            "public_routes": ["LiteLLMRoutes.public_routes", "/spend/calculate", "/api/*", "/metrics*"]
        }
    }
    assert check(config, "1.108.7") == config
    config["general_settings"]["public_routes"].append(path)
    with pytest.raises(UserError, match=r"'public_routes' has '.*', a path that clients use: requests would pass"):
        check(config, "1.108.7")


def check_endpoints(*entries):
    endpoints = [{**one, "target": "https://rank.lan"} for one in entries]
    check({"general_settings": {"pass_through_endpoints": endpoints}}, "1.77.3")


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("general_settings", "max_parallel_requests"),
        ("general_settings", "global_max_parallel_requests"),
        ("general_settings", "database_connection_pool_limit"),
        ("general_settings", "health_check_interval"),
        ("general_settings", "proxy_budget_rescheduler_min_time"),
        ("router_settings", "default_max_parallel_requests"),
        ("router_settings", "num_retries"),
        ("litellm_settings", "default_redis_ttl"),
    ],
)
def test_less_than_nothing_is_no_limit(section, name):
    for value in (-1, "-1"):
        with pytest.raises(UserError, match=f"{section}: '{name}' is -1(.0)?: write a number of 0 or more"):
            check({section: {name: value}}, "1.77.3")
    check({section: {name: 10}, "router_settings": {"default_priority": -1}}, "1.77.3")


@pytest.mark.parametrize("version", ["1.77.3", "1.108.7"])
def test_settings_of_each_shape_that_litellm_takes(version):
    config = {
        "general_settings": {
            "max_request_size_mb": 0.1,
            "max_response_size_mb": 2,
            "user_header_mappings": {"header_name": "X-User", "litellm_user_role": "customer"},
            "proxy_budget_rescheduler_max_time": 64,
            "disable_error_logs": False,
        },
        "litellm_settings": {
            "mcp_aliases": {"github": "hub"},
            "upperbound_key_generate_params": {"max_budget": 1},
            "default_team_settings": [{"team_id": "a"}],
        },
        "router_settings": {"retry_after": 0.5, "provider_budget_config": {"openai": {"budget_limit": 1}}},
    }
    assert check(config, version) == config


@pytest.mark.parametrize(
    ("name", "given", "meant"),
    [
        ("num_retries", "3", 3),
        ("num_retries", 3.0, 3),
        ("max_budget", "12.5", 12.5),
        ("max_budget", 12, 12),
        ("telemetry", "False", False),
        ("num_retries", None, None),
        ("num_retries", "os.environ/RETRIES", "os.environ/RETRIES"),
    ],
)
def test_a_number_that_came_as_a_text_is_that_number(name, given, meant):
    for judge in check, guarded:
        made = judge({"litellm_settings": {name: given}}, "1.77.3")["litellm_settings"][name]
        assert made == meant and type(made) is type(meant)


@pytest.mark.parametrize(
    "config",
    [
        {"router_settings": {"num_retries": "2"}, "general_settings": {"background_health_checks": "true"}},
        {"environment_variables": {"A": "b"}, "litellm_settings": {"num_retries": "3", "callbacks": "a.b"}},
        {"model_list": [{"model_name": "a", "litellm_params": {"model": "openai/a", "rpm": "5"}}]},
    ],
)
def test_the_guard_changes_nothing_but_the_callbacks(config):
    plain, with_guard = check(config, "1.77.3"), guarded(config, "1.77.3")
    callbacks = with_guard["litellm_settings"].pop("callbacks")
    assert callbacks[0] == GUARD
    plain.setdefault("litellm_settings", {}).pop("callbacks", None)
    assert with_guard == plain


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"model_list": [1]}, r"model_list\[0\] has to be a dictionary, not a whole number"),
        ({"model_list": [None]}, r"model_list\[0\] has to be a dictionary, and is empty"),
        ({"model_list": [{"model_nam": "a", "litellm_params": {"model": "x"}}]}, "did you mean 'model_name'"),
        ({"model_list": [{"model_name": "", "litellm_params": {"model": "x"}}]}, "model_name has to be a text"),
        ({"model_list": [{"model_name": "a"}]}, r"model_list\[0\] \(a\): litellm_params is missing"),
        ({"model_list": [{"model_name": "a", "litellm_params": {"modl": "x"}}]}, r"model is missing: .*'modl'"),
        ({"model_list": [{"model_name": "a", "litellm_params": {"model": "x", "rpm": "ten"}}]}, "rpm is 'ten'"),
        (
            {"model_list": [{"model_name": "a", "litellm_params": None}]},
            "litellm_params has to be a dictionary, and is",
        ),
        ({"guardrails": [{"guardrail_nam": "x"}]}, "did you mean 'guardrail_name'"),
        ({"guardrails": ["x"]}, r"guardrails\[0\] has to be a dictionary, not a text"),
        ({"guardrails": [{"guardrail_name": "x", "litellm_params": {"mode": "pre_call"}}]}, "guardrail is missing"),
        ({"credential_list": [{"credential_nme": "a"}]}, "did you mean 'credential_name'"),
        ({"credential_list": [{"credential_name": "a"}]}, "credential_values is missing"),
        ({"assistant_settings": "x"}, "'assistant_settings' has to be a dictionary, not a text"),
        ({"litellm_settings": {"set_verbose": "yes please"}}, "'set_verbose' has to be true or false"),
        ({"litellm_settings": {"request_timeout": "ten"}}, "'request_timeout' has to be a number, not 'ten'"),
        ({"litellm_settings": {"json_logs": "maybe"}}, "'json_logs' has to be true or false"),
        ({"litellm_settings": {"cache": "maybe"}}, "'cache' has to be true or false"),
        ({"litellm_settings": {"max_budget": float("nan")}}, "'max_budget' has to be a number, not nan"),
        ({"litellm_settings": {"max_budget": float("inf")}}, "'max_budget' has to be a number, not inf"),
        ({"router_settings": {"routing_strategy": "simplee-shuffle"}}, "did you mean 'simple-shuffle'"),
        ({"environment_variables": {"LITELLM_MASTER_KEY": "x"}}, "'LITELLM_MASTER_KEY' cannot be set here"),
        ({"environment_variables": {"DATABASE_URL": "x"}}, "'DATABASE_URL' cannot be set here"),
        ({"environment_variables": {"A": None}}, r"environment_variables\.A is empty"),
        ({"environment_variables": {"A": ["x"]}}, r"environment_variables\.A has to be a text, not a list"),
        ({"environment_variables": {"A B": "x"}}, "'A B' is no name of a variable"),
    ],
)
def test_what_is_inside_a_section_is_judged(config, sentence):
    with pytest.raises(UserError, match=sentence) as refused:
        check(config, "1.77.3")
    assert str(refused.value).startswith("litellm_gateway_config")


def test_a_section_without_content_says_nothing():
    empty = dict.fromkeys(["model_list", "guardrails", "general_settings", "mcp_servers", "litellm_settings"])
    assert check(empty, "1.77.3") == {}
    with pytest.raises(UserError, match="'model_lst' is not read"):
        check({"model_lst": None}, "1.77.3")


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("litellm_settings", "success_callback"),
        ("litellm_settings", "failure_callback"),
        ("litellm_settings", "drop_params"),
        ("router_settings", "fallbacks"),
    ],
)
def test_a_setting_without_a_value_says_nothing(section, name):
    config = {section: {name: None, "num_retries": 2}}
    assert check(config, "1.77.3") == {section: {"num_retries": 2}}
    # None is a value of these.
    config = {"litellm_settings": {"max_fallbacks": None}}
    assert check(config, "1.77.3") == config


def test_a_model_of_several_organizations():
    def model(organizations):
        return {"model_name": "a", "litellm_params": {"model": "openai/a", "organization": organizations}}

    made = check({"model_list": [model(["org-1", 2])]}, "1.77.3")
    assert made == {"model_list": [model(["org-1", "2"])]}
    for none, sentence in (([], "organization has to be a text, not a list"), ([None], r"organization\[0\] has to be")):
        with pytest.raises(UserError, match=sentence):
            check({"model_list": [model(none)]}, "1.77.3")


def test_numbers_of_entries_are_what_their_texts_mean():
    model = {"model_name": "a", "rpm": "5", "litellm_params": {"model": "openai/a", "rpm": "10", "api_base": ""}}
    made = check({"model_list": [model], "general_settings": {"proxy_batch_write_at": "5"}}, "1.77.3")
    assert made["model_list"] == [{"model_name": "a", "rpm": 5, "litellm_params": {"model": "openai/a", "rpm": 10}}]
    assert made["general_settings"] == {"proxy_batch_write_at": 5}
    # LiteLLM takes any text for true.
    servers = {"tools": {"url": URL, "allow_all_keys": "false", "auth_type": "oauth2"}}
    assert check({"mcp_servers": servers}, "1.108.7")["mcp_servers"]["tools"]["allow_all_keys"] is False
    check({"router_settings": {"routing_strategy": "lar1"}}, "1.108.7")
    with pytest.raises(UserError, match=r"'routing_strategy' has to be a text, not \[\]"):
        check({"router_settings": {"routing_strategy": []}}, "1.108.7")


@pytest.mark.parametrize("value", [False, "false", 0, "no", None])
def test_nobody_takes_back_what_holds_a_scope(value):
    config = {"general_settings": {"require_key_mcp_access_defined": value}}
    with pytest.raises(UserError, match="'require_key_mcp_access_defined' has to be true, or be left out: a key"):
        check(config, "1.108.7")
    config = {"general_settings": {"enforce_fallback_model_access": value}}
    with pytest.raises(UserError, match="'enforce_fallback_model_access' has to be true, or be left out: a fallback"):
        check(config, "1.108.7")


@pytest.mark.parametrize("version", ["1.77.3", "1.108.7"])
@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("general_settings", "allow_requests_on_db_unavailable"),
        ("general_settings", "enable_oauth2_auth"),
        ("general_settings", "enable_oauth2_proxy_auth"),
        ("general_settings", "disable_reset_budget"),
        ("general_settings", "disable_spend_logs"),
        ("general_settings", "disable_spend_updates"),
        ("router_settings", "cache_responses"),
    ],
)
def test_a_switch_that_would_undo_the_inventory_stays_off(section, name, version):
    for value in (True, "true", "True", 1, "yes"):
        with pytest.raises(UserError, match=rf"{section}: '{name}' has to be false, or be left out: \w+"):
            check({section: {name: value}}, version)
    for value in (False, "false", "False"):
        assert check({section: {name: value}}, version) == {section: {name: False}}
    check({section: {name: None}}, version)


def test_what_has_to_be_true_may_be_said_as_a_text():
    config = {"general_settings": {"require_key_mcp_access_defined": "True"}}
    assert check(config, "1.108.7") == {"general_settings": {"require_key_mcp_access_defined": True}}


@pytest.mark.parametrize("params", [None, {}, {"type": "redis", "host": "valkey.lan"}, {"mode": "default_on"}])
def test_no_key_is_given_what_another_was_answered(params):
    for cache in (True, "true"):
        with pytest.raises(UserError, match="'cache' would give a key what others were answered: set cache_enabled"):
            check({"litellm_settings": {"cache": cache, "cache_params": params}}, "1.77.3")
    check({"litellm_settings": {"cache": False, "cache_params": params}}, "1.77.3")


@pytest.mark.parametrize("params", [{"mode": "default_off"}, {"type": "redis", "supported_call_types": []}])
def test_a_cache_that_keeps_only_what_is_asked_for(params):
    check({"litellm_settings": {"cache": True, "cache_params": params}}, "1.77.3")


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ({"litellm_settings": {"max_budget": 0, "budget_duration": "30d"}}, "litellm_settings.max_budget"),
        ({"litellm_settings": {"max_budget": "0.0"}}, "litellm_settings.max_budget"),
        ({"litellm_settings": {"max_budget": -1}}, "litellm_settings.max_budget"),
        (
            {"litellm_settings": {"tag_budget_config": {"a": {"max_budget": 0, "budget_duration": "1d"}}}},
            "tag_budget_config.a.max_budget",
        ),
        (
            {"router_settings": {"provider_budget_config": {"openai": {"budget_limit": 0, "time_period": "1d"}}}},
            "provider_budget_config.openai.budget_limit",
        ),
        (
            {"model_list": [{"model_name": "a", "litellm_params": {"model": "openai/a", "max_budget": "0"}}]},
            r"model_list\[0\].litellm_params.max_budget",
        ),
    ],
)
def test_a_budget_of_nothing_is_not_taken_for_none(config, place):
    with pytest.raises(UserError, match=rf"{place} is -?[01](\.0)?, which LiteLLM takes for no budget"):
        check(config, "1.77.3")


def test_budgets_that_litellm_takes_as_they_are():
    check({"litellm_settings": {"max_budget": 0.5, "default_internal_user_params": {"max_budget": 0}}}, "1.77.3")
    check({"litellm_settings": {"max_budget": 10}}, "1.77.3")


@pytest.mark.parametrize(
    ("checks", "version", "sentence"),
    [
        ("enforce_model_rate_limits", "1.108.7", "optional_pre_call_checks has to be a list, not a text"),
        (["enforce_model_rate_limit"], "1.108.7", "did you mean 'enforce_model_rate_limits'"),
        (["enforce_model_rate_limits"], "1.77.3", "LiteLLM 1.77.3 has no check 'enforce_model_rate_limits'"),
        ([None], "1.108.7", "has no check None"),
    ],
)
def test_a_check_that_the_router_would_pass_over_is_refused(checks, version, sentence):
    with pytest.raises(UserError, match=sentence):
        check({"router_settings": {"optional_pre_call_checks": checks}}, version)


@pytest.mark.parametrize("checks", [None, [], ["prompt_caching", "router_budget_limiting"]])
def test_checks_of_the_router(checks):
    check({"router_settings": {"optional_pre_call_checks": checks}}, "1.77.3")
    check({"router_settings": {"optional_pre_call_checks": ["enforce_model_rate_limits"]}}, "1.108.7")


def test_a_switch_whose_type_nobody_says_is_no_text():
    settings = {"store_prompts_in_spend_logs": "False", "use_x_forwarded_for": "true", "proxy_admin_email": "a@x.lan"}
    made = check({"general_settings": settings}, "1.77.3")["general_settings"]
    assert made == {**settings, "store_prompts_in_spend_logs": False, "use_x_forwarded_for": True}


def test_each_version_is_told_what_it_reads():
    assert settings.own_settings(MINIMUM) == {"litellm_settings": {"telemetry": False}, "general_settings": {}}
    deny = {"require_key_mcp_access_defined": True}
    assert settings.own_settings(NEWEST_TESTED) == {"litellm_settings": {}, "general_settings": deny}
    # Either may hold between two that are known; LiteLLM passes over what it does not read.
    assert settings.own_settings("1.95.0") == {"litellm_settings": {"telemetry": False}, "general_settings": deny}
    for version in settings.known():
        assert check(settings.own_settings(version), version)


@pytest.mark.parametrize(
    ("version", "tag"),
    [
        ("1.77.3", "main-v1.77.3-stable"),
        ("v1.83.10", "main-v1.83.10-stable"),
        ("v1.77.3-stable", "main-v1.77.3-stable"),
        ("main-v1.77.3-stable", "main-v1.77.3-stable"),
        ("1.84.0", "v1.84.0"),
        ("1.108.7", "v1.108.7"),
        ("v1.111.0", "v1.111.0"),
    ],
)
def test_how_the_makers_tag_an_image(version, tag):
    assert settings.image_tag(version) == litellm_version(version)["image_tag"] == tag


@pytest.mark.parametrize("version", ["1.107.0", "1.2", "latest", "", None, 5, ["1.77.3"]])
def test_what_is_no_version_has_no_tag_and_is_told_nothing(version):
    nothing = {"image_tag": "", "signature": {}, "config": {}, "log_cleanup": False, "several_workers": ""}
    assert litellm_version(version) == nothing


FIRST, SECOND = "0112e53046018d726492c814b3644b7d376029d0", "e82a3c646908ba0a6ee0beddc4310d7a6cac4065"


@pytest.mark.parametrize(
    ("version", "by"),
    [
        ("1.77.3", ""),
        ("1.83.10-stable", FIRST),
        ("1.103.7", FIRST),
        ("1.103.8", SECOND),
        ("1.106.2", FIRST),
        ("v1.108.7", SECOND),
        ("1.108.10", "project-releaser"),
        ("1.109.3", ""),
        ("1.120.0", ""),
    ],
)
def test_how_the_makers_sign_an_image(version, by):
    signature = litellm_version(version)["signature"]
    assert bool(signature) is bool(by) and by in str(signature)
    assert set(signature) in ({"key"}, {"identity", "issuer"}, set())


PARTS = ("litellm_params", "retry_policy", "allowed_fails_policy", "providers")


def test_the_versions_files_are_what_the_script_writes():
    """Each file says what it is, and knows every section."""
    for version, content in settings.known().items():
        assert content["version"] == version and isinstance(content["tested"], bool)
        assert set(content["settings"]) == {"sections", *SETTINGS, "mcp_servers", *PARTS}
        assert all(len(settings.section(version, name).keys) > 5 for name in content["settings"])
    assert [one for one in settings.known() if settings.known()[one]["tested"]] == [MINIMUM, NEWEST_TESTED]
