# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that is dead and one that hangs: what the others' tools lose by it, which is nothing, or a known time."""

from __future__ import annotations

import statistics
import time

import pytest
from transports import VERSION, Deployment, refused

SERVICES = Deployment.of("services")
HEALTHY = (("everything-echo", {"message": "here"}), ("filesystem-list_allowed_directories", {}))
# How long a gateway waits for one server in a list: 1.77.3 says so in its code, newer ones are told by the role, and
# wait twice in a first list. There each other request of a session waits for it too. After 60 s clients give up.
OLD = VERSION.startswith("1.77.")
LIST_LIMIT = 30 if OLD else 2 * 25
REQUESTS_LIMIT = 0 if OLD else 6 * 3
# On a machine with other work an answer takes now and then longer than twice the median.
SLACK = 1.0


def seconds(key, *calls, times=5):
    """The median time of a session that lists and makes these calls, all of which have to go through."""
    taken = []
    for _time in range(times):
        began = time.monotonic()
        answer = SERVICES.ask(key, *calls)
        taken.append(time.monotonic() - began)
        assert not any(refused(call) for call in answer["calls"]), answer["calls"]
    return statistics.median(taken), answer["tools"]


@pytest.fixture
def broken():
    """One server is stopped, and one does not move: it takes connections and never answers."""
    before = seconds("reader", *HEALTHY)[0]
    dead, hanging = SERVICES.container("mcp-liveliness"), SERVICES.container("mcp-git")
    dead.stop(timeout=5)
    hanging.pause()
    yield before
    hanging.unpause()
    SERVICES.start("mcp-liveliness")


def test_the_others_keep_their_tools(broken):
    with_scope, _tools = seconds("reader", *HEALTHY)
    began = time.monotonic()
    answer = SERVICES.ask("all", *HEALTHY)
    without_scope = time.monotonic() - began
    print(f"LiteLLM {VERSION}: list and two calls {broken:.2f} s before; with a dead and a hanging server "
          f"{with_scope:.2f} s for a key that may not use them, {without_scope:.1f} s for one that may")  # fmt: skip
    assert with_scope < 2 * broken + SLACK
    # A key that may use them waits for the one that hangs, once in its list, and has all the others' tools then.
    assert without_scope < LIST_LIMIT + REQUESTS_LIMIT + 2 * broken + 5
    assert {"everything-echo", "filesystem-read_text_file", "fetch-fetch"} <= set(answer["tools"])
    assert not any(refused(call) for call in answer["calls"]), answer["calls"]
