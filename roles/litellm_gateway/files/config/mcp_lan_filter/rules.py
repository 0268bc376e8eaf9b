# The list of requests, as the application asks it.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import functools
import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from mcp_lan_filter.bodies import CONTROL, Names
from mcp_lan_filter.refusal import Refusal

# The gateway routes by the decoded path, so that only a path that is its own plainest form is judged and used alike.
PLAIN_PATH = re.compile(rb"/([A-Za-z0-9_.,:@=~-]+(/[A-Za-z0-9_,:@=~-][A-Za-z0-9_.,:@=~-]*)*/?)?")
# What LiteLLM has for itself is refused by name; other headers that are not listed are taken out.
OWN_HEADERS = ("x-litellm-", "llm_provider-")
SERVER = "<server>"
# How Google's programs send the key where they set no header.
QUERY_KEY = "key"
DOOR = b"x-mcp-lan-door"
AUDIENCE = b"x-mcp-lan-audience"


@dataclass(frozen=True)
class Route:
    """A route that clients may use."""

    path: re.Pattern
    methods: dict[str, str | None]
    """HTTP method: the name of its body, or None for no body."""
    shape: str
    query: frozenset[str]


class Rules:
    """requests.json. Everything that is asked of it is answered from memory."""

    def __init__(self, data: dict) -> None:
        self.routes = [
            Route(re.compile(one["path"]), one["methods"], one["shape"], frozenset(one.get("query") or ()))
            for one in data["routes"]
        ]
        self.bodies = data["bodies"]
        headers = data["headers"]
        self.key_headers = [name.encode() for name in headers["key"]]
        self.list_headers = frozenset(name.encode() for name in headers["lists"])
        self.headers = _pattern(headers["all"])
        self.mcp_headers = _pattern([*headers["all"], *headers["mcp"], *headers["passed_on"]])
        self.proxy_headers = frozenset(name.encode() for name in headers["proxy"])
        self.never = Names(headers["never"])
        self.origins = frozenset(data["origins"])
        self.open = [ipaddress.ip_network(one) for one in data["open_networks"]]
        self.largest = data["max_body"]
        self.narrow_lists = data["narrow_lists"]
        self.find = functools.lru_cache(1024)(self._find)

    def _find(self, path: str) -> Route | None:
        return next((route for route in self.routes if route.path.fullmatch(path)), None)

    def is_open_to(self, address: str | None) -> bool:
        """Whether LiteLLM is reached from there: from the front door's network, and by the container itself."""
        return not self.open or (address is not None and self._is_open_to(address))

    @functools.lru_cache(1024)  # noqa: B019  (there is one object in a process)
    def _is_open_to(self, address: str) -> bool:
        at = ipaddress.ip_address(address)
        return at.is_loopback or any(at in network for network in self.open)

    def kept_headers(
        self, route: Route, headers: list[tuple[bytes, bytes]], by_door: bool
    ) -> list[tuple[bytes, bytes]]:
        """The headers that go on to LiteLLM; Refusal for one that would tell it what to do.

        by_door: whether the front door has sent them, which alone knows who asks.
        """
        allowed = self.mcp_headers if route.shape == "jsonrpc" else self.headers
        given = dict(headers)
        key = next((name for name in self.key_headers if given.get(name, b"").strip()), None)
        kept = {}
        for name, value in headers:
            if name in (DOOR, AUDIENCE):
                continue
            text = name.decode("latin-1")
            if self.never.have(text) or (text.startswith(OWN_HEADERS) and name not in self.key_headers):
                raise Refusal(
                    400,
                    f"The header '{text}' is not on the list of what this gateway lets through; leave it out.",
                    text,
                )
            if not (allowed.fullmatch(text) or (by_door and name in self.proxy_headers)):
                continue
            if name in kept and name in self.list_headers:
                value = b"%b, %b" % (kept[name], value)
            elif name in kept:
                raise Refusal(400, f"The header '{text}' is in this request twice; send it once.", text)
            # LiteLLM takes a second key for a credential of the provider.
            if name == key or name not in self.key_headers:
                kept[name] = value
        return list(kept.items())

    def checked_query(self, route: Route, scope) -> bytes:
        """The query in its plainest form; Refusal for a parameter that the route does not take, or takes twice."""
        query = scope["query_string"]
        if not query:
            return query
        try:
            given = parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=32, errors="strict")
        except (UnicodeDecodeError, ValueError):
            raise Refusal(400, "The query of this request cannot be read.") from None
        names = [name for name, _value in given]
        for name in names:
            if name not in route.query:
                shown = re.sub(r"[^ -~]", "?", name)[:80]
                raise Refusal(
                    400,
                    f"The parameter '{shown}' is not on the list of what this gateway lets through; leave it out.",
                    shown,
                )
        once = [name for name in names if not name.endswith("[]")]
        if len(set(once)) != len(once):
            raise Refusal(400, "A query parameter is in this request twice; send it once.")
        if QUERY_KEY in names and any(name in self.key_headers and value.strip() for name, value in scope["headers"]):
            raise Refusal(400, "The key is in a header and in the query of this request; send it once.", QUERY_KEY)
        if any(CONTROL.search(value) for _name, value in given):
            raise Refusal(400, "The query of this request has control characters.")
        return urlencode(given).encode()


def _pattern(names) -> re.Pattern:
    """One expression for names of headers; a C(*) at the end stands for any ending, <server> for a server's prefix."""
    parts = []
    for name in names:
        text = re.escape(name.removesuffix("*")).replace(re.escape(SERVER), "[a-z0-9_.-]+")
        parts.append(text + (".+" if name.endswith("*") else ""))
    return re.compile("|".join(parts))
