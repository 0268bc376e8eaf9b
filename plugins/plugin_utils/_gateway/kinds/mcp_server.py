# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MCP servers that the gateway's database holds.

Oddities of the API: an update is a full replacement before 1.88, and the running gateway does not notice it before
1.80.8, so there a change is a deletion and a creation with the same id, which keeps the keys that name it valid. Old
versions drop the ownership mark: there an id that is derived from the name is one, of the default owner. They have no
place for a credential either: a server that needs one is in config.yaml, which the role litellm_gateway writes, under
an id of LiteLLM's own. A row that it had in the database before is taken away, and its grants become the new id's; the
other way round when an upgrade moves it from config.yaml into the database. Each write has the running gateway read
the database again and take what it does not know: of several at a time, one brings back what another has taken away,
and the list does not show it.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import text_without_secrets
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError, UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds import limits
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import (
    MARK,
    OWNER,
    Context,
    Field,
    RemoteObject,
    Resource,
    digest,
    mark_in,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.revoke import revoke_servers
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.values import costs
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.mcp_credential import (
    AUTH_TYPES,
    only_in_config,
    problem,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import PLACEHOLDER

_STDIO_COMMANDS = ("npx", "uvx", "python", "python3", "node", "docker", "deno")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.]*")
# LiteLLM's own routes in the place where a client names a server: /mcp/sse in 1.77.3, /mcp/proxy in 1.108.7.
_ROUTES = ("proxy", "sse")
_WIRE = {
    "alias": "alias",
    "description": "description",
    "transport": "transport",
    "url": "url",
    "command": "command",
    "args": "args",
    "env": "env",
    "auth_type": "auth_type",
    "token_url": "token_url",
    "access_groups": "mcp_access_groups",
    "allowed_tools": "allowed_tools",
    "static_headers": "static_headers",
    "extra_headers": "extra_headers",
    "tool_display_names": "tool_name_to_display_name",
    "tool_descriptions": "tool_name_to_description",
}
_LISTS = ("args", "access_groups", "allowed_tools", "extra_headers")
_MAPS = ("env", "static_headers", "tool_display_names", "tool_descriptions")
_EMPTY = {**{name: [] for name in _LISTS}, **{name: {} for name in _MAPS}}
# Options that name tools; which it has is known where an entry says its tools.
_OF_TOOLS = ("allowed_tools", "disallowed_tools", "tool_costs", "tool_display_names", "tool_descriptions")
_CLIENT = ("client_id", "client_secret")
_SECRET = ("auth_value", *_CLIENT)
_DISPLAY = re.compile(r"[A-Za-z0-9_-]+")


def _named(tool: str, names: Iterable[str]) -> bool:
    """Whether a tool is one of these, which may be patterns."""
    return any(tool == name or fnmatchcase(tool, name) for name in names)


def from_config(raw: Mapping[str, Any]) -> bool:
    """Whether config.yaml has it: newer versions say so, older ones give such a server an id without hyphens."""
    if "is_config" in raw:
        return bool(raw["is_config"])
    return not raw.get("created_by") and re.fullmatch(r"[0-9a-f]{32}", raw["server_id"]) is not None


def config_ids(desired: Mapping[str, Any]) -> list[str]:
    """The ids that LiteLLM works out of an entry in config.yaml; an alias that is the name may be written there."""
    parts = [desired[option] for option in ("name", "url", "transport", "auth_type")]
    aliases = [desired["alias"]] if desired["alias"] else ["", desired["name"]]
    return [hashlib.sha256("|".join([*parts, alias]).encode()).hexdigest()[:32] for alias in aliases]


def refuse_name(option: str, value: str) -> None:
    """A name or an alias that clients could not use."""
    if not _NAME.fullmatch(value):
        better = re.sub(r"[^A-Za-z0-9_.]", "_", value)
        raise UserError(
            f"the {option} {value!r} must consist of letters, digits, _ and . only: LiteLLM separates server "
            f"and tool by '-'; {better!r} would do.",
            "entry_refused",
        )
    if value in _ROUTES:
        raise UserError(
            f"the {option} {value!r} is the name of a route of LiteLLM's own below /mcp/: choose another, such "
            f"as {value}_server.",
            "entry_refused",
        )


def refuse_url(transport: str, url: str) -> None:
    """An address at which nothing could be asked."""
    if not url.startswith(("http://", "https://")):
        raise UserError(
            f"transport {transport} needs url, which begins with http:// or https:// (it is "
            f"{text_without_secrets(url)!r}).",
            "entry_refused",
        )
    if why := _no_url(url):
        raise UserError(f"the url {text_without_secrets(url)!r} leads nowhere: {why}.", "entry_refused")


def _no_url(url: str) -> str | None:
    if re.search(r"[\s\x00-\x20\x7f]", url):
        return "there is a space or a line end in it"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"{str(error)[:1].lower()}{str(error)[1:]}"
    if not parts.hostname:
        return "it names no host"
    return "its port is 0" if port == 0 else None


class McpServer(Resource):
    kind = "mcp_server"
    plural = "mcp_servers"
    title = "MCP server"
    one_by_one = True
    fields = {
        "name": Field("The server's name. It must not contain C(-), which separates server from tool.", required=True),
        "alias": Field("Another name for it, which clients may use. Must not contain C(-).", default=""),
        "description": Field("What it is for, shown in the admin UI.", default=""),
        "transport": Field("How the gateway speaks to it.", choices=("http", "sse", "stdio"), default="http"),
        "url": Field("Its address, for C(http) and C(sse).", default=""),
        "command": Field("The program that the gateway starts, for C(stdio).", default=""),
        "args": Field("The program's arguments; C(stdio) needs one at least.", "list", "str", default=[], ordered=True),
        "env": Field("The program's environment.", "dict", no_log=True, default={}),
        "auth_type": Field(
            [
                "How the gateway shows a credential to it. C(api_key) is the header C(X-API-Key); C(bearer_token) and "
                "C(basic) are C(Authorization) with that word, C(authorization) is it without one; for C(oauth2) the "
                "gateway gets a token with I(client_id) and I(client_secret).",
                "With a type and without a credential each client brings its user's own, as "
                "C(x-mcp-ALIAS-authorization).",
            ],
            choices=AUTH_TYPES,
            default="none",
        ),
        "auth_value": Field(
            [
                "The credential itself; of C(basic) it is C(user:password).",
                "Before LiteLLM 1.79.3 the role litellm_gateway writes it, because only config.yaml can hold it.",
            ],
            no_log=True,
            default="",
            secret=True,
        ),
        "client_id": Field("The gateway's name at I(token_url).", default="", needs="oauth2_client", secret=True),
        "client_secret": Field("Its secret there.", no_log=True, default="", needs="oauth2_client", secret=True),
        "token_url": Field("Where C(oauth2) gets its tokens.", default="", needs="oauth2_client", no_log=False),
        "scopes": Field("The scopes to ask for there.", "list", "str", default=[], needs="oauth2_client"),
        "access_groups": Field("Groups by which keys may refer to it.", "list", "str", default=[]),
        "allowed_tools": Field(
            "The only tools that are offered. Left out, all are.",
            "list",
            "str",
            default=[],
            needs="server_credentials",
        ),
        "disallowed_tools": Field(
            "Tools that are not offered, by name or pattern; it needs I(tools) or I(allowed_tools), of which the "
            "others are then allowed.",
            "list",
            "str",
            needs="server_credentials",
            virtual=True,
        ),
        "tool_display_names": Field(
            "Names by which clients see its tools, in place of the server's name and the tool's. A key's I(mcp) and "
            "all else go on with the tool's own.",
            "dict",
            default={},
            needs="tool_names",
        ),
        "tool_descriptions": Field(
            "Descriptions of its tools in place of its own.", "dict", default={}, needs="tool_names"
        ),
        "static_headers": Field(
            "Headers that are sent to it with each request.", "dict", no_log=True, default={}, needs="static_headers"
        ),
        "extra_headers": Field(
            "Names of headers that are passed on from the client.",
            "list",
            "str",
            default=[],
            needs="static_headers",
        ),
        "server_timeout": Field(
            "For how many seconds the gateway waits for its list and for an answer to a call. Left out, as long as for "
            "all others, which with the role litellm_gateway is 25.",
            "float",
            default=0.0,
            needs="server_timeout",
        ),
        "cost_per_call": Field("What a call of one of its tools costs, in US dollars.", "float", default=0.0),
        "tool_costs": Field("What a call costs for tools that differ from I(cost_per_call).", "dict", default={}),
        "budget": Field(
            "What calls of its tools may cost, of all keys together. Left out, there is no budget. LiteLLM has none "
            "for a server: the request filter holds it, which the role litellm_gateway tells of it. It is not sent.",
            "dict",
            options=limits.BUDGET,
            default={},
            virtual=True,
        ),
        "limits": Field(
            "How much its tools may be called by all keys together, held as I(budget) is. Left out, there is no limit.",
            "dict",
            options={name: each for name, each in limits.LIMITS.items() if name != "tpm"},
            default={},
            virtual=True,
        ),
        "tools": Field(
            "The names of its tools, where they are known. They are not sent; patterns in a key's I(mcp) are resolved "
            "with them.",
            "list",
            "str",
            virtual=True,
        ),
    }

    def list(self, ctx: Context, names: Iterable[str] | None = None) -> list[dict[str, Any]]:
        return ctx.client.get("/v1/mcp/server")

    def identify(self, raw: dict[str, Any]) -> tuple[str, str]:
        name = raw.get("server_name") or raw.get("alias") or ""
        if from_config(raw):  # old versions give the alias for the name
            name = (raw.get("mcp_info") or {}).get("server_name") or name
        return name, raw["server_id"]

    def rank(self, raw: dict[str, Any]) -> int:
        return -1 if from_config(raw) else super().rank(raw)

    def mark(self, raw: dict[str, Any]) -> dict[str, Any] | None:
        kept = mark_in(raw.get("mcp_info"))
        name, identifier = self.identify(raw)
        return kept or ({"owner": OWNER} if identifier == self.new_id(name) else None)

    def observe(self, ctx: Context, raw: dict[str, Any]) -> dict[str, Any]:
        state = {name: raw.get(wire) or _EMPTY.get(name, "") for name, wire in _WIRE.items()}
        state["auth_type"] = raw.get("auth_type") or "none"
        # LiteLLM fills the alias of its own accord with the name; of one without a name the alias is it.
        if state["alias"] == self.identify(raw)[0]:
            state["alias"] = ""
        cost = (raw.get("mcp_info") or {}).get("mcp_server_cost_info") or {}
        mark = mark_in(raw.get("mcp_info")) or {}
        state["auth_value"] = mark.get("digest")
        for name in _CLIENT:
            state[name] = mark.get(name)
        state["scopes"] = list((raw.get("credentials") or {}).get("scopes") or [])
        state["server_timeout"] = float(raw.get("timeout") or 0.0)
        state["cost_per_call"] = float(cost.get("default_cost_per_query") or 0.0)
        state["tool_costs"] = dict(cost.get("tool_name_to_cost_per_query") or {})
        return state

    def entry(self, ctx: Context, current: RemoteObject) -> dict[str, Any]:
        entry = super().entry(ctx, current)
        by_hand = "auth_type" in entry and MARK not in (current.raw.get("mcp_info") or {})
        expected = _CLIENT if entry.get("auth_type") == "oauth2" else ("auth_value",)
        for name in _SECRET:
            # Whether one that was made by hand has a credential cannot be seen.
            if current.state[name] or (by_hand and ctx.capabilities.server_credentials and name in expected):
                entry[name] = PLACEHOLDER
        return entry

    def export_skip_reason(self, ctx: Context, current: RemoteObject) -> str | None:
        return "it is in the gateway's config.yaml" if from_config(current.raw) else None

    def complete(self, entry: Any) -> dict[str, Any]:
        whole = limits.tidy(super().complete(entry))
        if whole["alias"] == whole["name"]:
            whole["alias"] = ""
        for option in _MAPS:  # of texts, to LiteLLM; what is null is not there
            whole[option] = {name: str(value) for name, value in whole[option].items() if value is not None}
        whole["tool_costs"] = costs(whole["tool_costs"], "tool_costs")
        for option in ("cost_per_call", "server_timeout"):
            if not math.isfinite(whole[option]) or whole[option] < 0:
                raise UserError(f"{option} is {whole[option]!r}: write a number from 0 on.", "entry_refused")
        if whole.get("disallowed_tools"):
            offered = whole["allowed_tools"] or whole.get("tools") or []
            whole["allowed_tools"] = [tool for tool in offered if not _named(tool, whole["disallowed_tools"])]
        return whole

    def changes(self, ctx: Context, desired: Any, current: RemoteObject) -> list[str]:
        differing = super().changes(ctx, desired, current)
        if from_config(current.raw) and only_in_config(desired, ctx.capabilities):
            return [name for name in differing if name != "auth_value"]  # the role has written it there
        if MARK not in (current.raw.get("mcp_info") or {}):
            # Made by hand: whether it has a credential cannot be seen.
            return [name for name in differing if name not in _SECRET or desired[name]]
        return differing

    def displaced(self, ctx: Context, desired: Mapping[str, Any]) -> list[RemoteObject]:
        """What config.yaml holds now may have been in the database before: that row is to go."""
        found, name = ctx.found.get(self.kind, {}), desired["name"]
        if not only_in_config(desired, ctx.capabilities) or name not in found or not from_config(found[name].raw):
            return []
        return [one for one in found.values() if self.identify(one.raw)[0] == name and not from_config(one.raw)]

    def check(self, ctx: Context, entry: dict[str, Any]) -> None:
        for option in ("name", "alias"):
            if entry[option]:
                refuse_name(option, entry[option])
        if entry["transport"] == "stdio":
            if not entry["command"] or not entry["args"]:
                raise UserError("transport stdio needs command and at least one entry in args.", "entry_refused")
            if not ctx.capabilities.stdio_any_command and entry["command"] not in _STDIO_COMMANDS:
                raise UserError(
                    f"LiteLLM {ctx.capabilities.version} starts {', '.join(_STDIO_COMMANDS)} only, not "
                    f"{entry['command']!r}.",
                    "entry_refused",
                )
        else:
            if entry["command"] and not entry["url"]:
                raise UserError(
                    f"it has a command and no url, which is a server over stdio: set transport: stdio, or give the url "
                    f"of a server that speaks {entry['transport']}.",
                    "entry_refused",
                )
            if entry["url"] != PLACEHOLDER:
                refuse_url(entry["transport"], entry["url"])
            if entry["command"] or entry["args"]:
                raise UserError(f"command and args are for transport stdio, not {entry['transport']}.", "entry_refused")
        current = ctx.found.get(self.kind, {}).get(entry["name"])
        if sentence := problem(entry, current.state if current else {}, ctx.capabilities):
            raise UserError(sentence, "entry_refused")
        self._check_tools(entry)
        self.refuse_unsupported(ctx, entry)

    @staticmethod
    def _check_tools(entry: dict[str, Any]) -> None:
        known = entry.get("tools") or []
        named = [(option, name) for option in _OF_TOOLS for name in entry.get(option) or ()] if known else []
        for option, name in named:
            if name not in known and not (option == "disallowed_tools" and any(_named(one, [name]) for one in known)):
                raise UserError(
                    f"{option} names {str(name)!r}, which is none of its tools ({', '.join(known)}): correct the name, "
                    "or add it to tools.",
                    "entry_refused",
                )
        if entry.get("disallowed_tools") and not entry["allowed_tools"]:
            raise UserError(
                "disallowed_tools leaves no tool that is known: give the names of all its tools as tools, of which "
                "those that are left are offered.",
                "entry_refused",
            )
        shown = list(entry["tool_display_names"].values())
        for name in shown:
            if not _DISPLAY.fullmatch(str(name)):
                raise UserError(
                    f"tool_display_names: {name!r} must consist of letters, digits, _ and - only.", "entry_refused"
                )
            if shown.count(name) > 1:
                raise UserError(
                    f"tool_display_names: two tools have the name {name!r}; give each its own.", "entry_refused"
                )

    @staticmethod
    def _refuse_by_api(ctx: Context, desired: dict[str, Any]) -> None:
        if only_in_config(desired, ctx.capabilities):
            raise UserError(
                f"LiteLLM {ctx.capabilities.version} keeps an MCP server's credential in config.yaml alone, and there "
                "it is not as this entry says: put the entry into litellm_mcp_servers and run the role litellm_gateway "
                "(site.yml), which writes it there, or use LiteLLM 1.79.3 or newer.",
                "entry_refused",
            )

    def take_over(self, ctx: Context, desired: list[dict[str, Any]]) -> None:
        """After an upgrade: the grants that a server had while config.yaml held it, of keys made by hand as well.

        Not before it is made: newer LiteLLM drops what no server has from a key that it writes.
        """
        if not ctx.capabilities.server_credentials:
            return
        now = {old: self.new_id(one["name"]) for one in desired if one.get("auth_value") for old in config_ids(one)}
        revoke_servers(ctx, [RemoteObject(self.kind, old, {}) for old in now], now)

    def create(self, ctx: Context, desired: dict[str, Any]) -> None:
        self._refuse_by_api(ctx, desired)
        ctx.client.post("/v1/mcp/server", self._body(ctx, desired, self.new_id(desired["name"])))

    def update(self, ctx: Context, current: RemoteObject, desired: dict[str, Any], changes: list[str]) -> None:
        self._refuse_by_api(ctx, desired)
        if from_config(current.raw):
            raise UserError(
                "it is in the gateway's config.yaml: change it there, or choose another name.", "entry_refused"
            )
        body = self._body(ctx, desired, current.id, {name: current.state[name] for name in _SECRET})
        taken_away = any(name in changes and not desired[name] for name in _SECRET)
        if ctx.capabilities.live_server_edits and ctx.capabilities.partial_server_update and not taken_away:
            ctx.client.put("/v1/mcp/server", body)
            return
        unknown = [name for name in _SECRET if name not in desired]
        if unknown and ctx.capabilities.server_credentials:
            raise UserError(
                f"LiteLLM {ctx.capabilities.version} changes a server only by making it anew, for which {unknown[0]} "
                "has to be known: put it into the store by the name that its lookup says.",
                "entry_refused",
            )
        self._drop(ctx, current)
        ctx.client.post("/v1/mcp/server", body)

    def release(self, ctx: Context, current: list[RemoteObject]) -> None:
        gone = [one for one in current if not from_config(one.raw)]
        now = {one.id: ctx.found[self.kind].get(self.identify(one.raw)[0]) for one in gone}
        revoke_servers(ctx, gone, {old: new.id for old, new in now.items() if new and from_config(new.raw)})

    def delete(self, ctx: Context, current: RemoteObject) -> None:
        if from_config(current.raw):
            raise UserError("it is in the gateway's config.yaml: remove it there.", "entry_refused")
        self._drop(ctx, current)

    @staticmethod
    def _drop(ctx: Context, current: RemoteObject) -> None:
        try:
            ctx.client.delete(f"/v1/mcp/server/{current.id}")
        except ApiError as error:
            if error.status != 404:
                raise

    def _body(
        self, ctx: Context, desired: dict[str, Any], identifier: str, kept: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The whole server: what is left out of an update would be kept by some versions and lost by others."""
        name = desired["name"]
        body: dict[str, Any] = {"server_id": identifier, "server_name": name}
        for option, wire in _WIRE.items():
            needs = self.fields[option].needs
            if needs is None or getattr(ctx.capabilities, needs):
                body[wire] = desired[option]
        body["alias"] = desired["alias"] or name
        for option in ("url", "command", "description", "token_url"):
            if option in body:
                body[option] = desired[option] or None
        if ctx.capabilities.server_timeout:
            body["timeout"] = desired["server_timeout"] or None
        secrets = {
            each: digest(self.kind, name, desired[each]) if each in desired else (kept or {}).get(each)
            for each in _SECRET
        }
        mark = {"owner": ctx.owner, "digest": secrets.pop("auth_value")}
        mark |= {each: value for each, value in secrets.items() if value}
        info: dict[str, Any] = {"server_name": name, MARK: mark}
        if desired["description"]:
            info["description"] = desired["description"]
        if desired["cost_per_call"] or desired["tool_costs"]:
            info["mcp_server_cost_info"] = {
                "default_cost_per_query": desired["cost_per_call"] or None,
                "tool_name_to_cost_per_query": desired["tool_costs"] or None,
            }
        body["mcp_info"] = info
        credentials: dict[str, Any] = {each: desired[each] for each in _SECRET if desired.get(each)}
        if ctx.capabilities.oauth2_client:
            oauth2 = desired["auth_type"] == "oauth2"
            body["oauth2_flow"] = "client_credentials" if oauth2 else None
            credentials |= {"scopes": desired["scopes"]} if oauth2 else {}
        if credentials:
            body["credentials"] = credentials
        return body
