# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Speaks to MCP servers with the official SDK and says in one sentence what is wrong with one that does not answer.

Needs nothing but the `mcp` package, so that it also runs inside the gateway's container (`program`, from standard
input), where an MCP server's name and network are what the gateway will see. Works with mcp 1.12 and newer, and 2.x.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
import warnings
from contextlib import AsyncExitStack
from datetime import timedelta

from ansible_collections.mcp_lan.litellm.plugins.module_utils.probe_why import (
    TEXT_LIMIT,
    ProbeError,
    diagnose,
    explain,
    tls_of,
)


def _leaf(error):
    """The first real cause inside anyio's exception groups."""
    while getattr(error, "exceptions", None):
        error = error.exceptions[0]
    return error


def _trusting(endpoint):
    """What the SDK's clients are told of whom to believe, where that is not who is trusted anyway."""
    verify = tls_of(endpoint)
    if verify is True:
        return {}

    def client(headers=None, timeout=None, auth=None):
        import httpx

        return httpx.AsyncClient(headers=headers, timeout=timeout, auth=auth, verify=verify)

    return {"httpx_client_factory": client}


async def _open(endpoint, stack):
    """The SDK's streams for the endpoint's transport."""
    transport = endpoint["transport"]
    timeout = endpoint["timeout"]
    if transport == "stdio":
        from mcp import StdioServerParameters
        from mcp.client.stdio import stdio_client

        command = StdioServerParameters(
            command=endpoint["command"], args=endpoint.get("args") or [], env=endpoint.get("env") or None
        )
        return await stack.enter_async_context(stdio_client(command))
    if transport == "sse":
        from mcp.client.sse import sse_client

        client = sse_client(
            endpoint["url"],
            headers=endpoint.get("headers") or {},
            timeout=timeout,
            sse_read_timeout=timeout,
            **_trusting(endpoint),
        )
        return await stack.enter_async_context(client)
    try:
        from mcp.client.streamable_http import streamablehttp_client
    except ImportError:  # mcp 2.x: headers and timeouts are the HTTP client's
        from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

        http = create_mcp_http_client(headers=endpoint.get("headers") or {})
        if tls_of(endpoint) is not True:
            http = type(http)(headers=endpoint.get("headers") or {}, verify=tls_of(endpoint))
        http.timeout = timeout
        client = streamable_http_client(endpoint["url"], http_client=await stack.enter_async_context(http))
        return (await stack.enter_async_context(client))[:2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the newer name does not exist in mcp 1.12
        client = streamablehttp_client(
            endpoint["url"],
            headers=endpoint.get("headers") or {},
            timeout=timeout,
            sse_read_timeout=timeout,
            **_trusting(endpoint),
        )
    return (await stack.enter_async_context(client))[:2]


def _wire(model):
    """A message as the protocol writes it: the names of attributes differ between mcp 1.x and 2.x."""
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


def _is_first():
    """Whether the SDK is 1.x: time limits are timedeltas there, and a page is asked for by its cursor alone."""
    import mcp.client.streamable_http as transport

    return hasattr(transport, "streamablehttp_client")


async def _page(session, cursor):
    if _is_first():
        return _wire(await session.list_tools(cursor))
    from mcp.types import PaginatedRequestParams

    return _wire(await session.list_tools(params=PaginatedRequestParams(cursor=cursor)))


async def _list_tools(session):
    """The tools of all pages."""
    page = _wire(await session.list_tools())
    tools = page["tools"]
    while page.get("nextCursor"):
        page = await _page(session, page["nextCursor"])
        tools += page["tools"]
    return tools


async def _call(session, call):
    try:
        result = await session.call_tool(call["tool"], call.get("arguments") or {})
    except Exception as error:  # a JSON-RPC error is an answer too: refused, unknown tool, upstream away
        text = str(_leaf(error))
        lost = "Timed out" in text or "closed" in text.lower()
        return {"tool": call["tool"], "ok": False, "text": text[:TEXT_LIMIT], **({"lost": True} if lost else {})}
    answer = _wire(result)
    text = "\n".join(part.get("text", f"[{part['type']}]") for part in answer.get("content") or [])
    return {"tool": call["tool"], "ok": not answer.get("isError"), "text": text[:TEXT_LIMIT]}


async def _with_token(endpoint):
    """The same endpoint with the OAuth token that LiteLLM would get for it."""
    desired = endpoint.get("oauth2")
    if not desired:
        return endpoint
    import httpx

    url = desired["token_url"]
    form = {"grant_type": "client_credentials", **{name: desired[name] for name in ("client_id", "client_secret")}}
    if desired.get("scopes"):
        form["scope"] = " ".join(desired["scopes"])
    try:
        async with httpx.AsyncClient(timeout=endpoint["timeout"]) as client:
            answer = await client.post(url, data=form)
            token = answer.json().get("access_token") if answer.status_code == 200 else None
    except (httpx.HTTPError, ValueError, AttributeError) as error:
        reason = str(error) or type(error).__name__
        raise ProbeError("auth", f"{url}: no token endpoint answers there ({reason}); correct token_url") from None
    if not token:
        raise ProbeError(
            "auth",
            f"{url}: the token endpoint answers HTTP {answer.status_code} and gives no token; correct client_id, "
            "client_secret and scopes",
        )
    return {**endpoint, "headers": {**(endpoint.get("headers") or {}), "Authorization": f"Bearer {token}"}}


async def _session(endpoint):
    from mcp import ClientSession

    async with AsyncExitStack() as stack:
        read, write = await _open(endpoint, stack)
        limit = timedelta(seconds=endpoint["timeout"]) if _is_first() else endpoint["timeout"]
        session = await stack.enter_async_context(ClientSession(read, write, read_timeout_seconds=limit))
        hello = _wire(await session.initialize())
        tools = await _list_tools(session) if "tools" in hello["capabilities"] else []
        calls = [await _call(session, call) for call in endpoint.get("calls") or []]
        return {
            "server": f"{hello['serverInfo']['name']} {hello['serverInfo']['version']}",
            "protocol_version": hello["protocolVersion"],
            "tools": sorted(tool["name"] for tool in tools),
            "input_schemas": {tool["name"]: tool["inputSchema"] for tool in tools},
            "calls": calls,
        }


# ------------------------------------------------------------------ what is offered to callers


async def probe(endpoint):
    """One endpoint: a dict with transport, url or command, headers, timeout (seconds) and calls.

    oauth2 (token_url, client_id, client_secret, scopes) is what to get a token with first; client_credential says that
    each client brings its own, so that a server which wants one is as it should be.
    Returns a dict: ok, server, protocol_version, tools, calls; or ok false with kind and error (one sentence).
    """
    endpoint = {"transport": "http", "timeout": 10, **endpoint}
    label = {"name": endpoint.get("name"), "transport": endpoint["transport"]}
    try:
        # Each request has its own limit. The whole has one too, for a server that takes the connection and stays mute;
        # it leaves the SDK time to end a stdio process, which a cancellation in the middle of it would leave behind.
        endpoint = await _with_token(endpoint)
        limit = endpoint["timeout"] * (2 + len(endpoint.get("calls") or [])) + 6
        found = await asyncio.wait_for(_session(endpoint), limit)
    except ImportError:
        raise
    except BaseException as error:  # anyio wraps a lost connection in groups and cancellations
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        why = error if isinstance(error, ProbeError) else await diagnose(endpoint, _leaf(error))
        if why.kind == "auth" and endpoint.get("client_credential"):
            return {**label, "ok": True, "tools": [], "calls": []}
        return {**label, "ok": False, "kind": why.kind, "error": str(why), "tools": [], "calls": []}
    for call in found["calls"]:
        if call.pop("lost", False):
            call["text"] = await explain(endpoint, call)
    if not found["tools"] and endpoint.get("needs_tools", True):
        place = endpoint.get("url") or endpoint.get("command")
        return {
            **label,
            **found,
            "ok": False,
            "kind": "no_tools",
            "error": f"{place}: the server answers and offers no tool; check what it needs to start with",
        }
    return {**label, **found, "ok": True}


async def _gather(endpoints, at_once):
    gate = asyncio.Semaphore(at_once)

    async def one(endpoint):
        async with gate:
            return await probe(endpoint)

    return await asyncio.gather(*(one(endpoint) for endpoint in endpoints))


def run(endpoints, at_once=8):
    """Probe every endpoint, at most `at_once` at a time; the answers in the same order."""
    return asyncio.run(_gather(endpoints, at_once))


def program(endpoints):
    """This file and what it needs as one text for a Python that has the mcp package and not this collection."""
    parts = [
        f"part = sys.modules[{module.__name__!r}] = types.ModuleType({module.__name__!r})\n"
        f"exec({inspect.getsource(module)!r}, part.__dict__)\n"
        for module in (sys.modules[diagnose.__module__], sys.modules[__name__])
    ]
    return "import sys, types\n" + "".join(parts) + f"part.main({json.dumps(endpoints)!r})\n"


def main(request):
    """Inside a container: the answers as one line of JSON on standard output."""
    import logging

    logging.disable(logging.CRITICAL)
    json.dump(run(json.loads(request)), sys.stdout)
