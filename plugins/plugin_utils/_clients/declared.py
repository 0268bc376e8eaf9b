# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be seen to be wrong with the inventory's client programs before anything is changed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients import plan
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients.options import CLIENT
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients.registry import CLIENTS, find
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import kind_of, sober

# Stands for the key's value, which is made later.
_VALUE = "sk-not-made-yet"
_GATEWAY = {"gateway": "http://gateway.lan:4000", "url": "http://gateway.lan:4000/mcp/", "server_name": "litellm"}


def refusals(entries: Iterable[Any], keys: Collection[str]) -> list[str]:
    """A sentence for each entry of litellm_clients that cannot be. keys: those that there will be."""
    found = []
    for number, entry in enumerate(entries):
        place = f"litellm_clients[{number}]"
        if isinstance(entry, Mapping):
            named = " of ".join(str(entry[name]) for name in ("client", "user") if entry.get(name))
            found += [f"{place} ({named}): {said}" for said in _refused(entry, keys)]
        else:
            found.append(f"{place}: it is a dictionary, this is {kind_of(entry)}.")
    return found


def _refused(entry: Mapping[str, Any], keys: Collection[str]) -> Iterator[str]:
    for name in entry:
        if name not in CLIENT:
            yield f"{name!r} is not an option of a client; {_hint(str(name), CLIENT)}"
    validated = ArgumentSpecValidator(CLIENT).validate(
        {name: value for name, value in entry.items() if name in CLIENT and value is not None}
    )
    if validated.error_messages:
        yield from (f"{sober(message)}." for message in validated.error_messages)
        return
    given = validated.validated_parameters
    try:
        find(given["client"])
    except ValueError:
        yield f"there is no client {given['client']!r}; {_hint(given['client'], CLIENTS)}"
        return
    key = given["key"]
    if given["state"] == "present" and key and key not in keys:
        yield f"there is no key {key!r}; {_hint(key, keys)}"
    try:
        plan.item_from(given, _GATEWAY, _VALUE if key or given["key_value"] else None)
    except ValueError as error:
        yield f"{error}."


def _hint(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known)) or 'none'}."
