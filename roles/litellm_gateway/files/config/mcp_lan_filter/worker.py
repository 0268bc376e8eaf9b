# Judges large bodies in a process of its own, so that they don't hold up who else is being served.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading JSON holds Python's lock: 5 MB of it would stop the event loop for tens of milliseconds.

What is said is a line of JSON; the bytes lie in a file in memory that both have open. In: C({"body": name, "size": n}).
Out: C({"size": n, "later": {...}}), size -1 for the bytes as they came, or C({"refused": [status, message, param,
rpc]}).
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from mcp_lan_filter.bodies import Judge, asked_later
from mcp_lan_filter.refusal import Refusal

# How long a body may take to be judged, in seconds.
PATIENCE = 30
# Memory of large bodies is kept for the next one: asking the kernel for it anew takes longer than reading a body does.
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "67108864", "MALLOC_TRIM_THRESHOLD_": "134217728"}


class Worker:
    """The process, seen from LiteLLM's. It is started when it is needed, and again when it has ended."""

    def __init__(self, rules: Path) -> None:
        self.command = [sys.executable, "-I", __file__, str(rules)]
        self.process: asyncio.subprocess.Process | None = None
        self.file = -1
        self.turn = asyncio.Lock()

    async def body(self, name: str, raw: bytes) -> tuple[bytes, dict]:
        """As Judge.body, but of the object only what is asked of it later."""
        async with self.turn:
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self._ask(name, raw)
            except (OSError, ValueError):  # TimeoutError is an OSError
                await self.stop()
                raise Refusal(503, "The gateway could not read this request; try again.") from None
            except asyncio.CancelledError:
                await self.stop()  # half an answer would be taken for that of the next request
                raise

    async def _ask(self, name: str, raw: bytes) -> tuple[bytes, dict]:
        if self.process is None or self.process.returncode is not None:
            await self._start()
        into, out = self.process.stdin, self.process.stdout
        _put(self.file, raw)
        into.write(json.dumps({"body": name, "size": len(raw)}).encode() + b"\n")
        answer = json.loads(await out.readline() or _ended())
        if "refused" in answer:
            *what, rpc = answer["refused"]
            raise Refusal(*what, rpc and tuple(rpc))
        return (raw if answer["size"] < 0 else os.pread(self.file, answer["size"], 0)), answer["later"]

    async def _start(self) -> None:
        await self.stop()
        self.file = os.memfd_create("request")
        self.process = await asyncio.create_subprocess_exec(
            *self.command,
            str(self.file),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            pass_fds=[self.file],
            env=KEEP_MEMORY,
        )

    async def stop(self) -> None:
        """End the process; the next body starts another one."""
        process, self.process = self.process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if self.file >= 0:
            os.close(self.file)
            self.file = -1


def _put(file: int, content: bytes) -> None:
    """Over what was there before: pages that are there already cost a quarter of new ones."""
    rest, at = memoryview(content), 0
    while at < len(rest):
        at += os.pwrite(file, rest[at:], at)


def _ended():
    raise OSError("the process has ended")


def serve(rules: Path, file: int) -> None:
    """The process itself."""
    judge = Judge(json.loads(rules.read_text()))
    gc.disable()  # what is read has no circles, and looking for them takes as long as reading
    into, out = sys.stdin.buffer, sys.stdout.buffer
    for line in iter(into.readline, b""):
        asked = json.loads(line)
        raw = os.pread(file, asked["size"], 0)
        try:
            kept, value = judge.body(asked["body"], raw)
            answer = {"size": -1, "later": asked_later(value)}
            if kept is not raw:
                _put(file, kept)
                answer["size"] = len(kept)
            del kept, value
        except Refusal as refusal:
            answer = {"refused": [refusal.status, refusal.message, refusal.param, refusal.rpc]}
            gc.collect()
        del raw
        out.write(json.dumps(answer).encode() + b"\n")
        out.flush()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))
