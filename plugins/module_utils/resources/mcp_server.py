# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MCP servers that the gateway's database holds.

Oddities of the API: an update is a full replacement before 1.88, and the running gateway does not notice it before
1.80.8, so there a change is a deletion and a creation with the same id, which keeps the keys that name it valid. Old
versions drop the ownership mark: there an id that is derived from the name is one, of the default owner.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.gateway_error import GatewayError
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.base import (
    MARK,
    OWNER,
    Context,
    Field,
    Found,
    Resource,
    ResourceError,
    digest,
)
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources.revoke import revoke_servers
from ansible_collections.mcp_lan.litellm.plugins.module_utils.store import PLACEHOLDER

_STDIO_COMMANDS = ("npx", "uvx", "python", "python3", "node", "docker", "deno")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.]*")
_WIRE = {
    "alias": "alias",
    "description": "description",
    "transport": "transport",
    "url": "url",
    "command": "command",
    "args": "args",
    "env": "env",
    "auth_type": "auth_type",
    "access_groups": "mcp_access_groups",
    "allowed_tools": "allowed_tools",
    "static_headers": "static_headers",
    "extra_headers": "extra_headers",
}
_EMPTY = {"args": [], "env": {}, "access_groups": [], "allowed_tools": [], "static_headers": {}, "extra_headers": []}


def from_config(raw: Mapping[str, Any]) -> bool:
    """Whether config.yaml has it: newer versions say so, older ones give such a server an id without hyphens."""
    if "is_config" in raw:
        return bool(raw["is_config"])
    return not raw.get("created_by") and re.fullmatch(r"[0-9a-f]{32}", raw["server_id"]) is not None


