# Opens to clients' keys what LiteLLM 1.77.3 has left out of its own list of routes for them.
# SPDX-License-Identifier: GPL-3.0-or-later
"""It serves these routes and asks for a key, but its table of routes for models lacks them, so that it takes them for
administration. Later versions have them in the table (1.108.7: C(proxy/_types.py), LiteLLMRoutes), but for a single
model, which they still keep to keys of users, and with C({model_name:path}), which fits no name with a colon.
"""

from __future__ import annotations

ROUTES = (
    "/models/{model_id}",
    "/v1/models/{model_id}",
    "/v1/messages/count_tokens",
    "/v1beta/models/{model_name}:countTokens",
    "/v1beta/models/{model_name}:generateContent",
    "/v1beta/models/{model_name}:streamGenerateContent",
)


def complete(module) -> None:
    """Add those that are missing to what a key with the routes of models may use."""
    routes = module.LiteLLMRoutes
    missing = [route for route in ROUTES if route not in routes.llm_api_routes.value]
    for table in (routes.openai_routes.value, routes.llm_api_routes.value):
        table.extend(route for route in missing if route not in table)
