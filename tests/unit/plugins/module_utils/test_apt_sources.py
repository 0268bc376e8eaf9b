# The host's own Debian mirror, asked for another release.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils import apt_sources

DEBIAN = {"ID": "debian", "VERSION_CODENAME": "bookworm"}

DEB822 = """\
Types: deb deb-src
# A remark in the middle of a stanza
URIs: http://mirror.lan/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.lan/debian-security
Suites: bookworm-security
Components:
 main

Types: deb
Enabled: no
URIs: http://off.lan/debian
Suites: bookworm
Components: main

Types: deb
URIs: https://other.lan/packages
Suites: bookworm
Components: main
Signed-By: /etc/apt/keyrings/other.gpg
"""


def test_deb822(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "debian.sources").write_text(DEB822)
    assert apt_sources.for_suite(apt_sources.read_sources(tmp_path), DEBIAN, "trixie") == [
        "deb http://mirror.lan/debian trixie main",
        "deb http://mirror.lan/debian trixie-updates main",
        "deb http://mirror.lan/debian-security trixie-security main",
    ]


@pytest.mark.parametrize("off", ["no", "No", "false", "off", "0"])
def test_what_is_switched_off_is_not_asked(off: str) -> None:
    assert not apt_sources.parse_deb822(
        f"Types: deb\nEnabled: {off}\nURIs: http://a.lan/\nSuites: x\nComponents: main\n"
    )


@pytest.mark.parametrize("slashes", ["", "//"])
def test_of_a_file_with_mirrors_the_first_one_is_asked(tmp_path: Path, slashes: str) -> None:
    """As Debian's images for clouds have it."""
    (tmp_path / "debian.list").write_text("# ours\n\nhttps://mirror.lan/debian priority:1\nhttps://two.lan/debian\n")
    (tmp_path / "sources.list").write_text(f"deb mirror+file:{slashes}{tmp_path}/debian.list bookworm main\n")
    assert apt_sources.for_suite(apt_sources.read_sources(tmp_path), DEBIAN, "trixie") == [
        "deb https://mirror.lan/debian trixie main"
    ]


def test_one_line_format_puts_the_system_first(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text(
        "# deb http://off.lan/debian bookworm main\n"
        "deb http://mirror.lan/debian-security bookworm-security main\n"
        "deb [arch=amd64 signed-by=/usr/share/debian-archive-keyring.gpg] http://mirror.lan/debian bookworm main\n"
        "deb-src http://mirror.lan/debian bookworm main\n"
    )
    assert apt_sources.for_suite(apt_sources.read_sources(tmp_path), DEBIAN, "trixie") == [
        "deb http://mirror.lan/debian trixie main",
        "deb http://mirror.lan/debian-security trixie-security main",
    ]


def test_a_snapshot_says_that_it_is_out_of_date() -> None:
    source = apt_sources.parse_line("deb [trusted=yes] http://mirror.lan/archive/debian/20250520T000000Z bookworm main")
    assert source
    assert apt_sources.for_suite([source], DEBIAN, "trixie") == [
        "deb [trusted=yes check-valid-until=no] http://mirror.lan/archive/debian/20250520T000000Z trixie main"
    ]


@pytest.mark.parametrize("release", [{"ID": "ubuntu", "VERSION_CODENAME": "noble"}, {"ID": "fedora"}, {}])
def test_other_distributions_have_no_debian_mirror(release: dict[str, str]) -> None:
    source = apt_sources.Source("http://mirror.lan/ubuntu", release.get("VERSION_CODENAME", ""), ("main",))
    assert apt_sources.for_suite([source], release, "trixie") == []


def test_os_release_without_quotes(tmp_path: Path) -> None:
    path = tmp_path / "os-release"
    path.write_text('ID=debian\nVERSION_CODENAME="bookworm"\nEMPTY=\n')
    assert apt_sources.os_release(path) == DEBIAN
    assert apt_sources.os_release(tmp_path / "none") == {}
