# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks from inside the gateway's image, and prints what it got as JSON: ask.py HOW WHERE, with HOW a function here."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit


def get(url):
    """As its environment says, which is by the proxy."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return [answer.status, answer.read().decode()]
    except urllib.error.HTTPError as error:
        return [error.code, error.read().decode()]


def directly(url):
    """Past the proxy."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5) as answer:
            return answer.status
    except OSError as error:
        return type(error).__name__


def tunnel(url):
    """By CONNECT, as what is asked by https is."""
    proxy, asked = urlsplit(os.environ["HTTP_PROXY"]), urlsplit(url)
    connection = http.client.HTTPConnection(proxy.hostname, proxy.port, timeout=20)
    connection.set_tunnel(asked.hostname, asked.port)
    try:
        connection.request("GET", asked.path)
        return connection.getresponse().read().decode()
    except OSError as error:
        return str(error)


def stream(url):
    """The seconds after which each event of a stream was there."""
    began, seen = time.monotonic(), []
    with urllib.request.urlopen(url, timeout=30) as answer:
        for line in answer:
            if line.startswith(b"data:"):
                seen.append(time.monotonic() - began)
    return seen


def models(url):
    """What LiteLLM gets of a model, by each of its transports."""
    import litellm

    asked = {"model": "openai/stand-in", "api_base": url, "api_key": "none", "max_retries": 0, "timeout": 30}
    asked["messages"] = [{"role": "user", "content": "hello"}]

    async def streamed():
        parts = await litellm.acompletion(**asked, stream=True)
        return "".join([part.choices[0].delta.content or "" async for part in parts])

    async def whole():
        return (await litellm.acompletion(**asked)).choices[0].message.content

    def said(ask):
        try:
            return [True, ask()]
        except Exception as error:
            return [False, str(error)]

    return {
        "httpx": said(lambda: litellm.completion(**asked).choices[0].message.content),
        "aiohttp": said(lambda: asyncio.run(whole())),
        "aiohttp, as a stream": said(lambda: asyncio.run(streamed())),
    }


print(json.dumps(globals()[sys.argv[1]](sys.argv[2])))
