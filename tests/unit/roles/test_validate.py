# SPDX-License-Identifier: GPL-3.0-or-later
"""What playbooks/validate.yml says of an inventory by itself, without an engine."""

from __future__ import annotations

import re

import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils import request_rules
from plays import run_playbook

GATEWAY = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


def refused(tmp_path, gateways: dict[str, dict], **clients) -> str:
    """What is said where these machines, {name: variables}, are the groups gateway and clients."""
    variables = {"ansible_become": False, "mcp_lan_store": str(tmp_path / "store")}
    gateways = {name: {**GATEWAY, **more} for name, more in gateways.items()}
    groups = {"gateway": {"hosts": gateways}, "clients": {"hosts": clients}}
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"all": {"vars": variables, "children": groups}}), encoding="utf-8")
    with pytest.raises(AssertionError) as failed:
        run_playbook("mcp_lan.litellm.validate", "-i", str(inventory), "-e", "litellm_gateway_version=1.77.3")
    return re.sub(r"\s+", " ", str(failed.value))


def test_a_machine_that_does_not_know_where_the_gateway_is(tmp_path):
    """The gateway alone knows its own address."""
    said = refused(tmp_path, {"server": {"litellm_api_url": "http://linuxserver.lan:4000"}}, desk={})
    assert (
        "litellm_api_url is not set for desk, a machine of the group clients: put it into group_vars/all, as in "
        "http://linuxserver.lan:4000. Nothing has been changed."
    ) in said


def test_what_a_request_may_never_say_is_refused_before_anything_is_changed(tmp_path):
    """A gateway for each category of the list, with one of its names."""
    never = {
        category: next(name for name in names if "*" not in name)
        for category, names in request_rules.load()["never"].items()
    }
    assert set(never) == {"where", "credential", "logging", "cost", "instead"}
    said = refused(
        tmp_path, {category: {"litellm_gateway_request_fields": {"chat": [name]}} for category, name in never.items()}
    )
    for category, name in never.items():
        assert (
            f"litellm_gateway_request_fields.chat: '{name}' cannot be allowed, because "
            f"{request_rules.WHY_NEVER[category]}; set it for the model in litellm_models instead."
        ) in said
        assert re.search(rf"{category} : ok=\d+ changed=0 unreachable=0 failed=1 ", said), said[-1500:]
    # Nothing comes after it.
    last = re.findall(r"TASK \[(.*?)\] \*", said)[-1]
    assert last.endswith("litellm_gateway : Refuse what cannot be")
    assert not (tmp_path / "store").exists()


def test_what_cannot_be_observed(tmp_path):
    """A gateway for each; the sentence names the variable and what to write."""
    hook = {"name": "ann", "webhook_configs": [{"url": "http://hooks.lan/"}]}
    mail = {"name": "ann", "email_configs": [{"to": "ann@lan", "auth_password": "x"}]}
    file = {"name": "ann", "webhook_configs": [{"url_file": "/tmp/secrets/hook"}]}
    wrong = {
        "door": ({"front_door_enabled": False}, "front_door_enabled is false, and it is the front door that serves"),
        "name": ({"observability_receivers": [{"name": "ann"}]}, "each one needs a name and a configuration"),
        "route": (
            {"observability_receivers": [hook], "observability_routes": [{"receiver": "ben"}]},
            "observability_routes names the receiver ben, which is none of observability_receivers",
        ),
        "bare": ({"observability_receivers": [mail]}, "put the value of auth_password into observability_secrets"),
        "file": ({"observability_receivers": [file]}, "observability_secrets has no hook, which a receiver reads"),
        "tls": ({"observability_tls": ["gateway.lan"]}, "observability_tls: gateway.lan is no HOST:PORT"),
        "often": ({"observability_scrape_seconds": 1}, "observability_scrape_seconds is 1: 5 to 60 are possible."),
    }
    base = {"observability_enabled": True, "mcp_filesystem_enabled": False}
    said = refused(tmp_path, {name: {**base, **more} for name, (more, _) in wrong.items()})
    for name, (_, sentence) in wrong.items():
        assert sentence in said, (name, said[-3000:])
        assert re.search(rf"{name} : ok=\d+ changed=0 unreachable=0 failed=1 ", said), said[-1500:]


def test_a_diagnosis_of_no_key(tmp_path):
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"gateway": {"hosts": {"server": GATEWAY}}}), encoding="utf-8")
    with pytest.raises(
        AssertionError, match=r"litellm_keys has none: name the client's key with -e diagnose_key=NAME\."
    ):
        run_playbook("mcp_lan.litellm.diagnose", "-i", str(inventory), "-e", "ansible_become=false")


def test_a_database_that_nobody_makes(tmp_path):
    """A list of a person's own takes the place of the one with LiteLLM's database."""
    shop = {"name": "shop", "owner": "shop", "readers": ["mcp_reader"]}
    litellm = {"name": "litellm", "owner": "litellm"}
    wrong = {
        "lost": (
            {"postgres_db_databases": [shop]},
            "LiteLLM is to log in to the database litellm as litellm, and no",
        ),
        "nobody": ({}, "The MCP server of PostgreSQL is to log in to the database demo as mcp_reader, and no entry of"),
        "stranger": (
            {"postgres_db_databases": [litellm, {**shop, "readers": ["ann"]}], "mcp_postgresql_database": "shop"},
            "is to log in to the database shop as mcp_reader, and no entry of postgres_db_databases has that database",
        ),
        "twice": (
            {"postgres_db_databases": [litellm, shop, shop]},
            "postgres_db_databases has shop twice: each",
        ),
    }
    right = {"postgres_db_databases": [litellm, shop], "mcp_postgresql_database": "shop"}
    base = {"litellm_api_url": "http://127.0.0.1:9", "front_door_enabled": False, "litellm_gateway_port": 0}
    base["mcp_filesystem_enabled"] = False
    hosts = {name: {**base, **more} for name, (more, _) in wrong.items()}
    said = refused(tmp_path, {**hosts, "right": {**base, **right}})
    for name, (_, sentence) in wrong.items():
        assert sentence in said, (name, said[-3000:])
        assert re.search(rf"{name} : ok=\d+ changed=0 unreachable=0 failed=1 ", said), said[-1500:]
    assert re.search(r"right : ok=\d+ changed=0 unreachable=0 failed=0 ", said), said[-1500:]