class McpServer(Resource):
    kind = "mcp_server"
    plural = "mcp_servers"
    title = "MCP server"
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
            "How the gateway shows a credential to it.",
            choices=("none", "api_key", "bearer_token", "basic", "authorization"),
            default="none",
        ),
        "auth_value": Field("The credential itself.", no_log=True, default="", needs="server_credentials", secret=True),
        "access_groups": Field("Groups by which keys may refer to it.", "list", "str", default=[]),
        "allowed_tools": Field(
            "The only tools that are offered. Left out, all are.",
            "list",
            "str",
            default=[],
            needs="server_credentials",
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
        "cost_per_call": Field("What a call of one of its tools costs, in US dollars.", "float", default=0.0),
        "tool_costs": Field("What a call costs for tools that differ from I(cost_per_call).", "dict", default={}),
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
        return raw.get("server_name") or raw.get("alias") or "", raw["server_id"]

    def mark(self, raw: dict[str, Any]) -> dict[str, Any] | None:
        kept = (raw.get("mcp_info") or {}).get(MARK)
        name, identifier = self.identify(raw)
        return kept or ({"owner": OWNER} if identifier == self.new_id(name) else None)

    def observe(self, ctx: Context, raw: dict[str, Any]) -> dict[str, Any]:
        state = {name: raw.get(wire) or _EMPTY.get(name, "") for name, wire in _WIRE.items()}
        state["auth_type"] = raw.get("auth_type") or "none"
        # LiteLLM fills the alias of its own accord with the name; of one without a name the alias is it.
        if state["alias"] == self.identify(raw)[0]:
            state["alias"] = ""
        cost = (raw.get("mcp_info") or {}).get("mcp_server_cost_info") or {}
        state["auth_value"] = ((raw.get("mcp_info") or {}).get(MARK) or {}).get("digest")
        state["cost_per_call"] = float(cost.get("default_cost_per_query") or 0.0)
        state["tool_costs"] = dict(cost.get("tool_name_to_cost_per_query") or {})
        return state

    def entry(self, ctx: Context, there: Found) -> dict[str, Any]:
        entry = super().entry(ctx, there)
        if there.state["auth_value"] or ("auth_type" in entry and ctx.capabilities.server_credentials):
            entry["auth_value"] = PLACEHOLDER
        return entry

    def left_out(self, ctx: Context, there: Found) -> str | None:
        return "it is in the gateway's config.yaml" if from_config(there.raw) else None

    def complete(self, entry: Any) -> dict[str, Any]:
        whole = super().complete(entry)
        if whole["alias"] == whole["name"]:
            whole["alias"] = ""
        whole["env"] = {name: str(value) for name, value in whole["env"].items()}
        whole["tool_costs"] = {name: float(value) for name, value in whole["tool_costs"].items()}
        return whole

    def changes(self, ctx: Context, wanted: Any, there: Found) -> list[str]:
        differing = super().changes(ctx, wanted, there)
        if "auth_value" in differing and MARK not in (there.raw.get("mcp_info") or {}) and not wanted["auth_value"]:
            differing.remove("auth_value")  # made by hand: whether it has one cannot be seen
        return differing

    def check(self, ctx: Context, entry: dict[str, Any]) -> None:
        for option in ("name", "alias"):
            value = entry[option]
            if value and not _NAME.fullmatch(value):
                better = re.sub(r"[^A-Za-z0-9_.]", "_", value)
                raise ResourceError(
                    f"the {option} {value!r} must consist of letters, digits, _ and . only: LiteLLM separates server "
                    f"and tool by '-'; {better!r} would do."
                )
        if entry["transport"] == "stdio":
            if not entry["command"] or not entry["args"]:
                raise ResourceError("transport stdio needs command and at least one entry in args.")
            if not ctx.capabilities.stdio_any_command and entry["command"] not in _STDIO_COMMANDS:
                raise ResourceError(
                    f"LiteLLM {ctx.capabilities.version} starts {', '.join(_STDIO_COMMANDS)} only, not "
                    f"{entry['command']!r}."
                )
        else:
            if entry["command"] and not entry["url"]:
                raise ResourceError(
                    f"it has a command and no url, which is a server over stdio: set transport: stdio, or give the url "
                    f"of a server that speaks {entry['transport']}."
                )
            if not entry["url"].startswith(("http://", "https://")) and entry["url"] != PLACEHOLDER:
                raise ResourceError(
                    f"transport {entry['transport']} needs url, which begins with http:// or https:// "
                    f"(it is {entry['url']!r})."
                )
            if entry["command"] or entry["args"]:
                raise ResourceError(f"command and args are for transport stdio, not {entry['transport']}.")
        self.refuse_unsupported(ctx, entry)

    def create(self, ctx: Context, wanted: dict[str, Any]) -> None:
        ctx.client.post("/v1/mcp/server", self._body(ctx, wanted, self.new_id(wanted["name"])))

    def update(self, ctx: Context, there: Found, wanted: dict[str, Any], changes: list[str]) -> None:
        if from_config(there.raw):
            raise ResourceError("it is in the gateway's config.yaml: change it there, or choose another name.")
        body = self._body(ctx, wanted, there.id, there.state["auth_value"])
        taken_away = "auth_value" in changes and not wanted["auth_value"]
        if ctx.capabilities.live_server_edits and ctx.capabilities.partial_server_update and not taken_away:
            ctx.client.put("/v1/mcp/server", body)
            return
        if "auth_value" not in wanted and ctx.capabilities.server_credentials:
            raise ResourceError(
                f"LiteLLM {ctx.capabilities.version} changes a server only by making it anew, for which auth_value has "
                "to be known: put it into the store by the name that its lookup says."
            )
        self._drop(ctx, there)
        ctx.client.post("/v1/mcp/server", body)

    def release(self, ctx: Context, there: list[Found]) -> None:
        revoke_servers(ctx, [one for one in there if not from_config(one.raw)])

    def delete(self, ctx: Context, there: Found) -> None:
        if from_config(there.raw):
            raise ResourceError("it is in the gateway's config.yaml: remove it there.")
        self._drop(ctx, there)

    @staticmethod
    def _drop(ctx: Context, there: Found) -> None:
        try:
            ctx.client.delete(f"/v1/mcp/server/{there.id}")
        except GatewayError as error:
            if error.status != 404:
                raise

    def _body(self, ctx: Context, wanted: dict[str, Any], identifier: str, kept: str | None = None) -> dict[str, Any]:
        """The whole server: what is left out of an update would be kept by some versions and lost by others."""
        name = wanted["name"]
        body: dict[str, Any] = {"server_id": identifier, "server_name": name}
        for option, wire in _WIRE.items():
            needs = self.fields[option].needs
            if needs is None or getattr(ctx.capabilities, needs):
                body[wire] = wanted[option]
        body["alias"] = wanted["alias"] or name
        for option in ("url", "command", "description"):
            body[option] = wanted[option] or None
        mark = {"owner": ctx.owner, "digest": kept}
        if "auth_value" in wanted:
            mark["digest"] = digest(self.kind, name, wanted["auth_value"])
        info: dict[str, Any] = {"server_name": name, MARK: mark}
        if wanted["description"]:
            info["description"] = wanted["description"]
        if wanted["cost_per_call"] or wanted["tool_costs"]:
            info["mcp_server_cost_info"] = {
                "default_cost_per_query": wanted["cost_per_call"] or None,
                "tool_name_to_cost_per_query": wanted["tool_costs"] or None,
            }
        body["mcp_info"] = info
        if wanted.get("auth_value"):
            body["credentials"] = {"auth_value": wanted["auth_value"]}
        return body
