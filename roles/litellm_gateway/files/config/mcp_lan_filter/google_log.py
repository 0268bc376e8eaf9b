# A request of Google's generateContent has its row in the spend log whoever answers it.
# SPDX-License-Identifier: GPL-3.0-or-later
"""LiteLLM looks for the usage in the HTTP answer of Google itself. With a model of another provider there is none; it
fails there and logs nothing (seen on 1.77.3 and 1.108.7: litellm_logging.py, C(httpx_response is None)). What it gives
back in Google's form has the usage as well.
"""

from __future__ import annotations

import functools

WRITER = "_handle_non_streaming_google_genai_generate_content_response_logging"


def wrap(module) -> None:
    """The module's class that logs reads the usage from what it answers where nothing of Google's came."""
    write = getattr(module.Logging, WRITER)

    @functools.wraps(write)
    def wrapped(self, result):
        if self.model_call_details.get("httpx_response") is None and isinstance(result, dict):
            import httpx

            self.model_call_details["httpx_response"] = httpx.Response(200, json=result)
        return write(self, result)

    setattr(module.Logging, WRITER, wrapped)
