# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why an MCP server did not answer as it should, in one sentence with the setting that would be right.

Needs nothing but what the `mcp` package brings, because it runs wherever the probe does.
"""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import urlsplit, urlunsplit

PROTOCOL_VERSION = "2025-06-18"
TEXT_LIMIT = 2000
LOOK = 3  # seconds; with a request's own limit of 10 everything is said within 15


class ProbeError(Exception):
    """A server that did not answer as it should: kind (a word for programs) and a sentence for people."""

    def __init__(self, kind, sentence):
        super().__init__(sentence)
        self.kind = kind


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


def tls_of(endpoint):
    """Whom to believe that it is the endpoint's server, as HTTP clients take it: True is who is trusted anyway."""
    if endpoint.get("ssl_context"):
        return endpoint["ssl_context"]
    if not endpoint.get("ca_certificates"):
        return True
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=endpoint["ca_certificates"])
    return context


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
    """The status and whether the transport is spoken there; why there is no connection, if there is none."""
    import httpx

    try:
        return *await asyncio.wait_for(SPEAKS[transport](client, url), LOOK), None
    except httpx.ConnectError as refused:
        return None, False, str(refused)
    except (TimeoutError, httpx.HTTPError):
        return None, False, None


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
    options = {"headers": endpoint.get("headers") or {}, "verify": tls_of(endpoint)}
    async with httpx.AsyncClient(follow_redirects=True, timeout=LOOK, **options) as client:
        other = "sse" if transport == "http" else "http"
        candidates = [
            (kind, candidate)
            for candidate in (url, *_other_paths(url))
            for kind in (transport, other)
            if kind != transport or not _same_url(candidate, url)
        ]
        # At the same time: a server that is mute is waited for once.
        (status, spoken, refused), *answers = await asyncio.gather(
            _try(transport, client, url), *(_try(kind, client, candidate) for kind, candidate in candidates)
        )
        if refused:
            if "CERTIFICATE" in refused.upper() or "SSL" in refused.upper():
                return ProbeError("tls", f"{url}: the TLS connection fails ({refused}); check scheme, name and CA")
            if any(word in refused for word in ("ame or service", "resolution", "nodename", "No address")):
                return ProbeError(
                    "name", f"{url}: the name '{parts.hostname}' does not resolve; correct the host in url"
                )
            return ProbeError(
                "connect",
                f"{url}: nothing listens on {where} ({refused}); start the server, or, if it only speaks stdio, "
                "register it with transport stdio or put a bridge in front of it",
            )
        if status in (401, 403):
            shown = {name.lower() for name in endpoint.get("headers") or {}} & {"authorization", "x-api-key"}
            what = (
                "it does not take the credential that it is shown; correct auth_type, or the value"
                if shown
                else "it wants a credential; set auth_type and its value"
            )
            return ProbeError("auth", f"{url}: the server answers HTTP {status}: {what}")
        if status == 429:
            return ProbeError(
                "limit", f"{url}: the server takes nothing more just now (HTTP 429): wait, or raise its limit or budget"
            )
        if not spoken:
            for (kind, candidate), (_status, found, _refused) in zip(candidates, answers):
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
        said = await asyncio.wait_for(process.stderr.read(), endpoint["timeout"])
        status = await asyncio.wait_for(process.wait(), 1)
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    lines = said.decode(errors="replace").split("\n")
    return status, next((line.strip() for line in reversed(lines) if line.strip()), "it says nothing")


async def diagnose(endpoint, error):
    if endpoint["transport"] != "stdio":
        return await _diagnose_http(endpoint, error)
    command = " ".join([endpoint["command"], *(endpoint.get("args") or [])])
    if isinstance(error, (FileNotFoundError, PermissionError)):
        return ProbeError("command", f"'{endpoint['command']}' cannot be run ({error.strerror}); correct command")
    # One that is mute until the time is up has not ended.
    slow = isinstance(error, TimeoutError) or "Timed out" in str(error)
    ended = None if slow else await _last_words(endpoint)
    if ended:
        status, said = ended
        sentence = f"'{command}' ends by itself (status {status}: {said}); correct args, or what it needs to start with"
        return ProbeError("ends", sentence[:TEXT_LIMIT])
    return ProbeError(
        "session", f"'{command}' does not answer as a stdio MCP server within {endpoint['timeout']} s ({error})"
    )


async def explain(endpoint, call):
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
