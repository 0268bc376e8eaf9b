# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks `codex app-server` for its MCP servers and calls one tool through it; neither needs a model.

Arguments: the program, the server's entry, and the tool's name without the server's (any server of the gateway may
have it). Prints what it found as JSON.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys


class AppServer:
    def __init__(self, program: str):
        self._process = subprocess.Popen(
            [program, "app-server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self._ids = itertools.count(1)

    def send(self, message: dict) -> None:
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self._process.stdin.flush()

    def ask(self, method: str, **params) -> dict:
        number = next(self._ids)
        self.send({"id": number, "method": method, "params": params})
        for line in self._process.stdout:
            answer = json.loads(line)
            if answer.get("id") == number and "method" not in answer:
                return answer.get("result") or {"error": answer.get("error")}
        raise SystemExit("codex app-server ended")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)


def main(program: str, entry: str, desired: str) -> None:
    server = AppServer(program)
    server.ask("initialize", clientInfo={"name": "test", "title": "test", "version": "1"})
    server.send({"method": "initialized"})
    found = next(each for each in server.ask("mcpServerStatus/list")["data"] if each["name"] == entry)
    tools = sorted(found["tools"])
    tool = next((name for name in tools if name.endswith(f"-{desired}")), None)
    answer = {}
    if tool:
        thread = server.ask("thread/start")["thread"]["id"]
        answer = server.ask("mcpServer/tool/call", threadId=thread, server=entry, tool=tool, arguments={})
    server.close()
    print(json.dumps({"tools": tools, "called": tool, "answer": answer}))


main(*sys.argv[1:])
