# Which prompts a key may get, and which resources it may read: its own policy, before LiteLLM has seen the request.
# SPDX-License-Identifier: GPL-3.0-or-later
"""LiteLLM 1.108.7 looks at the server alone, and calls no guard for them. So they are judged by the name that the
client has sent, and what is let through is sent on to the one server that it was judged for.

That makes resources readable for keys of several servers as well: their URIs name none, and LiteLLM refuses to read one
where there is more than one server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from mcp_lan_filter.bodies import INVALID_PARAMS, READS
from mcp_lan_filter.policy import SEPARATOR, name_of, names, part_of, policy_of, prefix_of
from mcp_lan_filter.refusal import Refusal

SELECTOR = b"x-mcp-servers"
# What each list is of: the field of the result, and the part of the policy.
LISTS = {
    "prompts/list": ("prompts", "prompts"),
    "resources/list": ("resources", "resources"),
    "resources/templates/list": ("resourceTemplates", "resources"),
}
CLIMBS = re.compile(r"(^|/)\.\.?([/?#]|$)|\\")
DECODED = 4


def reads(entries, uri: str) -> bool:
    """Whether one server's resources name this one. One that climbs out of where it begins is named in full or not."""
    if names(entries, uri) and isinstance(entries, list):
        return "*" in entries or uri in entries or not climbs(uri)
    return False


def climbs(uri: str) -> bool:
    """Whether a URI has a part C(.) or C(..), also where it is percent-encoded: servers resolve it, each in its way."""
    for _time in range(DECODED):
        if CLIMBS.search(uri.partition("://")[2] or uri):
            return True
        plain = unquote(uri)
        if plain == uri:
            return False
        uri = plain
    return True


def shows(entries, template: str) -> bool:
    """Whether one server's resources name one at least that this template may stand for."""
    fixed = template.partition("{")[0]
    return isinstance(entries, list) and any(
        entry == "*" or entry.startswith(fixed) or (entry.endswith("*") and fixed.startswith(entry[:-1]))
        for entry in entries
    )


def may(scope, part: str, name: str) -> bool:
    """Whether one server's part of a policy names this prompt or resource."""
    entries = part_of(scope, part)
    return reads(entries, name) if part == "resources" else names(entries, name)


def selected_by(path: str, headers: list[tuple[bytes, bytes]]) -> set[str] | None:
    """The servers or access groups that a request names, which LiteLLM takes from its path before its header."""
    said = path.removeprefix("/mcp").strip("/") or dict(headers).get(SELECTOR, b"").decode("latin-1")
    return {one.strip().lower() for one in said.split(",") if one.strip()} or None


def _answers_to(server, selected: set[str] | None) -> bool:
    called = {server.alias, server.server_name, *(getattr(server, "access_groups", None) or ())}
    return selected is None or bool(selected & {str(one).lower() for one in called})


def server_for(key, asked: Mapping, selected: set[str] | None, manager) -> str | None:
    """The prefix of the one server that this prompt or resource is of, for a key (LiteLLM's UserAPIKeyAuth); None for
    an administrator's who names none. Refusal where the key may not use it.

    asked: C(method), C(subject) (the prompt's name or the resource's URI) and C(id), as bodies.asked_later has them.
    """
    part, verb = READS[asked["method"]]
    subject = asked["subject"]
    servers = [server for server in manager.get_registry().values() if _answers_to(server, selected)]
    if part == "prompts":
        prefix, _separator, subject = subject.partition(SEPARATOR)
        servers = [server for server in servers if prefix_of(server) == prefix]
    policy = policy_of(key) if key is not None else None
    if policy is not None:
        servers = [server for server in servers if may(policy.get(name_of(server)), part, subject)]
    elif key is not None and key.user_role != "proxy_admin":
        servers = []
    if len(servers) == 1:
        return prefix_of(servers[0])
    if not servers:
        raise _refused(asked, f"This key may not {verb} '{_shown(asked['subject'])}'.")
    if policy is None:
        return None
    among = ", ".join(sorted(prefix_of(server) for server in servers))
    raise _refused(
        asked, f"'{_shown(asked['subject'])}' may be of several servers ({among}); ask at /mcp/ and the name of one."
    )


def _shown(subject: str) -> str:
    return re.sub(r"[^ -~]", "?", subject)[:200]


def _refused(asked: Mapping, sentence: str) -> Refusal:
    return Refusal(200, sentence, "params", (asked["id"], INVALID_PARAMS))


def pinned(path: str, headers: list[tuple[bytes, bytes]], prefix: str | None):
    """Path and headers that name this server alone."""
    if prefix is None:
        return path, headers
    return f"/mcp/{prefix}", [(name, value) for name, value in headers if name != SELECTOR]


def narrowed(method: str, result: dict, policy: Mapping, manager) -> None:
    """Take out of a list what the policy does not name. LiteLLM puts the server's prefix before all names."""
    field, part = LISTS[method]
    by_prefix = {prefix_of(server): name_of(server) for server in manager.get_registry().values()}
    kept = []
    for one in result.get(field) or []:
        prefix, _separator, name = str(one.get("name")).partition(SEPARATOR)
        entries = part_of(policy.get(by_prefix.get(prefix)), part)
        if method == "resources/templates/list":
            shown = shows(entries, str(one.get("uriTemplate")))
        else:
            shown = reads(entries, str(one.get("uri"))) if part == "resources" else names(entries, name)
        if shown:
            kept.append(one)
    result[field] = kept
