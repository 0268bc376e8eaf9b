# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run gives back and prints with -vvv, in whichever form: no secret. The items of a loop are a part of it."""

from __future__ import annotations

import secrets

import pytest
import yaml
from plays import run_tasks
from tree import TOP


def loaded(path: str):
    return yaml.safe_load((TOP / path).read_text(encoding="utf-8"))


def of_play(path: str, play: str, task: str) -> dict:
    """A task of a play's."""
    (tasks,) = [one["tasks"] for one in loaded(path) if one["name"] == play]
    (found,) = [one for one in tasks if one["name"] == task]
    return found


@pytest.fixture
def value():
    """A secret of the test."""
    return secrets.token_hex(16)


def test_the_trial_of_a_configuration(tmp_path, value):
    (block,) = [task["block"] for task in loaded("roles/litellm_gateway/tasks/trial.yml") if "block" in task]
    written = [task for task in block if task["name"].startswith(("Make a folder", "Write"))]
    variables = {
        "litellm_gateway_trial_files": loaded("roles/litellm_gateway/vars/main.yml").get("litellm_gateway_trial_files"),
        "litellm_gateway_trial_dir": f"{tmp_path}/trial",
        "litellm_gateway_environment_text": f"LITELLM_MASTER_KEY={value}",
        "litellm_gateway_config_text": f"api_key: {value}",
        "litellm_gateway_requests": {"text": '{"requests": true}'},
        "litellm_gateway_trial_project": {"services": {"trial": {"environment": {"PRICE": "$5"}}}},
    }
    _results, output = run_tasks(tmp_path, written, "-vvv", "--diff", **variables)
    assert value not in output
    texts = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "trial").iterdir()}
    assert value in texts["config.yaml"] and "$$5" in texts["compose.yaml"] and "true" in texts["requests.json"]
    environment = tmp_path / "trial.env"
    assert value in environment.read_text(encoding="utf-8") and environment.stat().st_mode & 0o777 == 0o600


def test_the_servers_that_the_site_runs(tmp_path, value):
    task = of_play("playbooks/site.yml", "Run the gateway", "Declare the further MCP servers")
    entries = [
        {"name": "notes", "image": "notes:1", "secret_environment": {"TOKEN": value}},
        {"name": "tasks", "image": "tasks:1", "environment": {"LEVEL": "info"}},
    ]
    given = ("mcp_service_name", "mcp_service_environment", "mcp_service_secret_environment", "mcp_service_openapi")
    said = [
        {
            "name": "What an item has",
            "ansible.builtin.debug": {"msg": "{{ item }}"},
            "loop": task["loop"],
        },
        {
            "name": "What the role is given",
            "ansible.builtin.copy": {
                "content": "{{ " + " ~ ' ' ~ ".join(f"{name} | to_json" for name in given) + " }}",
                "dest": f"{tmp_path}/{{{{ item.name }}}}",
                "mode": "0600",
            },
            "diff": False,
            "loop": task["loop"],
            "vars": {name: text for name, text in task["vars"].items() if name.startswith(("site_", *given))},
        },
    ]
    services = "{{ mcp_services | mcp_lan.litellm.mcp_services('') }}"
    results, output = run_tasks(tmp_path, said, "-vvv", mcp_services=entries, site_services=services)
    assert not [one for one in results if one.get("failed")] and value not in output, output
    assert (tmp_path / "notes").read_text(encoding="utf-8") == f'"notes" {{}} {{"TOKEN": "{value}"}} {{}}'
    assert (tmp_path / "tasks").read_text(encoding="utf-8") == '"tasks" {"LEVEL": "info"} {} {}'


def test_an_openapi_document_that_cannot_be_fetched(tmp_path, value):
    task = of_play("playbooks/validate.yml", "Validate before anything is changed", "Validate the OpenAPI documents")
    openapi = {"document": f"http://ann:{value}@127.0.0.1:9/api.json", "base_url": "http://127.0.0.1:9"}
    services = "{{ mcp_services | mcp_lan.litellm.mcp_services('') }}"
    results, output = run_tasks(
        tmp_path, [task], "-vvv", mcp_services=[{"name": "notes", "openapi": openapi}], validate_services=services
    )
    assert results[0]["failed"] and "cannot be fetched by the controller" in output and value not in output
