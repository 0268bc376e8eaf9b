# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell scripts that read and write the files of a POSIX machine's users; nothing but sh is needed there.

A script goes in through standard input, so that no secret is an argument of a process. For each user it runs as that
user: as root, a link that the user made would lead anywhere.
"""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError

HOSTS = "/etc/hosts"
# Also of a domain, ann@corp.example, as SSSD names them. Digits alone would be a number of a user.
_USER = re.compile(r"(?!\d+\Z)[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?\Z")

_AS_USER = r"""
as_user() {
  id -u "$1" >/dev/null 2>&1 || { echo "MCP user $1 missing"; cat >/dev/null; return; }
  if [ "$(id -u)" = "$(id -u "$1")" ]; then /bin/sh -s
  elif [ "$(id -u)" != 0 ]; then echo "MCP user $1 forbidden"; cat >/dev/null
  elif command -v runuser >/dev/null 2>&1; then runuser -u "$1" -- /bin/sh -s
  elif [ "$(uname -s)" = Darwin ]; then sudo -n -u "$1" /bin/sh -s
  else su -s /bin/sh "$1" -c '/bin/sh -s'
  fi
}
"""

COMMON = r"""
cd / && umask 077 && LC_ALL=C && export LC_ALL
target() {
  t=$1 n=0
  while [ -L "$t" ]; do
    n=$((n + 1)); [ "$n" -lt 20 ] || return 1
    l=$(readlink "$t") || return 1
    case $l in /*) t=$l ;; *) t=$(dirname "$t")/$l ;; esac
  done
  printf %s "$t"
}
"""

# Says nothing where no program can tell.
_RESOLVE = r"""
resolve() {
  if command -v getent >/dev/null 2>&1; then getent hosts "$1" >/dev/null 2>&1 || echo "MCP name $1 unknown"
  elif command -v dscacheutil >/dev/null 2>&1; then
    [ -n "$(dscacheutil -q host -a name "$1" 2>/dev/null)" ] || echo "MCP name $1 unknown"
  fi
}
"""

# The first address at which a gateway answers; what can't be tried is not said to be out of reach.
_REACH = r"""
reach() {
  number=0
  for url in "$@"; do
    if command -v curl >/dev/null 2>&1; then curl -fsk -o /dev/null -m 5 "$url"
    elif command -v wget >/dev/null 2>&1; then wget -q -t 1 -T 5 -O /dev/null "$url" 2>/dev/null
    elif command -v python3 >/dev/null 2>&1; then
      python3 -c 'import sys, urllib.request as r; r.build_opener().open(sys.argv[1], timeout=5)' "$url" 2>/dev/null
    else return
    fi && { echo "MCP reach $number"; return; }
    number=$((number + 1))
  done
  echo "MCP reach none"
}
"""

_HOSTS = f"""
if [ -f {HOSTS} ]; then
  set -- $(ls -ldLn {HOSTS})
  printf 'MCP file hosts file %s %s %s ' "$1" "$2" "$(cksum <{HOSTS} | tr ' ' -)"
  base64 <{HOSTS} | tr -d '\\n'; echo
else echo "MCP file hosts absent"
fi
[ "$(id -u)" = 0 ] && echo "MCP root"
"""

_READ = r"""
read_file() {
  t=$(target "$2") || { echo "MCP file $1 loop"; return; }
  f=$(dirname "$t") shut=
  while [ ! -e "$f" ] && [ ! -L "$f" ]; do f=$(dirname "$f"); done
  [ -d "$f" ] && [ -w "$f" ] && [ -x "$f" ] || shut=" shut"
  if [ ! -e "$t" ]; then echo "MCP file $1 absent$shut"; return; fi
  if [ ! -f "$t" ]; then echo "MCP file $1 other"; return; fi
  if [ ! -r "$t" ]; then echo "MCP file $1 unreadable"; return; fi
  set -- "$1" $(ls -ldLn "$t")
  [ "$4" = "$(id -u)" ] || { echo "MCP file $1 foreign"; return; }
  printf 'MCP file %s file %s %s %s ' "$1" "$2" "$3" "$(cksum <"$t" | tr ' ' -)"
  base64 <"$t" | tr -d '\n'; echo "$shut"
}
"""

WRITE = r"""
if printf QQ== | base64 -d >/dev/null 2>&1; then decode=-d; else decode=-D; fi
same() {
  if [ -e "$1" ]; then now=$(cksum <"$1" | tr ' ' -); else now=-; fi
  [ "$now" = "$2" ]
}
write_file() {
  t=$(target "$2") && mkdir -p "$(dirname "$t")" || { echo "MCP file $1 error"; cat >/dev/null; return; }
  new=$(mktemp "$t.XXXXXX") || { echo "MCP file $1 error"; cat >/dev/null; return; }
  if [ -e "$t" ]; then cp -p "$t" "$new" && chmod u+rw "$new"; fi && base64 $decode >"$new" && chmod "$4" "$new" ||
    { rm -f "$new"; echo "MCP file $1 error"; return; }
  same "$t" "$3" || { rm -f "$new"; echo "MCP file $1 moved"; return; }
  if [ -n "$5" ] && [ -e "$t" ]; then cp -p "$t" "$t.$5" || { rm -f "$new"; echo "MCP file $1 error"; return; }; fi
  links=1; if [ -e "$t" ]; then links=$(ls -ldLn "$t" | awk '{ print $2 }'); fi
  if [ "$t" = /etc/hosts ]; then links=2; fi # in a container it is a mount
  if [ "$links" -gt 1 ]; then cat "$new" >"$t" && chmod "$4" "$t" && rm -f "$new"; else mv -f "$new" "$t"; fi ||
    { rm -f "$new"; echo "MCP file $1 error"; return; }
  echo "MCP file $1 done"
}
remove_file() {
  t=$(target "$2") && same "$t" "$3" || { echo "MCP file $1 moved"; return; }
  if [ -n "$4" ]; then cp -p "$t" "$t.$4" || { echo "MCP file $1 error"; return; }; fi
  rm -f "$t" && echo "MCP file $1 done"
}
"""


@dataclass(frozen=True)
class State:
    """A file as it was found."""

    kind: str  # file, absent, or why it can't be read
    data: bytes | None = None
    mode: int | None = None
    links: int = 1
    checksum: str = "-"
    shut: bool = False  # nothing can be put into its folder, or no folder made there


@dataclass(frozen=True)
class Write:
    """A file as it is to be; no data means that it goes."""

    path: str
    data: bytes | None
    mode: int
    checksum: str
    backup: str = ""


@dataclass(frozen=True)
class Account:
    """A user of the machine."""

    problem: str | None
    system: str = ""
    home: str = ""
    shell: str = ""


def _path(path: str) -> str:
    return '"$HOME"/' + shlex.quote(path[2:]) if path.startswith("~/") else shlex.quote(path)


def _sections(parts: Iterable[tuple[str, str | None, str]]) -> str:
    script = [_AS_USER]
    for user, home, body in parts:
        if not _USER.match(user):
            raise UserError(
                f"{user!r} is not a user's name: it has letters, digits, dots, @, - and _, and is no number",
                "machine_failed",
            )
        # The shell's own ~user: HOME may still be that of the account that was connected to.
        place = f"HOME={shlex.quote(home)}" if home else f"HOME=~{user}"
        script.append(f"as_user {user} <<'MCP_LAN_USER'\n{place}; export HOME\n{COMMON}{body}MCP_LAN_USER")
    return "\n".join(script) + "\n"


def users_script(users: Iterable[str]) -> str:
    """Return the script that prints which of these users the machine has, a line each."""
    names = " ".join(map(shlex.quote, users))
    return f'for user in {names}; do id -u "$user" >/dev/null 2>&1 && printf "%s\\n" "$user"; done; true\n'


def read_script(
    desired: dict[str, tuple[str | None, dict[str, str]]],
    names: Iterable[str] = (),
    urls: Iterable[str] = (),
    hosts: bool = False,
) -> str:
    """Return the script that reads these files: user to (home, {number: path}).

    It also looks up these hosts' names, tries these addresses and, if asked, reads the machine's hosts file.
    """

    def body(user: str, files: dict[str, str]) -> str:
        shell = (
            'shell=$( (getent passwd "$USER_NAME" || grep "^$USER_NAME:" /etc/passwd ||'
            ' dscl . -read "/Users/$USER_NAME" UserShell) 2>/dev/null | sed -n "s/.*[: ]//p" | head -n 1)\n'
        )
        return (
            _READ
            + f"USER_NAME={user}\n"
            + shell
            + 'printf "MCP user %s ok %s %s\\t%s\\n" "$USER_NAME" "$(uname -s)" "$shell" "$HOME"\n'
            + "".join(f"read_file {number} {_path(path)}\n" for number, path in files.items())
        )

    lookups = [f"resolve {shlex.quote(name)}" for name in names]
    head = "\n".join([_RESOLVE, *lookups, ""]) if lookups else ""
    tried = " ".join(map(shlex.quote, urls))
    head += f"{_REACH}reach {tried}\n" if tried else ""
    head += _HOSTS if hosts else ""
    return head + _sections((user, home, body(user, files)) for user, (home, files) in desired.items())


def write_script(desired: dict[str, tuple[str | None, dict[str, Write]]]) -> str:
    """Return the script that writes these files: user to (home, {number: file})."""

    def one(number: str, write: Write) -> str:
        if write.data is None:
            return f"remove_file {number} {_path(write.path)} {write.checksum} {shlex.quote(write.backup)}\n"
        data = base64.encodebytes(write.data).decode()
        return (
            f"write_file {number} {_path(write.path)} {write.checksum} {write.mode:04o} {shlex.quote(write.backup)}"
            f" <<'MCP_LAN_FILE'\n{data}MCP_LAN_FILE\n"
        )

    return _sections(
        (user, home, WRITE + "".join(one(*item) for item in files.items())) for user, (home, files) in desired.items()
    )


def _mode(letters: str) -> int:
    bits = letters[1:10]
    mode = sum(1 << (8 - index) for index, letter in enumerate(bits) if letter not in "-ST")
    return mode | (0o4000 * (bits[2] in "sS")) | (0o2000 * (bits[5] in "sS")) | (0o1000 * (bits[8] in "tT"))


def parse_read(output: str) -> tuple[dict[str, Account], dict[str, State]]:
    """Return what the read script printed: the users, and the files by number."""
    accounts: dict[str, Account] = {}
    files: dict[str, State] = {}
    for line in output.splitlines():
        words = line.split(" ")
        if words[:2] == ["MCP", "user"]:
            if words[3] != "ok":
                accounts[words[2]] = Account(problem=words[3])
                continue
            shell, home = " ".join(words[5:]).split("\t", 1)
            system = {"Linux": "linux", "Darwin": "macos"}.get(words[4], words[4])
            accounts[words[2]] = Account(None, system, home, shell)
        elif words[:2] == ["MCP", "file"]:
            shut = words[-1] == "shut"
            if words[3] != "file":
                files[words[2]] = State(words[3], shut=shut)
                continue
            files[words[2]] = State("file", base64.b64decode(words[7]), _mode(words[4]), int(words[5]), words[6], shut)
    return accounts, files


def unknown_names(output: str) -> list[str]:
    """Return the hosts' names that the read script found to lead nowhere."""
    return [words[2] for words in map(str.split, output.splitlines()) if words[:2] == ["MCP", "name"]]


def reached(output: str) -> int | None:
    """Return which of the tried addresses answered, -1 if none did, or None if the machine could not try."""
    said = [words[2] for words in map(str.split, output.splitlines()) if words[:2] == ["MCP", "reach"]]
    return None if not said else -1 if said[0] == "none" else int(said[0])


def is_root(output: str) -> bool:
    """Return whether the read script ran as root, who alone may write the hosts file."""
    return "MCP root" in output.splitlines()


def parse_write(output: str) -> dict[str, str]:
    """Return what became of each file by number: done, moved (changed meanwhile), error."""
    return {words[2]: words[3] for words in map(str.split, output.splitlines()) if words[:2] == ["MCP", "file"]}
