# SPDX-License-Identifier: GPL-3.0-or-later
"""Before litellm_gateway touches a host: each version reads what the role itself sets, and both keys are made."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._litellm import settings
from plays import run_playbook


def run(tmp_path, tasks_from: str, **variables) -> None:
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False}
    play["vars"] = {
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "mcp_lan_store": str(tmp_path / "store"),
        "litellm_gateway_config_dir": str(tmp_path / "etc"),
        **variables,
    }
    role = {"name": "mcp_lan.litellm.litellm_gateway", "tasks_from": tasks_from}
    play["tasks"] = [{"ansible.builtin.include_role": role}]
    path = tmp_path / "play.yml"
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    run_playbook("-i", "localhost,", str(path))


@pytest.mark.parametrize("version", settings.known())
def test_each_version_reads_what_the_role_itself_sets(tmp_path, version):
    run(tmp_path, "check.yml", litellm_gateway_version=version, litellm_gateway_image_source="auto")


def test_both_keys_are_made_by_the_gateway_alone(tmp_path):
    """Also where no MCP server has had them made before."""
    run(tmp_path, "preflight.yml")
    assert {path.name for path in (tmp_path / "store/secrets").iterdir()} >= {"master_key", "salt_key"}


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"litellm_gateway_workers": 2}, "is 2: LiteLLM 1.77.3 is too old: 1.108.7 is the first"),
        ({"swarm_enabled": True}, "is 1 and swarm_litellm_replicas 2: LiteLLM 1.77.3 is too old: 1.108.7 is the first"),
        ({"litellm_gateway_workers": 0}, "is 0: write a number from 1 to 64."),
        ({"mcp_lan_prefix": "Lab-"}, "mcp_lan_prefix is 'Lab-': write lower-case letters, digits, - and _, with a"),
        ({"mcp_lan_prefix": "my.lab-"}, "mcp_lan_prefix is 'my.lab-': write lower-case"),
        ({"mcp_lan_prefix": "-"}, "mcp_lan_prefix is '-': write lower-case letters"),
        ({"container_service_project": "My Lab"}, "container_service_project is 'My Lab': write lower-case letters"),
        ({"litellm_gateway_environment": {"NUM_WORKERS": "2"}}, "NUM_WORKERS cannot be set here: say it as"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, variables, sentence):
    with pytest.raises(AssertionError) as told:
        run(tmp_path, "check.yml", litellm_gateway_image_source="auto", **variables)
    assert sentence in " ".join(str(told.value).split())


@pytest.mark.parametrize(
    "named", [{"mcp_lan_prefix": "lab_2"}, {"mcp_lan_prefix": "Lab-", "container_service_project": "lab"}]
)
def test_a_name_that_compose_takes_is_taken(tmp_path, named):
    run(tmp_path, "check.yml", litellm_gateway_image_source="auto", **named)


def test_a_version_that_has_several_workers_reads_what_goes_with_them(tmp_path):
    newest = {"litellm_gateway_version": "1.108.7", "litellm_gateway_image_source": "auto"}
    run(tmp_path, "check.yml", **newest, litellm_gateway_workers=2)


def test_replicas_share_what_workers_share(tmp_path):
    """The places of a queue, and how long a key is remembered; the number of workers is that of each container."""
    queue = {"models": ["mock"], "parallel": 2}
    swarm = {"litellm_gateway_version": "1.108.7", "litellm_gateway_image_source": "auto", "swarm_enabled": True}
    with pytest.raises(AssertionError) as told:
        run(tmp_path, "check.yml", **swarm, litellm_gateway_queues=[queue])
    assert "parallel is 2: write 3 or more" in " ".join(str(told.value).split())
    run(tmp_path, "check.yml", **swarm, litellm_gateway_queues=[queue | {"parallel": 3}])
