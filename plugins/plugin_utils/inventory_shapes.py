# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes of all public variables of the site, by what the roles' argument specifications say of them.

Ansible holds a role's variables against its specification when the role begins, when others have changed the host. Here
all of them are judged before the first; what is left empty is then the empty list, mapping or text that it means.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.common.validation import check_type_bool, check_type_float, check_type_int
from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import is_secret
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import WORDS, has_to_be, nearest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.yaml_core import load_own

ROLES = Path(__file__).resolve().parents[2] / "roles"
# Those that are no single role's.
SITE: dict[str, dict[str, Any]] = {
    "mcp_services": {"type": "list", "elements": "dict", "default": []},
    "litellm_clients": {"type": "list", "elements": "dict", "default": []},
    "litellm_clients_url": {"type": "str", "default": ""},
    "litellm_clients_fallback_urls": {"type": "list", "elements": "str", "default": []},
    "litellm_clients_hosts_address": {"type": "str", "default": ""},
    "mcp_lan_prefix": {"type": "str", "default": ""},
    "mcp_lan_store": {"type": "str", "default": ""},
    "mcp_postgresql_enabled": {"type": "bool", "default": True},
    "mcp_filesystem_enabled": {"type": "bool", "default": True},
    "image_source": {"type": "str", "choices": ["auto", "pull", "build"], "default": "build"},
    # What playbooks are told on the command line.
    **{
        name: {"type": "bool", "default": False}
        for name in (
            *("bundle_archive", "bundle_include_keys", "export_force", "remove_data", "remove_store", "rotate_revoke"),
        )
    },
}
_EMPTY: dict[str, Any] = {"list": [], "dict": {}}
_CONVERTED = {"bool": check_type_bool, "int": check_type_int, "float": check_type_float}
# What Ansible's filter C(bool), by which roles ask, takes for an answer; any other text it takes for false, which would
# leave the guard, the firewall or TLS off without a word.
_SWITCHES = frozenset({"true", "yes", "on", "1", "false", "no", "off", "0"})
# Lists of networks, which nginx takes with any address in them for the whole network, and names for an error.
_NETWORKS = ("front_door_admin_networks", "front_door_trusted_proxies")
# To the engine -1 is no limit.
_ANY_NUMBER = ("container_service_pids_limit", "litellm_gateway_pids_limit", "mcp_service_pids_limit")
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*")
_LONGEST = 60


def _is_number(least: int, most: int, text: str) -> bool:
    return re.fullmatch("[0-9]{1,9}", text) is not None and least <= int(text) <= most


def _is_bound_to(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text[1:-1] if re.fullmatch(r"\[.*\]", text) else text or "0.0.0.0")
    except ValueError:
        return False
    return address.version == 4 or text.startswith("[")


def _is_memory(text: str) -> bool:
    return (project.bytes_of(text) or 0) >= project.LEAST_MEMORY


def _is_memory_or_none(text: str) -> bool:
    return text in ("", "0") or _is_memory(text)


# What a variable is by its name, where the engine or nginx would refuse another one in the middle of a run.
_BY_NAME: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    (
        ".*_published_port|litellm_gateway_port",
        functools.partial(_is_number, 0, 65535),
        "a port from 1 to 65535, or 0 for none",
    ),
    (".*_port", functools.partial(_is_number, 1, 65535), "a port from 1 to 65535"),
    (".*_bind", _is_bound_to, "an address of the host, such as 0.0.0.0 or 192.168.1.5"),
    # What is in these is worked out of it.
    ("(cache|observability_prometheus)_memory", _is_memory, "a size from 6m on, such as 512m or 1g"),
    (".*_memory", _is_memory_or_none, "a size from 6m on, such as 512m or 1g"),
    (
        "front_door_(rate|burst|connections|workers|read_timeout)|container_service_log_max_files",
        functools.partial(_is_number, 1, 10**9),
        "a number from 1 on",
    ),
    (
        "front_door_max_header",
        lambda text: re.fullmatch("[1-9][0-9]*[kKmM]?", text) is not None,
        "a number with k or m, such as 16k",
    ),
)


@functools.cache
def specifications() -> dict[str, dict[str, Any]]:
    """Each public variable, and what a role's argument specification says of it."""
    found = dict(SITE)
    for path in sorted(ROLES.glob("*/meta/argument_specs.yml")):
        specified = load_own(path.read_text(encoding="utf-8"))["argument_specs"]
        found |= specified["main"].get("options") or {}
    return found


