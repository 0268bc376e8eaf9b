# What is known of the request that is being served, for whoever is called while it is.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field

from mcp_lan_filter.states import State

# How many credentials are remembered for the log; LiteLLM logs a request within seconds.
REMEMBERED = 256
# What is shorter is a word, which anybody could have taken out of the log by sending it.
SHORTEST = 16


@dataclass
class Current:
    """One client's request, from the moment when it was let through."""

    key: str | None = None
    """The key that it was sent with."""
    method: str | None = None
    """The method of a JSON-RPC request, such as C(tools/call)."""
    credentials: list[str] = field(default_factory=list)
    """What it has brought as credentials."""
    refused: bool = False
    """Whether the guard or a limit has refused a tool."""
    state: State | None = None
    """The limit that it has refused it for, where it was one."""
    failed: bool = False
    """Whether the tool that was called said that it failed."""
    charged: set[str] = field(default_factory=set)
    """The calls that were let through, by tool and arguments: LiteLLM may ask the guard more than once for one."""
    ended: list[Callable[[], None]] = field(default_factory=list)
    """What is to be called when it has been served."""


@dataclass
class Named:
    """What the log has of a request, a client's or the administration's."""

    id: str
    """What all logs call it: the front door has made it."""
    key: str | None = None
    """The alias of its key, once LiteLLM has let that in."""
    rpc: str | None = None
    tool: str | None = None
    refused: bool = False
    """Whether the filter, the guard or a limit has refused it, whatever the status of the answer is."""
    waited: float = 0.0
    """For a place at its model, in seconds."""


named: ContextVar[Named | None] = ContextVar("mcp_lan_named", default=None)
current: ContextVar[Current | None] = ContextVar("mcp_lan_request", default=None)
_credentials: OrderedDict[str, None] = OrderedDict()


def remember(value: str) -> None:
    """A credential that a request has brought, so that no log repeats it."""
    if len(value) < SHORTEST or value.isalpha() or not value.isascii():
        return
    _credentials[value] = None
    _credentials.move_to_end(value)
    if len(_credentials) > REMEMBERED:
        _credentials.popitem(last=False)


def remembered() -> list[str]:
    """The credentials of this request and of the last ones."""
    request = current.get()
    return [*(request.credentials if request else ()), *_credentials]
