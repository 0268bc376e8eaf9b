# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Models, guardrails, credentials and MCP servers of config.yaml, judged as those of the inventory's own lists are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import for_version
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.guardrail import refuse_incomplete
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.mcp_server import (
    McpServer,
    refuse_name,
    refuse_url,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.model import refuse_without_model
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.values import as_meant
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.mcp_credential import AUTH_TYPES
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._litellm.settings import section as section_of
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.refusal import (
    ROOT,
    hint,
    refuse,
    refuse_unread,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.values import by_reference, settled
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.inventory_shapes import judged
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import has_to_be, kind_of


@dataclass(frozen=True)
class Listed:
    """What LiteLLM reads of the entries of one list."""

    name: str
    parts: tuple[str, ...]  # mappings, the first of which it has to have
    others: tuple[str, ...] = ()
    refuse: Callable[[Mapping[str, Any]], None] | None = None  # what the first of them lacks
    numbers: bool = False  # whether it holds numbers and switches that LiteLLM takes by their names


LISTS = {
    "model_list": Listed(
        "model_name",
        ("litellm_params", "model_info"),
        ("rpm", "tpm", "itpm", "otpm", "num_retries"),
        refuse_without_model,
        True,
    ),
    "guardrails": Listed(
        "guardrail_name",
        ("litellm_params", "guardrail_info"),
        ("guardrail_id", "policy_template", "created_at", "updated_at"),
        refuse_incomplete,
    ),
    "credential_list": Listed("credential_name", ("credential_values", "credential_info")),
}
# Of each of these LiteLLM makes a deployment, of a model in config.yaml alone.
SEVERAL = ("organization",)
# Beyond those of litellm_mcp_servers, where LiteLLM knows how to show itself in more ways.
_FURTHER_AUTH = ("aws_sigv4", "token", "oauth2_token_exchange", "oauth2_id_jag", "true_passthrough", "oauth_delegate")
# Fields that config.yaml alone has: LiteLLM takes the text "false" for true.
_CONFIG_ALONE = {
    "mcp_info": "dict",
    "authentication_token": "str",
    "spec_path": "str",
    "server_id": "str",
    "instructions": "str",
    "allow_all_keys": "bool",
    "available_on_public_internet": "bool",
    "delegate_auth_to_upstream": "bool",
    "oauth_passthrough": "bool",
    "timeout": "float",
}


def entries(section: str, listed: list[Any]) -> list[dict[str, Any]]:
    """The entries of a list, with numbers and switches that came as texts as what they are."""
    known = LISTS[section]
    return [_entry(one, known, f"{ROOT}.{section}[{number}]") for number, one in enumerate(listed)]


def _entry(entry: Any, known: Listed, place: str) -> dict[str, Any]:
    if not isinstance(entry, dict):
        refuse(f"{place} {has_to_be('a dictionary', entry)}")
    names = (known.name, *known.parts, *known.others)
    for name in entry:
        if name not in names:
            refuse(f"{place}: '{name}' is not read by LiteLLM: {hint(name, names, 'there are ' + ', '.join(names))}")
    if not isinstance(entry.get(known.name), str) or not entry[known.name].strip():
        refuse(f"{place}: {known.name} has to be a text: it is the name that others use")
    for part in known.parts:
        if part not in entry and part == known.parts[0]:
            refuse(f"{place} ({entry[known.name]}): {part} is missing")
        if part == known.parts[0] and not isinstance(entry[part], dict):
            refuse(f"{place}.{part} {has_to_be('a dictionary', entry[part])}")
        if entry.get(part) is not None and not isinstance(entry[part], dict):
            refuse(f"{place}.{part} {has_to_be('a dictionary', entry[part])}")
    try:
        if known.numbers:
            meant = {part: as_meant(entry[part], part, SEVERAL) for part in known.parts if entry.get(part)}
            others = as_meant({name: entry[name] for name in known.others if name in entry}, known.name)
            entry = {**{name: value for name, value in entry.items() if name not in known.others}, **others, **meant}
        if known.refuse:
            known.refuse(entry[known.parts[0]])
    except UserError as error:
        refuse(f"{place}: {str(error).rstrip('.')}")
    return entry


def mcp_servers(servers: Mapping[Any, Any], version: str) -> dict[str, Any]:
    """The servers by their names, as their fields' types have them."""
    known = section_of(version, "mcp_servers")
    place = f"{ROOT}.mcp_servers"
    made = {}
    for name, server in servers.items():
        if not isinstance(name, str) or not name or "-" in name:
            refuse(
                f"{place}: LiteLLM does not start with a server that is called '{name}': use a name without '-', which "
                "parts a server's name from its tool's"
            )
        _as_a_sentence(place, refuse_name, "name", name)
        if not isinstance(server, dict):
            refuse(f"{place}: '{name}' has to be a dictionary, {_but(server)}")
        for field in server:
            if field not in known.keys:
                refuse_unread(f"{place}.{name}: ", field, version, known)
        if not (server.get("url") or server.get("command") or server.get("spec_path")):
            refuse(f"{place}: '{name}' has neither a url nor a command: write where it is")
        made[name] = {field: _field(field, value, f"{place}.{name}", version) for field, value in server.items()}
        _where(made[name], f"{place}.{name}")
    return made


def _but(value: Any) -> str:
    return "and is empty" if value is None else f"not {kind_of(value)}"


def _field(field: str, value: Any, place: str, version: str) -> Any:
    declared = McpServer.fields.get(field)
    spec = declared.argument() if declared else {"type": _CONFIG_ALONE.get(field, "raw")}
    if spec["type"] == "raw" or value is None or by_reference(value):
        return value
    if field == "auth_type":
        further = for_version(version).oauth2_client
        spec["choices"] = [one for one in (*AUTH_TYPES, *_FURTHER_AUTH) if further or one in AUTH_TYPES[:-1]]
    if spec["type"] not in ("list", "dict"):
        value = settled(value, {spec["type"]}, f"{place}: ", field)
    for sentence in judged(value, spec, f"{place}.{field}"):
        refuse(sentence.rstrip("."))
    return value


def _where(server: Mapping[str, Any], place: str) -> None:
    if server.get("alias"):
        _as_a_sentence(place, refuse_name, "alias", server["alias"])
    transport = server.get("transport") or "http"
    if transport == "stdio":
        if not server.get("command"):
            refuse(f"{place}: transport stdio needs a command")
    elif not server.get("spec_path") and not by_reference(server.get("url")) and not by_reference(transport):
        _as_a_sentence(place, refuse_url, transport, server.get("url") or "")


def _as_a_sentence(place: str, judge: Callable[..., None], *arguments: Any) -> None:
    try:
        judge(*arguments)
    except UserError as error:
        refuse(f"{place}: {str(error).rstrip('.')}")