def meant_by_empty(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Of the variables that are there without a value what each of them means."""
    found = {}
    for name, spec in specifications().items():
        if name in variables and variables[name] is None:
            if spec["type"] in _EMPTY:
                found[name] = _EMPTY[spec["type"]]
            elif spec.get("default") == "":
                found[name] = ""
    return found


def refusals(variables: Mapping[str, Any]) -> list[str]:
    """A sentence for each variable that is of another shape than its role takes."""
    empty = meant_by_empty(variables)
    return [
        sentence
        for name, spec in specifications().items()
        if name in variables and name not in empty
        for sentence in judged(variables[name], spec, name)
    ] + [
        *(sentence for name in _NETWORKS for sentence in _no_networks(variables.get(name), name)),
        *_no_hosts(variables.get("front_door_hosts"), "front_door_hosts"),
    ]


def _no_hosts(value: Any, place: str) -> Iterator[str]:
    """The front door knows a host by its name alone: with a port, a scheme or a dot at the end it would know none."""
    for number, one in enumerate(value if isinstance(value, (list, tuple)) else ()):
        text = str(one)
        if isinstance(one, (Mapping, list, tuple)) or one is None or text == "*" or _HOST.fullmatch(text):
            continue
        try:
            ipaddress.IPv6Address(text[1:-1] if re.fullmatch(r"\[.*\]", text) else text)
        except ValueError:
            yield f"{place}[{number}] is {_shown(text, place)}: write a name or an address alone, such as gateway.lan."


def _no_networks(value: Any, place: str) -> Iterator[str]:
    for number, one in enumerate(value if isinstance(value, (list, tuple)) else ()):
        text = str(one).strip()
        address, _slash, length = text.partition("/")
        hint = "write an address or a network, such as 192.168.1.10 or 192.168.1.0/24"
        try:
            whole = ipaddress.ip_network(text, strict=False)
            if whole.prefixlen == 0 and place == "front_door_trusted_proxies":
                yield f"{place}[{number}] is {text!r}, so that every client would say who it is: name the proxies."
                continue
            if ipaddress.ip_address(address) == whole.network_address and "." not in length and "%" not in text:
                continue
            hint = f"write {whole} for all of that network, or {address} for the one address"
        except ValueError:
            pass
        if isinstance(one, (str, int, float)):
            yield f"{place}[{number}] is {text!r}: {hint}."


def judged(value: Any, spec: Mapping[str, Any], place: str) -> Iterator[str]:
    """A sentence for each thing in a value that is not as an argument's specification has it."""
    if value is None:
        # An option that has no default may be there without a value: it is left out.
        if spec.get("default") is not None or spec.get("required"):
            yield f"{place} is empty: give it a value, or leave it out."
    elif spec["type"] == "list":
        if isinstance(value, (list, tuple)):
            inner = {**spec, "type": spec.get("elements", "raw"), "required": True}
            for number, one in enumerate(value):
                yield from judged(one, inner, f"{place}[{number}]")
        else:
            yield f"{place} {has_to_be('a list', value)}."
    elif spec["type"] == "dict":
        if isinstance(value, Mapping):
            yield from _judged_inside(value, spec.get("options") or {}, place)
            yield from _judged_variables(value, place) if place.endswith("_environment") else ()
        else:
            yield f"{place} {has_to_be('a dictionary', value)}."
    elif spec["type"] != "raw":
        yield from _judged_scalar(value, spec, place)


def _judged_inside(value: Mapping[str, Any], options: Mapping[str, Any], place: str) -> Iterator[str]:
    for name in value if options else ():
        if name not in options:
            near = nearest(name, options)
            hint = f"did you mean {near!r}?" if near else f"there are {', '.join(sorted(options))}."
            yield f"{place}: {str(name)!r} is not an option of it; {hint}"
    for name, spec in options.items():
        if name in value:
            yield from judged(value[name], spec, f"{place}.{name}")
        elif spec.get("required"):
            yield f"{place}: {name} is missing."


def _judged_variables(value: Mapping[Any, Any], place: str) -> Iterator[str]:
    """What is given to a program as its environment: `NAME:` without a value would be the text None there."""
    for name, each in value.items():
        if not isinstance(name, str) or not project.VARIABLE.fullmatch(name):
            yield f"{place} has the name {str(name)!r}, which is none of an environment variable."
        elif each is None or isinstance(each, (Mapping, list, tuple)):
            yield f"{place}.{name} {has_to_be('a text', each)}."


def _judged_scalar(value: Any, spec: Mapping[str, Any], place: str) -> Iterator[str]:
    if isinstance(value, (Mapping, list, tuple)):
        yield f"{place} {has_to_be(WORDS[spec['type']], value)}."
        return
    if isinstance(value, bool) and spec["type"] in ("str", "path") and not spec.get("choices"):
        yield f"{place} {has_to_be(WORDS[spec['type']], value)}: write it in quotes."
        return
    blank = spec["type"] in _CONVERTED and isinstance(value, str) and value != value.strip()
    if blank or not is_one(value, spec["type"]):
        yield f"{place} has to be {WORDS[spec['type']]}, not {_shown(value, place)}."
    elif spec.get("choices") and str(value) not in map(str, spec["choices"]):
        yield f"{place} has to be one of {', '.join(map(str, spec['choices']))}, not {_shown(value, place)}."
    else:
        fits, told = next((one[1:] for one in _BY_NAME if re.fullmatch(one[0], place)), (bool, ""))
        if told and not fits(str(value)):
            yield f"{place} has to be {told}, not {_shown(value, '')}."
        elif place in specifications() and place not in _ANY_NUMBER and spec["type"] == "int" and int(value) < 0:
            yield f"{place} has to be 0 or more, not {_shown(value, '')}."


def is_one(value: Any, kind: str) -> bool:
    """Whether a value is what its type says, or is taken for it by Ansible, as the text of a number is."""
    if kind not in _CONVERTED:
        return True
    if isinstance(value, bool) or (isinstance(value, str) and not value.isascii()):
        return kind == "bool" and isinstance(value, bool)
    if kind == "bool" and isinstance(value, str):
        return value.lower() in _SWITCHES
    try:
        _CONVERTED[kind](value)
    except (TypeError, ValueError, ArithmeticError):
        return False
    return not (isinstance(value, str) and "_" in value)


def _shown(value: Any, place: str) -> str:
    text = str(value)
    if is_secret(place, text):
        return "what it is"
    return repr(text if len(text) <= _LONGEST else text[:_LONGEST] + "…")
