# SPDX-License-Identifier: GPL-3.0-or-later
"""Names in a hosts file come, change and go; what others wrote there stays."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients import plan
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._edit import lines

GATEWAY = {"linuxserver.lan": "192.168.1.20"}


@pytest.mark.parametrize(
    "before",
    [
        b"127.0.0.1 localhost\n::1 localhost  # v6\n",
        b"127.0.0.1\tlocalhost\r\n# mine \xe4\r\n",
        b"127.0.0.1 localhost",
        b"192.168.1.20 linuxserver.lan\n",
        b"",
    ],
)
def test_a_name_comes_changes_and_goes(before):
    after = plan.hosts_edit(GATEWAY)(before)
    assert after.startswith(before) and lines.our_hosts(after.decode("latin-1")) == GATEWAY
    assert b"192.168.1.20 linuxserver.lan  # mcp_lan.litellm" in after
    assert plan.hosts_edit(GATEWAY)(after) == after
    moved = plan.hosts_edit({"linuxserver.lan": "fd00::20", "gateway.lan": "10.0.0.1"})(after)
    assert lines.our_hosts(moved.decode("latin-1")) == {"linuxserver.lan": "fd00::20", "gateway.lan": "10.0.0.1"}
    assert plan.hosts_edit({})(moved) == before


def test_a_file_that_is_not_there_is_made_and_never_removed():
    made = plan.hosts_edit(GATEWAY)(None)
    assert made == b"192.168.1.20 linuxserver.lan  # mcp_lan.litellm\n"
    assert plan.hosts_edit({})(made) == b""
    assert plan.hosts_edit({})(None) is None


def test_what_only_looks_like_ours_is_not():
    text = "# mcp_lan.litellm\n10.0.0.1 other.lan # mcp_lan.litellm\n10.0.0.2 a b  # mcp_lan.litellm.old\n"
    assert lines.our_hosts(text) == {}
    assert lines.set_hosts(text, {}) == text
