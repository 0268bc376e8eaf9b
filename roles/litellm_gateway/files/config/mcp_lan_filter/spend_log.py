# A row of the spend log names the request that it is of, says whether a tool has failed, and holds no price list.
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request in the column session_id, which LiteLLM fills with a value of its own unless a client names a session,
which none may here. It makes rows in the context of their request (litellm_core_utils/logging_worker.py). LiteLLM
1.77.3 takes whatever a tool answers for a success. Of each chat it would keep all that it knows of the model, which
are 80 % of a row of 1.108.7 (8 of 10 KB) and nothing that it reads again; the prices are kept.
"""

from __future__ import annotations

import functools

from mcp_lan_filter.current import current, named

TOOL = "call_mcp_tool"
MODEL = "model_map_information"


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
    describe = module._get_spend_logs_metadata

    @functools.wraps(describe)
    def described(*args, **kwargs):
        if known := kwargs.get(MODEL):
            kwargs[MODEL] = {**known, "model_map_value": _prices(known["model_map_value"])}
        return describe(*args, **kwargs)

    module._get_spend_logs_metadata = described


def _prices(known):
    """What a model costs, of all that LiteLLM knows of it; None where it knows nothing."""
    return known and {name: value for name, value in known.items() if "cost" in name and value is not None}
