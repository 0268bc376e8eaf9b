# SPDX-License-Identifier: GPL-3.0-or-later
"""Which networks of the services that a pass of compose_project is not about are made again, and how."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.action.compose_project import Change, Gone
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.files import Files
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.host import Host
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.project import Written

SERVICES = {"kept": {"networks": ["closed", "open"]}, "now": {"networks": ["own"]}, "going": {"networks": ["last"]}}


@pytest.mark.parametrize(
    ("said", "made"),
    [
        ({"closed": True, "open": False, "own": True, "last": True}, {"closed": True, "open": False}),
        # An older file does not say which are closed: an open one in the place of a closed one is worse than none.
        (dict.fromkeys(("closed", "open", "own", "last"), False), {}),
    ],
)
def test_they_are_made_as_the_file_says_they_were(said, made):
    gone = Gone(["going"], [], [])
    change = Change([], Host(), Written(SERVICES, networks=said), {"now": {}}, Files(), gone, [])
    assert change.kept_networks == made


@pytest.mark.parametrize("networks", [["shared", "own"], {"shared": {"aliases": ["gateway"]}, "own": {}}])
def test_one_that_goes_is_not_made_again_for_who_was_on_it(networks):
    """Compose asks for all networks of its file, and the pass of who was on it comes later in the run."""
    services = {"gateway": {"networks": networks}, "alone": {"networks": ["last"]}}
    written = Written(services, networks={"shared": True, "own": True, "last": True})
    change = Change([], Host(), written, {}, Files(), Gone([], ["shared", "last"], []), [])
    # One that would be on none would be on Compose's own, which is open.
    assert change.kept_networks == {"own": True, "last": True}
    document = change.document("project", [])
    assert list(document["networks"]) == ["last", "own"]
    assert list(document["services"]["gateway"]["networks"]) == ["own"]
