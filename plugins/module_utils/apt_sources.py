# The Debian mirror that a host's apt uses, as the lines for another release.
# Copyright (c) The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads ``sources.list`` and ``sources.list.d`` (one-line and deb822), and asks the same mirror for another release."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

# A dated snapshot says of itself that it is out of date.
_SNAPSHOT = re.compile(r"/\d{8}T\d{6}Z")
# What apt takes for a switch that is off (StringToBool).
_OFF = ("no", "false", "without", "off", "disable", "0")
# A file with the URLs of mirrors (apt-transport-mirror(1)), as machines of clouds have it; a build cannot see it.
_MIRRORS = re.compile(r"mirror\+file:(?://)?(/.*)")
_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$")


@dataclass(frozen=True)
class Source:
    """One archive: where it is, which suite, which components, and whose key signs it."""

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str = ""
    trusted: bool = False


def parse_line(line: str) -> Source | None:
    """An entry of the one-line format."""
    match = _LINE.match(line.split("#", 1)[0].strip())
    if not match:
        return None
    options = dict(option.split("=", 1) for option in (match["options"] or "").split() if "=" in option)
    return Source(
        match["uri"],
        match["suite"],
        tuple(match["components"].split()),
        options.get("signed-by", ""),
        options.get("trusted", "") == "yes",
    )


def parse_deb822(text: str) -> list[Source]:
    """The entries of a deb822 file (``*.sources``)."""
    found = []
    text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        key = ""
        for line in stanza.splitlines():
            if line[:1] in (" ", "\t") and key:
                fields[key] += " " + line.strip()
            elif ":" in line:
                key, value = line.split(":", 1)
                key = key.strip().lower()
                fields[key] = value.strip()
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in _OFF:
            continue
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                components = tuple(fields.get("components", "").split())
                trusted = fields.get("trusted", "").lower() == "yes"
                found.append(Source(uri, suite, components, fields.get("signed-by", ""), trusted))
    return found


def read_sources(folder: str | Path = "/etc/apt") -> list[Source]:
    """All the entries that apt has under a folder."""
    root = Path(folder)
    found: list[Source] = []
    for path in [root / "sources.list", *sorted((root / "sources.list.d").glob("*"))]:
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if path.suffix == ".sources":
            found += parse_deb822(text)
        elif path.suffix == ".list":
            found += [source for source in map(parse_line, text.splitlines()) if source]
    return [replace(source, uri=_first_mirror(source.uri)) for source in found]


def _first_mirror(uri: str) -> str:
    """Where an archive is: of a file with mirrors, its first one."""
    named = _MIRRORS.fullmatch(uri)
    try:
        lines = Path(named[1]).read_text(encoding="utf-8", errors="replace").splitlines() if named else []
    except OSError:
        lines = []
    return next((line.split()[0] for line in lines if line.strip() and not line.lstrip().startswith("#")), uri)


def os_release(path: str | Path = "/etc/os-release") -> dict[str, str]:
    """The distribution's name for itself."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return {key: value.strip("\"'") for key, _sep, value in (line.partition("=") for line in lines) if value}


def for_suite(sources: list[Source], release: dict[str, str], suite: str) -> list[str]:
    """The ``sources.list`` lines by which the host's mirror serves ``suite``; none if the host is not a Debian.

    Only Debian's own archive is taken: its suites are named after the release and signed by Debian's key.
    """
    codename = release.get("VERSION_CODENAME", "")
    if release.get("ID") != "debian" or not codename:
        return []
    pockets = {codename: "", f"{codename}-updates": "-updates", f"{codename}-security": "-security"}
    pockets.update({"stable": "", "stable-updates": "-updates", "stable-security": "-security"})
    lines: dict[str, None] = {}
    for source in sources:
        ours = not source.signed_by or "debian-archive" in source.signed_by
        if not ours or "main" not in source.components or source.suite not in pockets:
            continue
        options = ["trusted=yes"] if source.trusted else []
        if _SNAPSHOT.search(source.uri):
            options.append("check-valid-until=no")
        option = f"[{' '.join(options)}] " if options else ""
        lines[f"deb {option}{source.uri} {suite}{pockets[source.suite]} main"] = None
    # The system itself comes from the first line.
    return sorted(lines, key=lambda line: not line.endswith(f" {suite} main"))
