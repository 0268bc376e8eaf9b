# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One person's bundle for a machine that Ansible does not manage: {name: content}; nothing is read or written here.

Two scripts, one for each kind of shell, read the same tables; all that they need to know of a program is in those. A
key stands as a mark in every file (`~KEY1~`) until the script has it.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jinja2

from . import environment, posix, windows
from .declaration import SYSTEMS
from .plan import Item, Place

ROLE = Path(__file__).parents[3] / "roles" / "client_configs"
EDITORS = Path(__file__).parents[1] / "_edit"
PLAN = ("system", "client", "title", "path", "format", "key_in", "key", "variable", "whole", "edits", "add", "remove")
KEYS = ("mark", "name", "value")
PROFILES = ("system", "what", "path", "content")
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]*\Z")
# Zip files of equal content are equal.
_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Wanted:
    """A program of the person, and the name of its key."""

    item: Item
    key_name: str


def key_mark(number: int) -> str:
    """Return what stands for a key until it is there; it is written like one."""
    return f"~KEY{number}~"


def bundle(user: str, desired: list[Wanted], values: dict[str, str]) -> dict[str, bytes]:
    """Return the bundle's files; the keys' values by name, where they are to be in it."""
    names = list(dict.fromkeys(each.key_name for each in desired))
    marks = {name: key_mark(number) for number, name in enumerate(names, 1)}
    items = [replace(each.item, key=marks[each.key_name]) for each in desired]
    files: dict[str, bytes] = {}
    rows = [row for system in SYSTEMS for row in _rows(system, items, files)]
    keys = [{"mark": mark, "name": name, "value": values.get(name, "-")} for name, mark in marks.items()]
    files["plan.tsv"] = _table(PLAN, rows)
    files["keys.tsv"] = _table(KEYS, keys)
    files["environment.tsv"] = _table(PROFILES, _environment(files))
    files["functions.sh"] = (_notice("#") + posix.COMMON + posix.WRITE).encode()
    files["functions.ps1"] = (_notice("#") + windows.COMMON).encode()
    files["edit.pyz"] = _editors()
    for name in ("install.sh", "install.ps1"):
        files[name] = (ROLE / "files" / "bundle" / name).read_bytes()
    certificates = next((item.ca_certificates for item in items if item.ca_certificates), "")
    if certificates:
        files["ca.pem"] = f"{certificates}\n".encode()
    files["index.html"] = _page(user, items, rows, keys, files).encode()
    return files


def archive(user: str, files: dict[str, bytes]) -> bytes:
    """Return a folder's files as a zip file."""
    return _zip({f"{user}/{name}": data for name, data in files.items()})


def _rows(system: str, items: list[Item], files: dict[str, bytes]) -> list[dict[str, str]]:
    """Return what is to be in each of a system's files, one row a file, and add the contents to the bundle."""
    rows: dict[str, dict[str, str]] = {}
    contents: dict[str, bytes | None] = {}
    edits: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        for place in item.places(system):
            row = rows.setdefault(place.file, _row(system, item, place))
            contents[place.file] = place.edit(contents.get(place.file))
            edits.setdefault(place.file, []).append(
                {"path": place.path, "value": place.value, **({"base": place.base} if place.base else {})}
            )
            if item.client.name != row["client"]:
                raise ValueError(f"{item.client.title} and {row['title']} can't share {place.file} in a bundle")
            row["key_in"] = "file" if item.in_clear(place) else row["key_in"]
            if place.path == item.where and item.client.add and item.variable and not item.path:
                row["add"], row["remove"] = _commands(item, files)
    for number, (path, row) in enumerate(rows.items(), 1):
        stem = f"files/{system}/{row['client']}-{number}"
        row["whole"], row["edits"] = f"{stem}.{'json' if row['format'] == 'jsonc' else row['format']}", f"{stem}.edits"
        files[row["whole"]] = contents[path]
        files[row["edits"]] = (json.dumps(edits[path], indent=2, ensure_ascii=False) + "\n").encode()
        if len(edits[path]) > 1:  # The command knows of one entry only.
            row["add"] = row["remove"] = "-"
    return list(rows.values())


def _row(system: str, item: Item, place: Place) -> dict[str, str]:
    return {
        "system": system,
        "client": item.client.name,
        "title": item.client.title,
        "path": place.file,
        "format": place.format,
        "key_in": "environment",
        "key": item.key,
        "variable": item.variable or "-",
        "add": "-",
        "remove": "-",
    }


