# A row of the spend log names the request that it is of.
# SPDX-License-Identifier: GPL-3.0-or-later
"""In the column session_id, which LiteLLM fills with a value of its own unless a client names a session, which none may
here. It makes rows in the context of their request (litellm_core_utils/logging_worker.py).
"""

from __future__ import annotations

import functools

from mcp_lan_filter.current import named


def wrap(module) -> None:
    """The module's function that makes a row."""
    make = module.get_logging_payload

    @functools.wraps(make)
    def wrapped(*args, **kwargs):
        row, request = make(*args, **kwargs), named.get()
        if request:
            row["session_id"] = request.id
        return row

    module.get_logging_payload = wrapped
