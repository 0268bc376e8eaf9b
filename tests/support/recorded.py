# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway that answers as one did, for what reads and plans."""

from __future__ import annotations

EMPTY = {
    "/credentials": {"credentials": []},
    "/budget/list": [],
    "/model/info": {"data": []},
    "/tag/list": [],
    "/v1/mcp/server": [],
    "/organization/list": [],
    "/user/list": {"users": []},
    "/v2/team/list": {"teams": []},
    "/customer/list": [],
    "/key/list": {"keys": []},
    "/v2/guardrails/list": {"guardrails": []},
    "/v1/mcp/toolset": [],
    "/v1/access_group": [],
    "/active/callbacks": {"litellm.callbacks": []},
}


class Recorded:
    """Answers as a gateway gave them; anything else is a mistake of the test."""

    def __init__(self, answers):
        self.answers = {**EMPTY, **answers}
        self.api_url = "http://gateway.lan:4000"

    def get(self, path, **_params):
        return self.answers[path]

    def pages(self, path, items, _page, _size, **_params):
        return self.answers[path][items]
