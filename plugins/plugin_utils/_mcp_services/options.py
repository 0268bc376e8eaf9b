# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an entry of mcp_services may say: each option with what its value has to be.

What a program finds in its environment and its arguments is text; a boolean is `true` there, as in JSON and YAML, and
as the import of client programs' files has it.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import looks_secret, without_secrets
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import kind_of

# npm takes anything less than three numbers for a range, PyPI only what says so.
VERSIONS = {
    "npm": re.compile(r"\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?"),
    "pypi": re.compile(r"\d[0-9A-Za-z.+!_-]*"),
}
# Extras are part of what is asked of PyPI.
PACKAGES = {
    "npm": re.compile(r"(@[a-z0-9._-]+/)?[A-Za-z0-9][A-Za-z0-9._-]*"),
    "pypi": re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(\[[A-Za-z0-9._, -]+\])?"),
}
NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
VARIABLE = re.compile(r"[!-<>-~]+")
_LOWEST_PUBLISHED = 48000
_SOURCE = re.compile(r"/[^:]*|[A-Za-z0-9][A-Za-z0-9_.-]*")
# What may stand behind a mount: whether it is for writing, and words of Docker's that change nothing about that.
_MOUNTED = frozenset({"ro", "rw", "z", "Z", "cached", "delegated", "consistent"})
# A value that is vaulted where it stands, which Ansible has as no text (before and since ansible-core 2.19).
_VAULTED = ("AnsibleVaultEncryptedUnicode", "EncryptedString")
_SWITCHES = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_LONGEST_SHOWN = 80


def read(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The options that an entry says, each as it is meant; ValueError, which begins with its name, for the first that
    cannot be."""
    return {
        option: OPTIONS[option](option, value)
        for option, value in entry.items()
        # What comes of a variable that is not set says nothing.
        if value is not None and not (isinstance(value, str) and value == "")
    }


def as_text(value: Any) -> str | None:
    """A value as a program finds it; None for one that is no text, number or boolean."""
    if isinstance(value, str) or type(value).__name__ in _VAULTED:
        return str(value)
    try:
        return json.dumps(value) if isinstance(value, (bool, int, float)) else None
    except ValueError:  # more digits than Python writes
        return None


def _shown(value: Any) -> str:
    """The value, where a sentence may repeat it."""
    said = as_text(value) if isinstance(value, (str, bool, int, float)) else None
    if said is None or len(said) > _LONGEST_SHOWN or not said.isprintable() or looks_secret("", said):
        return kind_of(value)
    return f"'{said}'" if isinstance(value, str) else said


def name_of(name: Any) -> str:
    """A name of a dictionary, whatever it is, for a sentence."""
    text = as_text(name)
    said = kind_of(name) if text is None else text[:_LONGEST_SHOWN]
    return said if said.isprintable() else repr(said)


def text(option: str, value: Any) -> str:
    """A text as it is written; of a number nobody knows how that was."""
    if isinstance(value, (bool, int, float)):
        raise ValueError(f"{option} is a text, not {_shown(value)}, as YAML reads it: write it in quotation marks")
    said = as_text(value)
    if said is None:
        raise ValueError(f"{option} is a text, not {kind_of(value)}")
    return said


def _matching(pattern: str, told: str) -> Callable[[str, Any], str]:
    form = re.compile(pattern)

    def reader(option: str, value: Any) -> str:
        said = text(option, value)
        if not form.fullmatch(said):
            raise ValueError(f"{option} is {told}, not {_shown(said)}")
        return said

    return reader


def _one_of(*choices: str) -> Callable[[str, Any], str]:
    told = f"{', '.join(choices[:-1])} or {choices[-1]}"

    def reader(option: str, value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"{option} is {told}, not {_shown(value)}")
        return str(value)

    return reader


def switch(value: Any) -> bool | None:
    """What is said, also as the text that a template or the command line makes of it; None if it is no switch."""
    if isinstance(value, str):
        return _SWITCHES.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def _boolean(option: str, value: Any) -> bool:
    said = switch(value)
    if said is None:
        raise ValueError(f"{option} is true or false, not {_shown(value)}")
    return said


def _port(least: int, none: bool = False) -> Callable[[str, Any], int]:
    told = f"a port from {least} to 65535" + (", or 0 for none" if none else "")

    def reader(option: str, value: Any) -> int:
        whole = isinstance(value, (int, str)) and not isinstance(value, bool)
        said = int(value) if whole and re.fullmatch(r"\s*[0-9]{1,5}\s*", as_text(value) or "") else -1
        if not least <= said <= 65535 and not (none and said == 0):
            raise ValueError(f"{option} is {told}, not {_shown(value)}")
        return said

    return reader


def _memory(option: str, value: Any) -> str:
    said = (as_text(value) or "") if isinstance(value, (str, int)) else ""
    if (project.bytes_of(said) or 0) < project.LEAST_MEMORY:
        raise ValueError(f"{option} is a size from 6m up, such as 512m or 1g, not {_shown(value)}")
    return said


def _list(option: str, value: Any, example: str) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return list(value)
    raise ValueError(f"{option} is a list, such as {example}, not {_shown(value)}")


def _words(option: str, value: Any) -> list[str]:
    if isinstance(value, str):
        try:
            words = without_secrets(shlex.split(value))
        except ValueError:
            words = []
        told = json.dumps(words) if 0 < len(words) <= 20 else "[PROGRAM, ARGUMENT]"
        raise ValueError(f"{option} is a list of words, and not one text: write {told}")
    return [_word(option, each) for each in _list(option, value, "[PROGRAM, ARGUMENT]")]


def _word(option: str, value: Any) -> str:
    said = as_text(value)
    if said is None or "\0" in said:
        raise ValueError(
            f"{option} has {kind_of(value)} where a text belongs: write it in quotation marks, or take it out"
        )
    return said


def variables(option: str, value: Any) -> dict[str, str | None]:
    """Variables or headers by their names; None for one that is not to be there."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{option} is a dictionary, such as {{NAME: value}}, not {kind_of(value)}")
    made: dict[str, str | None] = {}
    for name, each in value.items():
        if not isinstance(name, str) or not VARIABLE.fullmatch(name):
            raise ValueError(f"{option} has the name {name_of(name)!r}, which is none of a variable")
        made[str(name)] = None if each is None else _word(f"{option}.{name}", each)
    return made