def _commands(item: Item, files: dict[str, bytes]) -> tuple[str, str]:
    names = []
    for what, command in (("add", item.client.add(item.server)), ("remove", item.client.remove(item.server_name))):
        names.append(f"files/{item.client.name}-{item.server_name}.{what}")
        files[names[-1]] = "".join(f"{word}\n" for word in command).encode()
    return names[0], names[1]


def _environment(files: dict[str, bytes]) -> list[dict[str, str]]:
    """Return what makes the shells and the desktop read the file of the variables, one row a file."""
    rows = []
    for system in ("linux", "macos"):
        stem = f"files/{system}/environment"
        files[f"{stem}.line"] = f"{environment.profile_line(system)}\n".encode()
        files[f"{stem}.fish"] = environment.fish_script(system).encode()
        rows += [{"system": system, "what": "values", "path": environment.FILES[system], "content": "-"}]
        rows += [
            {"system": system, "what": "profile", "path": path, "content": f"{stem}.line"}
            for path in environment.PROFILES
        ]
        rows += [{"system": system, "what": "fish", "path": environment.FISH, "content": f"{stem}.fish"}]
    files["files/macos/environment.plist"] = environment.launch_agent().encode()
    agent = {"system": "macos", "what": "agent", "path": environment.AGENT}
    return [*rows, {**agent, "content": "files/macos/environment.plist"}]


def _table(columns: tuple[str, ...], rows: list[dict[str, str]]) -> bytes:
    lines = ["\t".join(columns), *("\t".join(row[column] for column in columns) for row in rows)]
    return "".join(f"{line}\n" for line in lines).encode()


def _notice(comment: str) -> str:
    return f"{comment} Made by mcp_lan.litellm.\n{comment} SPDX-License-Identifier: GPL-3.0-or-later\n"


def _editors() -> bytes:
    """Return the collection's own editors as one file that Python 3 runs."""
    files = {f"edit/{path.name}": path.read_bytes() for path in sorted(EDITORS.glob("*.py"))}
    start = "import sys\n\nfrom edit.program import main\n\nsys.exit(main(sys.argv[1:]))\n"
    return _zip({"__main__.py": (_notice("#") + start).encode(), **files})


def _zip(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, _TIME)
            info.external_attr = 0o600 << 16
            info.create_system = 3  # Whatever the controller is: modes are Unix modes.
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, data)
    return made.getvalue()


def _page(
    user: str, items: list[Item], rows: list[dict[str, str]], keys: list[dict[str, str]], files: dict[str, bytes]
) -> str:
    shown = []
    for row in rows:
        command = files.get(row["add"], b"").decode().splitlines()
        edits = json.loads(files[row["edits"]])
        shown.append(
            {
                **row,
                "whole": files[row["whole"]].decode(),
                "pieces": [_piece(row["format"], edit["path"], edit["value"]) for edit in edits],
                "command": " ".join(word if re.fullmatch(r"[\w@./:-]+", word) else f"'{word}'" for word in command),
            }
        )
    notes = {item.client.name: item.client.note for item in items if item.client.note}
    checks = {item.client.name: item.client.check for item in items if item.client.check}
    loader = jinja2.FileSystemLoader(ROLE / "templates")
    template = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    ).get_template("bundle.html.j2")
    return template.render(
        user=user,
        rows=shown,
        keys=[{**key, "value": "" if key["value"] == "-" else key["value"]} for key in keys],
        notes=notes,
        checks=checks,
        systems={"linux": "Linux", "macos": "macOS", "windows": "Windows"},
        variables=sorted({(row["variable"], row["key"]) for row in rows if row["variable"] != "-"}),
        environment=environment.FILES,
        ca_variables=sorted(
            {item.client.ca_variable for item in items if item.ca_certificates and item.client.ca_variable}
        ),
        with_authority="ca.pem" in files,
        profile_lines={name: environment.profile_line(name) for name in ("linux", "macos")},
    )


def _piece(kind: str, path: list[str], value: Any) -> dict[str, str]:
    """Return a part of a file as a person pastes it into one that is there, and where."""
    if kind in ("json", "jsonc"):
        text = json.dumps({path[-1]: value}, indent=2, ensure_ascii=False)
        inner = "\n".join(line.removeprefix("  ") for line in text.splitlines()[1:-1])
        return {"where": f"inside {' → '.join(path[:-1])}" if path[:-1] else "at the top level", "text": inner + "\n"}
    made = Place(None, kind, tuple(path), value).edit(None).decode()
    if kind == "env":
        return {"where": "on a line of its own", "text": made}
    if kind == "toml":
        return {"where": "at the end" if isinstance(value, dict) else "before the first [table]", "text": made}
    return {"where": f"as part of {path[0]}", "text": made}
