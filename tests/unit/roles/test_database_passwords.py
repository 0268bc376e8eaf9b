# SPDX-License-Identifier: GPL-3.0-or-later
"""A password that a person has put into the store is read out of the database's URL as it is."""

from __future__ import annotations

import json
from urllib.parse import unquote, urlsplit

import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore
from plays import run_playbook
from tree import TOP


def test_whatever_a_password_has_in_it(tmp_path):
    odd = "a/b" + "@:?#%+ é"
    for role in ("litellm", "mcp_reader"):
        FileStore(str(tmp_path / "store")).put("secrets", f"postgres_{role}", odd)
    tasks = yaml.safe_load((TOP / "roles/mcp_postgresql/tasks/main.yml").read_text(encoding="utf-8"))
    server = tasks[0]["vars"]["mcp_service_secret_environment"]["DATABASE_URI"]
    defaults = [TOP / "roles" / role / "defaults/main.yml" for role in ("litellm_gateway", "mcp_postgresql")]
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars_files": [*map(str, defaults), str(TOP / "roles/litellm_gateway/vars/main.yml")],
        "vars": {
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "mcp_lan_store": str(tmp_path / "store"),
            "of_server": server,
        },
        "tasks": [
            {
                "ansible.builtin.copy": {
                    "content": "{{ [litellm_gateway_database_url, of_server] | to_json }}",
                    "dest": f"{tmp_path}/urls.json",
                    "mode": "0600",
                }
            }
        ],
    }
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    run_playbook("-i", "localhost,", "-c", "local", str(tmp_path / "play.yml"))
    urls = [urlsplit(url) for url in json.loads((tmp_path / "urls.json").read_text(encoding="utf-8"))]
    assert [(url.hostname, url.port, unquote(url.password)) for url in urls] == [("postgresql", 5432, odd)] * 2