def _secret_variables(option: str, value: Any) -> dict[str, str | None]:
    """They stand in an environment file, which takes fewer names than a process."""
    made = variables(option, value)
    for name in made:
        if not project.VARIABLE.fullmatch(name):
            raise ValueError(
                f"{option} has the name {name_of(name)!r}, and an environment file takes letters, digits, '_', '.' and "
                "'-', and no digit first"
            )
    return made


def _volumes(option: str, value: Any) -> list[str]:
    return [_mount(option, each) for each in _list(option, value, '["/srv/notes:/data"]')]


def _mount(option: str, value: Any) -> str:
    """A folder of the host is for reading, unless it is said as :rw."""
    parts = value.split(":") if isinstance(value, str) else []
    if len(parts) not in (2, 3) or not _SOURCE.fullmatch(parts[0]) or not parts[1].startswith("/"):
        raise ValueError(
            f"{option} has {_shown(value)}, which is not SOURCE:TARGET, with the source a volume's name or a whole "
            "path on the host, and the target a path in the container"
        )
    words = parts[2].split(",") if len(parts) == 3 else []
    if not _MOUNTED.issuperset(words) or {"ro", "rw"}.issubset(words):
        raise ValueError(f"{option} has {_shown(value)}, whose last part is not ro or rw")
    if parts[0].startswith("/") and not {"ro", "rw"}.intersection(words):
        return ":".join([*parts[:2], ",".join([*words, "ro"])])
    return str(value)


def _tmpfs(option: str, value: Any) -> list[str]:
    folder = _matching(r"/[^\s\0]*", "a list of paths in the container, such as [/run]")
    return [folder(option, each) for each in _list(option, value, "[/run]")]


def _networks(option: str, value: Any) -> list[dict[str, Any]]:
    made = []
    for each in _list(option, value, "[{name: db-net, internal: true}]"):
        said = fields(option, each, ("name", "internal", "aliases"))
        name = _container(f"{option}.name", said.get("name"))
        network: dict[str, Any] = {**said, "name": name}
        if "internal" in said:
            network["internal"] = _boolean(f"{option}.internal", said["internal"])
        if "aliases" in said:
            network["aliases"] = _words(f"{option}.aliases", said["aliases"])
        made.append(network)
    return made


