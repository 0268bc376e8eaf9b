# SPDX-License-Identifier: GPL-3.0-or-later
"""Each tag that the README names does its part of the site, and that alone."""

from __future__ import annotations

import re

import pytest
from site_deployment import Site
from tree import TOP

ADVERTISED = re.search(r"do one part only \| `--tags (.*?) \|", (TOP / "docs/contents.md").read_text(encoding="utf-8"))[
    1
]
TAGS = re.findall(r"\w+", ADVERTISED.replace(" or ", " "))
# The roles whose tasks a tag runs, beside those that they use themselves; what is skipped does not show.
ROLES = {
    "clients": {"client_configs"},
    # A server is told the gateway's key; all that the PostgreSQL one does besides is to be declared.
    "mcp_filesystem": {"mcp_filesystem", "litellm_gateway"},
    "mcp_postgresql": {"litellm_gateway"},
    "mcp_service": {"mcp_filesystem", "litellm_gateway"},
    "verify": {"litellm", "litellm_gateway"},
    # The test gateway has none of these.
    **{role: set() for role in ("acme", "cache", "observability", "open_webui", "swarm")},
}
USED = {"container_service", "egress_proxy"}
QUICK = ("docker_engine", "front_door")


@pytest.fixture(scope="module")
def site(gateway):
    """The test gateway, which the scenario "default" has deployed."""
    return Site("molecule", int(gateway.api_url.rpartition(":")[2]))


def test_there_are_some():
    assert {"docker_engine", "litellm_gateway", "clients", "verify"} <= set(TAGS)


@pytest.mark.parametrize("tag", [pytest.param(tag, marks=[] if tag in QUICK else pytest.mark.slow) for tag in TAGS])
def test_a_part_is_done_alone_and_changes_nothing(site, tag):
    run = site.run("--tags", tag)
    assert run.status == 0, run.error
    assert run.changed == []
    tasks = re.findall(r"^TASK \[mcp_lan\.litellm\.(\w+) : (?!Validating)", run.output, re.MULTILINE)
    assert set(tasks) - USED == ROLES.get(tag, {tag})


def test_whether_the_gateway_is_ready_can_be_asked_alone(site):
    """It has loaded what such a run expects, so that it is not stopped."""
    run = site.run("--tags", "litellm_gateway_ready")
    assert run.status == 0, run.error
    assert run.changed == []
