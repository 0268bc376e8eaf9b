# What a request is answered that is not let through.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass

# What each protocol calls a status: OpenAI's type and code, Anthropic's type, Google's status, JSON-RPC's code.
WORDS = {
    400: ("invalid_request_error", "invalid_request", "invalid_request_error", "INVALID_ARGUMENT", -32600),
    401: ("authentication_error", "invalid_api_key", "authentication_error", "UNAUTHENTICATED", -32001),
    403: ("permission_error", "forbidden", "permission_error", "PERMISSION_DENIED", -32600),
    404: ("not_found_error", "not_found", "not_found_error", "NOT_FOUND", -32600),
    405: ("invalid_request_error", "method_not_allowed", "invalid_request_error", "INVALID_ARGUMENT", -32600),
    413: ("invalid_request_error", "request_too_large", "request_too_large", "INVALID_ARGUMENT", -32600),
    429: ("rate_limit_error", "rate_limit_exceeded", "rate_limit_error", "RESOURCE_EXHAUSTED", -32603),
    500: ("server_error", "server_error", "api_error", "INTERNAL", -32603),
    503: ("server_error", "unavailable", "overloaded_error", "UNAVAILABLE", -32603),
}
OTHER_CLIENT, OTHER_SERVER = WORDS[400], WORDS[500]


def words(status: int) -> tuple[str, str, str, str, int]:
    """The entry of WORDS for a status, or the nearest."""
    return WORDS.get(status) or (OTHER_CLIENT if status < 500 else OTHER_SERVER)


@dataclass
class Refusal(Exception):
    """One sentence for whoever sent the request, with its HTTP status and what it is about."""

    status: int
    message: str
    param: str | None = None
    """The field, header or query parameter, where it is one."""
    rpc: tuple[str | int | None, int] | None = None
    """JSON-RPC's id and code, where the answer is one of that protocol."""

    def __str__(self) -> str:
        return self.message


def shaped(
    shape: str, status: int, message: str, param: str | None = None, error: dict | None = None, rpc: tuple | None = None
) -> dict:
    """An error as the protocol has it; error: what LiteLLM said in OpenAI's shape, kept where that is the shape."""
    kind, code, anthropic, google, code_of_rpc = words(status)
    if shape == "jsonrpc":
        identity, number = rpc or (None, code_of_rpc)
        return {"jsonrpc": "2.0", "id": identity, "error": {"code": number, "message": message}}
    if shape == "anthropic":
        return {"type": "error", "error": {"type": anthropic, "message": message}}
    if shape == "google":
        return {"error": {"code": status, "message": message, "status": google}}
    if error is not None:
        return {"error": {"type": kind, "param": None, "code": str(status), **error, "message": message}}
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}
