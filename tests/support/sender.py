# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends requests as they are written and says how each was answered: in the tests' own process, or in a container.

A request is [method, path, [[header, value]], body]; texts are Latin-1. An answer is [status, text]. In a container the
arguments are the two addresses and the folder where the requests are and the answers come, both as JSON.
"""

from __future__ import annotations

import http.client
import json
import sys
from pathlib import Path

# The method of what goes to the second address: not a request that is tried, but a look at what others have done.
LOOK = "LOOK"
# More of a refusal than a test would show.
LONGEST = 300


def send(address: str, beside: str, requests: list) -> list:
    """The answers; each address is host:port, and asked over one connection."""
    tried, looking = (http.client.HTTPConnection(one, timeout=30) for one in (address, beside))
    answers = []
    for method, path, headers, body in requests:
        if method == LOOK:
            answers.append(ask(looking, "GET", path, headers, body))
        else:
            status, text = ask(tried, method, path, headers, body)
            answers.append([status, text[:LONGEST]])
    tried.close()
    looking.close()
    return answers


def ask(connection: http.client.HTTPConnection, method: str, path: str, headers: list, body: str | None) -> list:
    try:
        return once(connection, method, path, headers, body)
    except (http.client.HTTPException, ConnectionError):
        # A server closes the connection behind a request that it has not read to its end.
        connection.close()
        return once(connection, method, path, headers, body)


def once(connection: http.client.HTTPConnection, method: str, path: str, headers: list, body: str | None) -> list:
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    content = None if body is None else body.encode("latin-1")
    if content is not None and not any(name.lower() == "transfer-encoding" for name, _value in headers):
        connection.putheader("content-length", str(len(content)))
    connection.endheaders(content)
    response = connection.getresponse()
    return [response.status, response.read().decode("latin-1")]


if __name__ == "__main__":
    folder = Path(sys.argv[3])
    found = send(sys.argv[1], sys.argv[2], json.loads((folder / "requests.json").read_text()))
    (folder / "answers.json").write_text(json.dumps(found))
