# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Speaks to MCP servers with the official SDK and says in one sentence what is wrong with one that does not answer.

Needs nothing but the `mcp` package, so that the same text also runs inside the gateway's container (from standard
input), where an MCP server's name and network are what the gateway will see. Works with mcp 1.12 and newer, and 2.x.
"""

from __future__ import annotations

import asyncio
import json
import sys
import warnings
from contextlib import AsyncExitStack
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

PROTOCOL_VERSION = "2025-06-18"
TEXT_LIMIT = 2000


class ProbeError(Exception):
    """A server that did not answer as it should: kind (a word for programs) and a sentence for people."""

    def __init__(self, kind, sentence):
        super().__init__(sentence)
        self.kind = kind


def _leaf(error):
    """The first real cause inside anyio's exception groups."""
    while getattr(error, "exceptions", None):
        error = error.exceptions[0]
    return error


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
            endpoint["url"], headers=endpoint.get("headers") or {}, timeout=timeout, sse_read_timeout=timeout
        )
        return await stack.enter_async_context(client)
    try:
        from mcp.client.streamable_http import streamablehttp_client
    except ImportError:  # mcp 2.x: headers and timeouts are the HTTP client's
        from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

        http = create_mcp_http_client(headers=endpoint.get("headers") or {})
        http.timeout = timeout
        client = streamable_http_client(endpoint["url"], http_client=await stack.enter_async_context(http))
        return (await stack.enter_async_context(client))[:2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the newer name does not exist in mcp 1.12
        client = streamablehttp_client(
            endpoint["url"], headers=endpoint.get("headers") or {}, timeout=timeout, sse_read_timeout=timeout
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


# ------------------------------------------------------------------ why a server did not answer


def _initialize_body():
    return {
        "jsonrpc": "2.0",
        "id": 0,
        "method": "initialize",
        "params": {
            "protocolVersion": PROTOCOL_VERSION,
            "capabilities": {},
            "clientInfo": {"name": "mcp_lan.litellm probe", "version": "1"},
        },
    }


async def _speaks_http(client, url):
    """The status of an initialize request, and whether its answer is MCP over streamable HTTP."""
    accept = {"accept": "application/json, text/event-stream"}
    async with client.stream("POST", url, json=_initialize_body(), headers=accept) as answer:
        text = ""
        if answer.status_code == 200:
            async for chunk in answer.aiter_text():
                text += chunk
                if '"result"' in text or len(text) > 65536:
                    break
        return answer.status_code, '"jsonrpc"' in text


async def _speaks_sse(client, url):
    """The status of a GET, and whether the stream begins with SSE's endpoint event."""
    async with client.stream("GET", url, headers={"accept": "text/event-stream"}) as answer:
        if answer.status_code == 200 and "text/event-stream" in answer.headers.get("content-type", ""):
            async for line in answer.aiter_lines():
                if line.startswith("event:"):
                    return answer.status_code, line.split(":", 1)[1].strip() == "endpoint"
                if line.startswith(":"):  # the idle stream of a streamable HTTP server only pings
                    break
        return answer.status_code, False


SPEAKS = {"http": _speaks_http, "sse": _speaks_sse}
NAMES = {"http": "streamable HTTP", "sse": "SSE", "stdio": "stdio"}


async def _try(transport, client, url):
    import httpx

    try:
        return await asyncio.wait_for(SPEAKS[transport](client, url), 4)
    except (TimeoutError, httpx.HTTPError):
        return None, False


def _other_paths(url):
    parts = urlsplit(url)
    for path in ("/mcp", "/mcp/", "/sse"):
        if path != parts.path:
            yield urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _same_url(left, right):
    return left.rstrip("/") == right.rstrip("/")


async def _refuses_two_versions(client, url):
    """Whether the server refuses the protocol's version being sent twice, as LiteLLM does before 1.77.7."""
    import httpx

    accept = {"accept": "application/json, text/event-stream"}
    try:
        hello = await client.post(url, json=_initialize_body(), headers=accept)
        session = {name: hello.headers[name] for name in ("mcp-session-id",) if name in hello.headers}
        answer = await client.post(
            url,
            json={"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}},
            headers=[*accept.items(), *session.items(), *[("mcp-protocol-version", PROTOCOL_VERSION)] * 2],
        )
    except httpx.HTTPError:
        return False
    return answer.status_code == 400 and "version" in answer.text.lower()


async def _diagnose_http(endpoint, error):
    """Finds the setting that would be right: the other transport, another path, a key; then says it."""
    import httpx

    url, transport = endpoint["url"], endpoint["transport"]
    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    async with httpx.AsyncClient(headers=endpoint.get("headers") or {}, follow_redirects=True, timeout=4) as client:
        try:
            status, spoken = await asyncio.wait_for(SPEAKS[transport](client, url), 4)
        except httpx.ConnectError as refused:
            reason = str(refused)
            if "CERTIFICATE" in reason.upper() or "SSL" in reason.upper():
                return ProbeError("tls", f"{url}: the TLS connection fails ({reason}); check scheme, name and CA")
            if "ame or service" in reason or "resolution" in reason or "nodename" in reason or "No address" in reason:
                return ProbeError(
                    "name", f"{url}: the name '{parts.hostname}' does not resolve; correct the host in url"
                )
            return ProbeError(
                "connect",
                f"{url}: nothing listens on {where} ({reason}); start the server, or, if it only speaks stdio, "
                "register it with transport stdio or put a bridge in front of it",
            )
        except (TimeoutError, httpx.HTTPError):
            status, spoken = None, False
        if status in (401, 403):
            return ProbeError(
                "auth", f"{url}: the server answers HTTP {status}: it wants a credential; set auth_type and its value"
            )
        if not spoken:
            other = "sse" if transport == "http" else "http"
            candidates = [
                (kind, candidate)
                for candidate in (url, *_other_paths(url))
                for kind in (transport, other)
                if kind != transport or not _same_url(candidate, url)
            ]
            answers = await asyncio.gather(*(_try(kind, client, candidate) for kind, candidate in candidates))
            for (kind, candidate), (_status, found) in zip(candidates, answers, strict=True):
                if found:
                    if candidate == url:
                        return ProbeError(
                            "transport",
                            f"{url} speaks {NAMES[kind]}, not {NAMES[transport]}: set transport: {kind}",
                        )
                    return ProbeError(
                        "transport" if kind != transport else "path",
                        f"{url} does not speak {NAMES[transport]}; {candidate} speaks {NAMES[kind]}: "
                        f"set transport: {kind} and url: {candidate}",
                    )
        if status is None:
            return ProbeError("timeout", f"{url}: no answer within {endpoint['timeout']} s; check the server's log")
        if not spoken:
            return ProbeError(
                "transport",
                f"{url}: HTTP {status}, and neither streamable HTTP nor SSE is spoken at /mcp or /sse; "
                "this is no MCP server over HTTP: correct url, or register a stdio server with transport stdio",
            )
        if "MCP-Protocol-Version" in (endpoint.get("headers") or {}) and await _refuses_two_versions(client, url):
            return ProbeError(
                "version",
                f"{url}: this LiteLLM sends the protocol's version twice, which the server refuses, so it offers no "
                "tool: run its stdio form behind the bridge (mcp_services), or LiteLLM 1.77.7 or newer",
            )
    return ProbeError("session", f"{url}: the session breaks off: {type(error).__name__}: {error}"[:TEXT_LIMIT])


async def _last_words(endpoint):
    """How a program ends that ends by itself: its status and last line. None where it goes on."""
    from mcp.client.stdio import get_default_environment

    process = await asyncio.create_subprocess_exec(
        endpoint["command"],
        *(endpoint.get("args") or []),
        env={**get_default_environment(), **(endpoint.get("env") or {})},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        said = await asyncio.wait_for(process.stderr.read(), 4)
        status = await asyncio.wait_for(process.wait(), 1)
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    lines = said.decode(errors="replace").split("\n")
    return status, next((line.strip() for line in reversed(lines) if line.strip()), "it says nothing")


async def _diagnose(endpoint, error):
    if endpoint["transport"] != "stdio":
        return await _diagnose_http(endpoint, error)
    command = " ".join([endpoint["command"], *(endpoint.get("args") or [])])
    if isinstance(error, (FileNotFoundError, PermissionError)):
        return ProbeError("command", f"'{endpoint['command']}' cannot be run ({error.strerror}); correct command")
    ended = await _last_words(endpoint)
    if ended:
        status, said = ended
        sentence = f"'{command}' ends by itself (status {status}: {said}); correct args, or what it needs to start with"
        return ProbeError("ends", sentence[:TEXT_LIMIT])
    return ProbeError(
        "session", f"'{command}' does not answer as a stdio MCP server within {endpoint['timeout']} s ({error})"
    )


async def _explain(endpoint, call):
    """A call that got no answer: is the server gone, or only slow?"""
    if endpoint["transport"] == "stdio":
        gone = "closed" in call["text"].lower()
    else:
        gone = (await _diagnose_http(endpoint, ProbeError("", call["text"]))).kind == "connect"
    where = endpoint.get("url") or endpoint["command"]
    why = (
        "the server died during it; see its log for why, and that something starts it again"
        if gone
        else f"no answer within {endpoint['timeout']} s; the tool is slow or hangs: see the server's log"
    )
    return f"{where}: the call of {call['tool']} failed ({call['text']}): {why}"[:TEXT_LIMIT]


# ------------------------------------------------------------------ what is offered to callers


async def probe(endpoint):
    """One endpoint: a dict with transport, url or command, headers, timeout (seconds) and calls.

    Returns a dict: ok, server, protocol_version, tools, calls; or ok false with kind and error (one sentence).
    """
    endpoint = {"transport": "http", "timeout": 10, **endpoint}
    label = {"name": endpoint.get("name"), "transport": endpoint["transport"]}
    try:
        # Each request has its own limit. The whole has one too, for a server that takes the connection and stays mute;
        # it leaves the SDK time to end a stdio process, which a cancellation in the middle of it would leave behind.
        limit = endpoint["timeout"] * (2 + len(endpoint.get("calls") or [])) + 6
        found = await asyncio.wait_for(_session(endpoint), limit)
    except ImportError:
        raise
    except BaseException as error:  # anyio wraps a lost connection in groups and cancellations
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        why = await _diagnose(endpoint, _leaf(error))
        return {**label, "ok": False, "kind": why.kind, "error": str(why), "tools": [], "calls": []}
    for call in found["calls"]:
        if call.pop("lost", False):
            call["text"] = await _explain(endpoint, call)
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


def main(request):
    """From standard input inside a container: the answers as one line of JSON on standard output."""
    import logging

    logging.disable(logging.CRITICAL)
    json.dump(run(json.loads(request)), sys.stdout)