def fields(option: str, value: Any, known: tuple[str, ...]) -> dict[str, Any]:
    """A dictionary with these fields and no others; those that are null are not said."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{option} is a dictionary of {', '.join(known)}, not {_shown(value)}")
    unknown = [name_of(name) for name in value if name not in known]
    if unknown:
        raise ValueError(f"{option} has {', '.join(sorted(unknown))}, and can have {', '.join(known)}")
    return {str(name): each for name, each in value.items() if each is not None}


def _package(option: str, value: Any) -> dict[str, str]:
    said = fields(option, value, ("pypi", "npm", "version"))
    kinds = [kind for kind in PACKAGES if said.get(kind) not in (None, "")]
    if len(kinds) != 1:
        raise ValueError(f"{option} names one package, as pypi or as npm, and its version")
    (kind,) = kinds
    name = text(f"{option}.{kind}", said[kind])
    if not PACKAGES[kind].fullmatch(name):
        raise ValueError(f"{option}.{kind} is {_shown(name)}, which is no name of a package")
    version = text(f"{option}.version", said.get("version", ""))
    if not VERSIONS[kind].fullmatch(version):
        range_ = f"; npm takes '{version}' for a range" if VERSIONS["pypi"].fullmatch(version) else ""
        raise ValueError(
            f"the package {name} needs one exact version, such as 1.2.3: write {option}.version{range_}. (What it "
            "needs in turn is of the day it is built; that of the catalogue's services is locked too)"
        )
    return {kind: name, "version": version}


def _image(option: str, value: Any) -> str | dict[str, Any]:
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise ValueError(f"{option} has a name that is no text; it is a reference, or options of the module image")
        return dict(value)
    return _reference(option, value)


def _internet(option: str, value: Any) -> bool | list[Any]:
    """The hosts themselves are read where all lists of hosts are."""
    said = switch(value)
    if said is not None:
        return said
    if not isinstance(value, (list, tuple)):
        raise ValueError(
            f"{option} is a list of hosts, such as [api.example.com], or true or false, not {_shown(value)}"
        )
    odd = [each for each in value if not isinstance(each, str)]
    if odd:
        raise ValueError(f"{option} has {_shown(odd[0])}, which is no host, such as api.example.com")
    return list(value)


def _register(option: str, value: Any) -> bool | dict[str, Any]:
    said = switch(value)
    if said is not None:
        return said
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"{option} is a dictionary of options of the module mcp_server, or false, not {_shown(value)}")
    return dict(value)


def _call(option: str, value: Any) -> dict[str, Any]:
    said = fields(option, value, ("tool", "arguments", "expect"))
    if not said:
        return {}
    made: dict[str, Any] = {**said, "tool": text(f"{option}.tool", said.get("tool"))}
    if not isinstance(said.get("arguments", {}), Mapping):
        raise ValueError(f"{option}.arguments is a dictionary, not {_shown(said['arguments'])}")
    if "expect" in said:
        made["expect"] = _word(f"{option}.expect", said["expect"])
    return made


def _as_it_is(_option: str, value: Any) -> Any:
    """What another one reads."""
    return value


_container = _matching(r"[A-Za-z0-9][A-Za-z0-9_.-]*", "a name of letters, digits, '_', '.' and '-'")
_reference = _matching(r"[A-Za-z0-9][A-Za-z0-9._/:@-]*", "an image's reference, or options of the module image")

OPTIONS: dict[str, Callable[[str, Any], Any]] = {
    "name": text,
    "state": _one_of("present", "absent"),
    "service": text,
    "package": _package,
    "image": _image,
    "openapi": _as_it_is,
    "command": _words,
    "args": _words,
    "bridge": _boolean,
    "transport": _one_of("http", "sse", "stdio"),
    "port": _port(1),
    "path": _matching(r"/\S*", "a path that begins with /"),
    "user": _matching(r"[A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)?", "a user, such as 1000:1000"),
    "environment": variables,
    "secret_environment": _secret_variables,
    "volumes": _volumes,
    "tmpfs": _tmpfs,
    "internet": _internet,
    "extra_networks": _networks,
    "published_port": _port(_LOWEST_PUBLISHED, none=True),
    "memory": _memory,
    "container_name": _container,
    "register": _register,
    "call": _call,
}
