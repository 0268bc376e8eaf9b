# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host's answer is read as."""

from __future__ import annotations

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import host


def test_a_path_may_have_a_tab_in_it():
    path = "/srv/a\tfile"
    seen = host.seen(f"path\t{path}\nmode\t640\t0:10005\t{path}\nsum\tabc\t{path}\n")
    assert seen.paths == {path} and seen.sums == {path: "abc"}
    assert (seen.modes, seen.owners) == ({path: 0o640}, {path: "0:10005"})
