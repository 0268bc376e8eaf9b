# SPDX-License-Identifier: GPL-3.0-or-later
"""How often the address of an MCP server is looked up."""

from __future__ import annotations

import asyncio
import socket
from types import SimpleNamespace

import anyio
import pytest
from mcp_lan_filter.names import HOLDS, MOST, Kept, wrap


class Names:
    """Tells an address, and counts how often."""

    def __init__(self) -> None:
        self.address, self.asked, self.now = "192.0.2.1", [], 100.0
        self.kept = Kept(self.look_up, lambda: self.now)

    async def look_up(self, host, port, **options):
        self.asked.append((host, port, options))
        if self.address is None:
            raise socket.gaierror("no such name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (self.address, port))]

    def tell(self, host: str = "alpha", port: int = 8000, **options) -> str:
        ((*_others, (address, _port)),) = asyncio.run(self.kept(host, port, **options))
        return address


def test_it_is_asked_once_for_a_second():
    names = Names()
    assert [names.tell() for _ in range(4)] == ["192.0.2.1"] * 4 and len(names.asked) == 1
    names.address = "192.0.2.2"
    names.now += HOLDS - 0.01
    assert names.tell() == "192.0.2.1"
    names.now += 0.01
    assert names.tell() == "192.0.2.2" and len(names.asked) == 2


def test_another_question_has_an_answer_of_its_own():
    names = Names()
    for host, port, options in [("alpha", 1, {}), ("beta", 1, {}), ("alpha", 2, {}), ("alpha", 1, {"type": 1})]:
        names.tell(host, port, **options)
    assert len(names.asked) == 4


def test_a_failure_is_not_kept():
    names = Names()
    names.address = None
    for _ in range(2):
        with pytest.raises(socket.gaierror):
            names.tell()
    names.address = "192.0.2.3"
    assert names.tell() == "192.0.2.3"


def test_whoever_asks_may_change_the_answer():
    names = Names()
    asyncio.run(names.kept("alpha", 1)).clear()
    assert names.tell(port=1) == "192.0.2.1"


def test_so_many_are_kept_at_most():
    names = Names()
    for number in range(3 * MOST):
        names.tell(f"host-{number}")
        assert len(names.kept.found) <= MOST


def test_a_connection_is_opened_to_what_was_found(monkeypatch):
    """As anyio does it, of whose modules this is the one."""
    import anyio._core._sockets as module

    names = Names()
    names.address = "127.0.0.1"
    fake = SimpleNamespace(getaddrinfo=names.look_up)
    wrap(fake)
    monkeypatch.setattr(module, "getaddrinfo", fake.getaddrinfo)

    async def connect() -> None:
        async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
            for _ in range(3):
                async with await anyio.connect_tcp("alpha.test", listener.extra(anyio.abc.SocketAttribute.local_port)):
                    pass

    asyncio.run(connect())
    assert [host for host, _port, _options in names.asked].count("alpha.test") == 1
