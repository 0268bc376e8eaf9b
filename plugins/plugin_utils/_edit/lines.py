# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Line-based files: variables of an environment file, one line of a shell's profile, names in a hosts file."""

from __future__ import annotations

from .text import newline_of


def set_variable(text: str | None, name: str, value: str) -> str:
    """Return an environment file with this variable; None is a file that does not exist yet."""
    lines = (text or "").splitlines()
    new = f"{name}={value}"
    at = [index for index, line in enumerate(lines) if line.startswith(f"{name}=")]
    if at:
        lines[at[0]] = new
        lines = [line for index, line in enumerate(lines) if index not in at[1:]]
    else:
        lines.append(new)
    return "\n".join(lines) + "\n"


def remove_variable(text: str | None, name: str) -> str | None:
    """Return an environment file without this variable; None if nothing is left."""
    lines = [line for line in (text or "").splitlines() if not line.startswith(f"{name}=")]
    return "\n".join(lines) + "\n" if any(line and not line.startswith("#") for line in lines) else None


def has_line(text: str | None, line: str) -> bool:
    """Return whether the line is there."""
    return line in (text or "").splitlines()


def set_line(text: str | None, line: str) -> str:
    """Return a profile with this line at its end; a file without a last line end keeps it that way."""
    if text is not None and has_line(text, line):
        return text
    if not text:
        return line + "\n" if text is None else line
    newline = newline_of(text)
    return text + line + newline if text.endswith("\n") else text + newline + line


def remove_line(text: str | None, line: str) -> str | None:
    """Return a profile without this line; None if nothing else was in it."""
    if text is None or not has_line(text, line):
        return text
    kept = [each for each in text.splitlines(keepends=True) if each.rstrip("\r\n") != line]
    left = "".join(kept)
    if not text.endswith("\n"):
        return left.removesuffix("\n").removesuffix("\r") if text.splitlines()[-1] == line else left
    return left or None


OUR_HOST = "  # mcp_lan.litellm"


def _host(line: str) -> str | None:
    words = line.split()
    return words[1] if line.endswith(OUR_HOST) and len(words) > 2 else None


def our_hosts(text: str | None) -> dict[str, str]:
    """Return the names that this collection has put into a hosts file, with their addresses."""
    return {name: line.split()[0] for line in (text or "").splitlines() if (name := _host(line))}


def set_hosts(text: str | None, desired: dict[str, str]) -> str | None:
    """Return a hosts file in which ours are these names, {name: address}, and nothing else is changed."""
    for line in (text or "").splitlines():
        name = _host(line)
        if name and line != f"{desired.get(name)} {name}{OUR_HOST}":
            text = remove_line(text, line)
    for name, address in desired.items():
        text = set_line(text, f"{address} {name}{OUR_HOST}")
    return text
