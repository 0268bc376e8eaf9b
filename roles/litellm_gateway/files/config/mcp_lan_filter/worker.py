# Judges large bodies in a process of its own, so that they don't hold up who else is being served.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading JSON holds Python's lock: 5 MB of it would stop the event loop for tens of milliseconds.

A frame is a line of JSON and the bytes whose number it says. In: C({"body": name, "size": n}). Out: C({"size": n,
"later": {...}}), size -1 for the bytes as they came, or C({"refused": [status, message, param]}).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from mcp_lan_filter.bodies import Judge, asked_later
from mcp_lan_filter.refusal import Refusal

# How long a body may take to be judged, in seconds.
PATIENCE = 30


class Worker:
    """The process, seen from LiteLLM's. It is started when it is needed, and again when it has ended."""

    def __init__(self, rules: Path) -> None:
        self.command = [sys.executable, "-I", __file__, str(rules)]
        self.process: asyncio.subprocess.Process | None = None
        self.turn = asyncio.Lock()

    async def body(self, name: str, raw: bytes) -> tuple[bytes, dict[str, str]]:
        """As Judge.body, but of the object only what is asked of it later."""
        async with self.turn:
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self._ask(name, raw)
            except (OSError, asyncio.IncompleteReadError, ValueError):  # TimeoutError is an OSError
                await self.stop()
                raise Refusal(503, "The gateway could not read this request; try again.") from None
            except asyncio.CancelledError:
                await self.stop()  # half an answer would be taken for that of the next request
                raise

    async def _ask(self, name: str, raw: bytes) -> tuple[bytes, dict[str, str]]:
        if self.process is None or self.process.returncode is not None:
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={},
            )
        into, out = self.process.stdin, self.process.stdout
        into.write(json.dumps({"body": name, "size": len(raw)}).encode() + b"\n")
        into.write(raw)
        await into.drain()
        answer = json.loads(await out.readline())
        if "refused" in answer:
            raise Refusal(*answer["refused"])
        return (raw if answer["size"] < 0 else await out.readexactly(answer["size"])), answer["later"]

    async def stop(self) -> None:
        """End the process; the next body starts another one."""
        process, self.process = self.process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def serve(rules: Path) -> None:
    """The process itself."""
    judge = Judge(json.loads(rules.read_text()))
    into, out = sys.stdin.buffer, sys.stdout.buffer
    for line in iter(into.readline, b""):
        asked = json.loads(line)
        raw = into.read(asked["size"])
        content = b""
        try:
            kept, value = judge.body(asked["body"], raw)
            answer = {"size": -1, "later": asked_later(value)}
            if kept is not raw:
                content, answer["size"] = kept, len(kept)
            del value
        except Refusal as refusal:
            answer = {"refused": [refusal.status, refusal.message, refusal.param]}
        out.write(json.dumps(answer).encode() + b"\n" + content)
        out.flush()


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
