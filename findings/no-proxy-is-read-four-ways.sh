#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI httpx 0.28.1, httpx2 2.16.2, requests 2.34.2 and aiohttp 3.14.5: what LiteLLM, the MCP SDK 1.x, the MCP SDK 2.x and
# Vault clients send their requests with. Which requests skip the proxy, by the form of an entry in NO_PROXY.
# Behaviour: a network (10.0.0.0/8) works with httpx2 and requests alone; `.lan` covers the bare domain with requests and
#   aiohttp alone; host:port works everywhere but with aiohttp; `*.lan` with httpx2 alone. And httpx raises InvalidURL
#   when a client is made, for every address, if NO_PROXY has an IPv6 network in it.
# A good guess: the usual forms mean the same to all of them, or at least what is not understood has no effect.
# Seen: as below. Moving a client from `mcp` 1.x to 2.x (httpx to httpx2) changes which way its requests go.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages httpx==0.28.1 httpx2==2.16.2 requests==2.34.2 aiohttp==3.14.5

cat >expected <<'EOF'
10.0.0.0/8    http://10.1.2.3/      httpx=proxy httpx2=direct requests=direct aiohttp=proxy
.site.lan     http://site.lan/      httpx=proxy httpx2=proxy requests=direct aiohttp=direct
.site.lan     http://gw.site.lan/   httpx=direct httpx2=direct requests=direct aiohttp=direct
*.site.lan    http://gw.site.lan/   httpx=proxy httpx2=direct requests=proxy aiohttp=proxy
gw.lan:8080   http://gw.lan:8080/   httpx=direct httpx2=direct requests=direct aiohttp=proxy
fd00::1       http://[fd00::1]/     httpx=direct httpx2=direct requests=direct aiohttp=direct
127.0.0.1,*   http://gw.lan/        httpx=direct httpx2=direct requests=proxy aiohttp=proxy
fd00::/8      http://gw.lan/        httpx=InvalidURL httpx2=proxy requests=proxy aiohttp=proxy
EOF

env -u ALL_PROXY -u all_proxy -u no_proxy -u https_proxy -u HTTPS_PROXY \
    HTTP_PROXY=http://proxy.lan:3128 http_proxy=http://proxy.lan:3128 \
    venv/bin/python - >seen <<'EOF'
import os

import httpx
import httpx2
import requests
from aiohttp.helpers import get_env_proxy_for_url
from yarl import URL


def by_transport(library):
    def direct(url):
        with library.Client() as client:
            return client._transport_for_url(library.URL(url)) is client._transport

    return direct


def by_aiohttp(url):
    try:
        get_env_proxy_for_url(URL(url))
    except LookupError:
        return True
    return False


LIBRARIES = {
    "httpx": by_transport(httpx),
    "httpx2": by_transport(httpx2),
    "requests": lambda url: not requests.utils.get_environ_proxies(url),
    "aiohttp": by_aiohttp,
}
for entry, url in (
    ("10.0.0.0/8", "http://10.1.2.3/"),
    (".site.lan", "http://site.lan/"),
    (".site.lan", "http://gw.site.lan/"),
    ("*.site.lan", "http://gw.site.lan/"),
    ("gw.lan:8080", "http://gw.lan:8080/"),
    ("fd00::1", "http://[fd00::1]/"),
    ("127.0.0.1,*", "http://gw.lan/"),
    ("fd00::/8", "http://gw.lan/"),
):
    os.environ["NO_PROXY"] = entry
    found = []
    for name, direct in LIBRARIES.items():
        try:
            found.append(f"{name}={'direct' if direct(url) else 'proxy'}")
        except Exception as error:
            found.append(f"{name}={type(error).__name__}")
    print(f"{entry:13} {url:21} {' '.join(found)}")
EOF

compare
