# SPDX-License-Identifier: GPL-3.0-or-later
"""The front door lets through what the engine asks the gateway for, to administrators alone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import jinja2
import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.filter.front_door_routes import routes

ROOT = Path(__file__).resolve().parents[3]
ROUTES = yaml.safe_load((ROOT / "roles/front_door/vars/main.yml").read_text())["front_door_base_routes"]
# What stands for an id in a path, in the form that the gateway gives it.
ID = "01234567-89ab-cdef-0123-456789abcdef"


def _paths() -> list[str]:
    """Every path that a resource's file names, with an id where the code puts one."""
    found = set()
    for file in (ROOT / "plugins/plugin_utils/_gateway").rglob("*.py"):
        tree = ast.parse(file.read_text())
        parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else ID for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
                text = node.value
            else:
                continue
            if re.fullmatch(r"/[a-z0-9_/-]+", text):
                found.add(text)
    return sorted(found)


def _open_to(path: str) -> set[str]:
    return {route["for"] for route in ROUTES if re.fullmatch(route["path"], path)}


@pytest.mark.parametrize("path", _paths())
def test_what_the_engine_asks_for_is_open_to_administrators_alone(path):
    assert _open_to(path) == {"admin"}


@pytest.mark.parametrize("path", ["/guardrails/test_custom_code", "/guardrails/apply_guardrail", "/v2/guardrails"])
def test_what_stands_beside_it_stays_closed(path):
    assert not _open_to(path)


EXTRA = {"path": "/metrics/?", "methods": ["GET"], "for": "clients", "reason": "Prometheus runs\non another machine\n"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"path": "/metrics("}, "the path '/metrics(' is no regular expression: missing )"),
        ({"path": "^/metrics"}, "write it without ^, $"),
        ({"path": "/metrics$"}, "write it without ^, $"),
        ({"path": "/met rics"}, "blanks"),
        ({"methods": ["get"]}, "'get' is no method of HTTP: write it in capitals"),
        ({"methods": ["*"]}, "'*' is no method of HTTP"),
    ],
)
def test_a_route_with_which_nginx_would_not_start_is_a_sentence(more, words):
    with pytest.raises(AnsibleFilterError, match=re.escape(words)):
        routes([{**EXTRA, **more}])


def test_a_reason_is_one_line_of_the_configuration():
    assert routes([EXTRA])[-1] == {**EXTRA, "reason": "Prometheus runs on another machine"}
    assert [one["path"] for one in routes(ROUTES)][-len(ROUTES) :] == [one["path"] for one in ROUTES]


def test_a_host_is_called_as_one_of_the_words_of_nginx():
    """Vagrant calls its machine `default`, which begins another line of a map."""
    template = (ROOT / "roles/front_door/templates/nginx.conf.j2").read_text()
    (lines,) = re.findall(r"map \$host \$known_host \{\n(.*?)\n    \}", template, re.DOTALL)
    hosts = ["Default", "gateway.lan", "fd00::5", "[fd00::6]"]
    written = jinja2.Template(lines, trim_blocks=True).render(
        front_door_container_name="front-door", front_door_hosts=hosts
    )
    assert [line.strip() for line in written.splitlines()] == [
        "default 0;",
        *(
            rf'"\\{host}" 1;'
            for host in (
                "localhost",
                "127.0.0.1",
                "[::1]",
                "front-door",
                "default",
                "gateway.lan",
                "[fd00::5]",
                "[fd00::6]",
            )
        ),
    ]
