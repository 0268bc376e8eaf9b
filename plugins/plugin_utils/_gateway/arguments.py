# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules and action plugins share about their arguments: the connection, and entries that are checked whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.basic import env_fallback
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.validation import check_type_dict
from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import is_secret
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import Field, Resource
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS, PLURALS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.inventory_shapes import is_one
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import WORDS, kind_of, nearest, sober

STATE = Field("Whether it should be there.", choices=("present", "absent"), default="present")
CONNECTION = {
    "api_url": {"type": "str", "required": True, "fallback": (env_fallback, ["LITELLM_API_URL"])},
    "master_key": {
        "type": "str",
        "required": True,
        "no_log": True,
        "fallback": (env_fallback, ["LITELLM_MASTER_KEY"]),
    },
    "timeout": {"type": "float", "default": 30.0},
    "retries": {"type": "int", "default": 4},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
}


def checked(entries: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Lists of entries by plural, to entries of the right types by kind; UserError names all that is wrong."""
    wrong: list[str] = []
    result: dict[str, list[dict[str, Any]]] = {}
    for plural, listed in entries.items():
        resource = KINDS[PLURALS[plural]]
        if listed is not None and not isinstance(listed, list):
            wrong.append(f"{plural}: it is a list of entries, this is {kind_of(listed)}.")
            continue
        for number, entry in enumerate(listed or []):
            place = f"{plural}[{number}]"
            if isinstance(entry, Mapping) and entry.get("name"):
                place += f" ({entry['name']})"
            sentences = list(unfit(entry, resource, place))
            if not sentences:
                # To Ansible an option that is there without a value, or empty, is there.
                needed = {"name", *resource.needed()}
                given = _without_empty(entry, {**resource.fields, "state": STATE})
                given = {name: value for name, value in given.items() if value not in (None, "") or name not in needed}
                validated = ArgumentSpecValidator(
                    resource.argument_spec(), required_if=resource.required_if()
                ).validate(given)
                sentences = [f"{place}: {sober(message)}." for message in validated.error_messages]
                result.setdefault(resource.kind, []).append(validated.validated_parameters)
            wrong += sentences
        result.setdefault(resource.kind, [])
    if wrong:
        raise UserError("\n".join(wrong), "entry_invalid")
    return result


def unfit(entry: Any, resource: Resource, place: str) -> Iterator[str]:
    """A sentence for each thing in an entry that its kind does not take, before Ansible makes of it what it can."""
    if not isinstance(entry, Mapping):
        yield f"{place}: an entry is a dictionary, this is {kind_of(entry)}."
        return
    yield from _unknown_in(entry, {**resource.fields, "state": None}, place, f"a {resource.title}")
    yield from _misfits(entry, resource.fields, place)
    for name, declared in resource.fields.items():
        value = entry.get(name)
        if declared.options and value is not None:
            for inner in value if isinstance(value, list) and declared.type == "list" else [value]:
                try:
                    # As text it is one as well: older versions of Ansible make that of a template.
                    options = check_type_dict(inner)
                except TypeError:
                    yield f"{place}.{name}: it is a dictionary, this is {kind_of(inner)}."
                else:
                    yield from _unknown_in(
                        options, declared.options, f"{place}.{name}", f"{name} of a {resource.title}"
                    )
                    yield from _misfits(options, declared.options, f"{place}.{name}")


def _misfits(entry: Mapping[str, Any], fields: Mapping[str, Field], place: str) -> Iterator[str]:
    """What stands where a number or a text belongs, and is none to a person; Ansible makes a text of anything."""
    for name, declared in fields.items():
        value = entry.get(name)
        if declared.type in ("int", "float") and value not in (None, "") and not is_one(value, declared.type):
            yield f"{place}.{name}: it is {WORDS[declared.type]}, this is {value!r}."
        elif declared.type == "str" and isinstance(value, (Mapping, list)):
            yield f"{place}.{name}: it is {WORDS['str']}, this is {kind_of(value)}."
        elif declared.type == "str" and isinstance(value, bool) and not declared.choices:
            yield _boolean(f"{place}.{name}")
        elif declared.elements == "str" and value is not None:
            yield from _no_texts(value, f"{place}.{name}")


def _no_texts(value: Any, place: str) -> Iterator[str]:
    """What is no text in a list of them, or in one text with commas, around which Ansible would keep the blanks."""
    listed = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    if isinstance(value, str) and any(one != one.strip() for one in listed):
        yield f"{place}: it is a list such as [a, b], this is a text with blanks around its commas."
        return
    for number, one in enumerate(listed):
        if one in (None, ""):
            yield f"{place}[{number}] is empty: give it a value, or leave it out."
        elif isinstance(one, (Mapping, list)):
            yield f"{place}[{number}]: it is {WORDS['str']}, this is {kind_of(one)}."
        elif isinstance(one, bool):
            yield _boolean(f"{place}[{number}]")


def _boolean(place: str) -> str:
    """Of YAML's yes, no, on and off, which are names and words to a person, Ansible makes the texts True and False."""
    return f"{place}: it is {WORDS['str']}, this is a boolean: write it in quotes."


def _without_empty(entry: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """An empty text where a number or one of some words belongs, as from a template without a value, is none."""
    given = {}
    for name, value in entry.items():
        declared = fields.get(name)
        if declared and declared.options:
            value = _without_empty_inside(value, declared.options)
        numeric, choices = declared and declared.type in ("int", "float"), declared and declared.choices
        if not ((numeric and value == "") or (choices and value in ("", None))):
            given[name] = value
    return given


def _without_empty_inside(value: Any, options: Mapping[str, Field]) -> Any:
    if isinstance(value, list):
        return [_without_empty_inside(one, options) for one in value]
    return _without_empty(value, options) if isinstance(value, Mapping) else value


def _unknown_in(entry: Mapping[str, Any], known: Mapping[str, Any], place: str, what: str) -> Iterator[str]:
    for name in entry:
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean {near!r}?" if near else f"there are {', '.join(sorted(known))}."
            yield f"{place}: {name!r} is not an option of {what}; {hint}"


def secret_values(entries: Mapping[str, list[dict[str, Any]]]) -> set[str]:
    """Everything in the entries that must not be shown."""
    found: set[str] = set()
    for kind, listed in entries.items():
        for entry in listed:
            for name, declared in KINDS[kind].fields.items():
                if declared.no_log:
                    found |= set(_strings(entry.get(name)))
            for name, value in (entry.get("litellm_params") or {}).items():
                if is_secret(name, value):
                    found |= set(_strings(value))
    return found


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
    elif isinstance(value, str) and value:
        yield value
