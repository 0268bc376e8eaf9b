# A row of the spend log names the request that it is of, and a tool's says whether the tool has failed.
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request in the column session_id, which LiteLLM fills with a value of its own unless a client names a session,
which none may here. It makes rows in the context of their request (litellm_core_utils/logging_worker.py). LiteLLM
1.77.3 takes whatever a tool answers for a success.
"""

from __future__ import annotations

import functools

from mcp_lan_filter.current import current, named

TOOL = "call_mcp_tool"


def wrap(module) -> None:
    """The module's function that makes a row."""
    make = module.get_logging_payload

    @functools.wraps(make)
    def wrapped(*args, **kwargs):
        row, request, served = make(*args, **kwargs), named.get(), current.get()
        if request:
            row["session_id"] = request.id
        if served and served.failed and row.get("call_type") == TOOL:
            row["status"] = "failure"
        return row

    module.get_logging_payload = wrapped
