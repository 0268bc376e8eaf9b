# SPDX-License-Identifier: GPL-3.0-or-later
"""A part that is switched off again: nothing is built for it, and what the host was given for it goes."""

from __future__ import annotations

import json

import pytest
import yaml
from plays import run_playbook
from tree import TOP

# By the variable that says whether it is there, the images of each part.
PARTS = {
    "acme": ["acme"],
    "cache": ["valkey"],
    "mcp_filesystem": ["mcp-filesystem"],
    "mcp_postgresql": ["mcp-postgresql"],
    "observability": ["gateway-exporter", "prometheus"],
}


def images(tmp_path, **variables) -> set[str]:
    """The names of the images that the site has before anything else."""
    (site,) = [
        one for one in yaml.safe_load((TOP / "playbooks/site.yml").read_text()) if one["name"] == "Run the gateway"
    ]
    roles = ("front_door", "mcp_filesystem", "mcp_postgresql", "postgres_db")
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {
            "site_images": site["vars"]["site_images"],
            "litellm_gateway_image": {"name": "litellm"},
            "litellm_gateway_egress": True,
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        },
        "vars_files": [str(TOP / "roles" / role / "defaults/main.yml") for role in roles],
        "tasks": [
            {
                "ansible.builtin.copy": {
                    "content": "{{ site_images | select | map(attribute='name') | list | to_json }}",
                    "dest": f"{tmp_path}/images.json",
                    "mode": "0600",
                }
            }
        ],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    run_playbook("-i", "localhost,", "-c", "local", "-e", json.dumps(variables), str(tmp_path / "play.yml"))
    return set(json.loads((tmp_path / "images.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("state", ["present", "absent"])
def test_what_is_to_go_has_no_image_built(tmp_path, state):
    enabled = {f"{part}_enabled": True for part in PARTS}
    made = images(tmp_path, **enabled, **{f"{part}_state": state for part in PARTS})
    always = {"litellm", "postgresql", "front-door", "egress-proxy"}
    assert made == always | {name for names in PARTS.values() for name in names if state == "present"}


@pytest.mark.parametrize("role", ["acme", "cache", "egress_proxy", "front_door", "observability", "open_webui"])
def test_its_folder_goes_with_it(role):
    """There are secrets in it. A Compose file that does not have the service any more says nothing of its files."""
    text = "\n".join(
        path.read_text(encoding="utf-8") for path in sorted((TOP / "roles" / role / "tasks").glob("*.yml"))
    )
    tasks = [line for line in text.splitlines() if f"{role}_config_dir" in line]
    assert any("container_service_absent_paths" in line or line.strip().startswith("path:") for line in tasks), tasks


def test_what_litellm_asked_by_goes_after_it():
    """One that does not come up without its proxy is put back as it was, and asks by it."""
    text = (TOP / "roles/litellm_gateway/tasks/install.yml").read_text(encoding="utf-8")
    names = [task["name"] for task in yaml.safe_load(text)]
    assert names.index("Run LiteLLM's container") < names.index("Remove a proxy that LiteLLM does without")


def test_what_a_trial_that_was_ended_has_left_goes_with_the_next_run():
    """Its environment file has LiteLLM's secrets, and the next trial may be far off."""
    variables = yaml.safe_load((TOP / "roles/litellm_gateway/vars/main.yml").read_text(encoding="utf-8"))
    text = (TOP / "roles/litellm_gateway/tasks/trial.yml").read_text(encoding="utf-8")
    assert (
        variables["litellm_gateway_trial_project"]["services"]["trial"]["env_file"][0]
        in (variables["litellm_gateway_trial_paths"])
    )
    tasks = yaml.safe_load((TOP / "roles/litellm_gateway/tasks/install.yml").read_text(encoding="utf-8"))
    (service,) = [task["vars"] for task in tasks if task["name"] == "Run LiteLLM's container"]
    for said in (text, service["container_service_absent_paths"]):
        assert "{{ litellm_gateway_trial_paths }}" in said
