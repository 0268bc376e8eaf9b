# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a variable gets into a user's environment: one file with the values (0600), read by whatever starts programs.

Linux: systemd's environment.d, for programs of the desktop; the shells' own files source the same file, for those of
a terminal. macOS: the shells' files, and an agent of launchd for the desktop. Windows: the user's environment in the
registry, which only that user reads.
"""

from __future__ import annotations

import re

FILES = {
    "linux": "~/.config/environment.d/60-mcp_lan.conf",
    "macos": "~/.config/mcp_lan/environment.conf",
    "windows": "HKEY_CURRENT_USER\\Environment",
}
# The authorities that clients of the gateway are to trust, where nobody else vouches for it.
CA_FILES = {
    "linux": "~/.config/mcp_lan/ca.pem",
    "macos": "~/.config/mcp_lan/ca.pem",
    "windows": "%LOCALAPPDATA%\\mcp_lan\\ca.pem",
}
AGENT = "~/Library/LaunchAgents/mcp_lan.litellm.environment.plist"
FISH = "~/.config/fish/conf.d/mcp_lan.fish"
PROFILES = ("~/.profile", "~/.bash_profile", "~/.bash_login", "~/.bashrc", "~/.zshenv")

# What RFC 6750 allows in a bearer token: nothing that a shell, systemd or launchd reads as more than a character.
TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*\Z")
# A path that stands in that file without quotes.
PLAIN_PATH = re.compile(r"[A-Za-z0-9._+/@-]+\Z")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def variable_for(client: str) -> str:
    """Return the name of the variable that holds a client's key."""
    return "MCP_LAN_KEY_" + re.sub(r"[^A-Z0-9]+", "_", client.upper())


def profile_line(system: str) -> str:
    """Return the line of a POSIX shell's profile."""
    path = FILES[system].replace("~", "$HOME")
    return f'if [ -r "{path}" ]; then set -a; . "{path}"; set +a; fi  # mcp_lan.litellm'


def fish_script(system: str) -> str:
    """Return the whole file for fish."""
    path = FILES[system].replace("~", "$HOME")
    return (
        "# Made by mcp_lan.litellm: the variables that hold this user's gateway keys.\n"
        f'if test -r "{path}"\n'
        f"    for line in (string match -r '^[A-Za-z_][A-Za-z0-9_]*=.+' <\"{path}\")\n"
        "        set -gx (string split -m 1 = $line)\n"
        "    end\n"
        "end\n"
    )


def launch_agent() -> str:
    """Return the whole file for launchd; it holds no key itself."""
    path = FILES["macos"].replace("~", "$HOME")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN"'
        ' "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
        '<plist version="1.0">\n<dict>\n'
        "  <key>Label</key>\n  <string>mcp_lan.litellm.environment</string>\n"
        "  <key>ProgramArguments</key>\n  <array>\n"
        "    <string>/bin/sh</string>\n    <string>-c</string>\n"
        '    <string>while IFS= read -r line; do launchctl setenv "${line%%=*}" "${line#*=}"; done '
        f'&lt;"{path}"</string>\n  </array>\n'
        "  <key>RunAtLoad</key>\n  <true/>\n</dict>\n</plist>\n"
    )


def wanted_profile(path: str, shell: str, present: set[str]) -> bool:
    """Return whether a profile gets the line: each that is there, and the one that the user's shell would read."""
    if path in present:
        return True
    name = shell.rsplit("/", 1)[-1]
    if path == "~/.zshenv":
        return name == "zsh"
    if path == "~/.profile":
        return name not in ("zsh", "fish") and not present & {"~/.bash_profile", "~/.bash_login"}
    return False
