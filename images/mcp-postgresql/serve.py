# Serves postgres-mcp, unmodified, over SSE: a process of it for each session, within bounds.
# SPDX-License-Identifier: GPL-3.0-or-later
"""One process of postgres-mcp has one pool of five connections and one event loop for all who ask it.

Here each session has a process of its own, which speaks stdio. What one session asks for, another does not wait for; a
process that needs too much memory, or says too much, ends alone, and its session is told why. DATABASE_URI says which
database.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass, field

import anyio
import psycopg
import uvicorn
from mcp.server.sse import SseServerTransport
from mcp.shared.message import SessionMessage
from mcp.types import JSONRPCMessage
from starlette.responses import PlainTextResponse

# Bytes of a client's message.
REQUEST = 1024 * 1024
# Seconds: for the database to let a session in; for another session to end, when there are as many as may be; without a
# word, after which one makes room for another.
LOGIN = 5
TURN = 5
IDLE = 10
# What is said of a request that gets no answer of postgres-mcp's own.
GONE = "postgres-mcp ended before it answered."
TOO_LONG = "The answer is longer than {} MB: ask for fewer rows or columns, with LIMIT, WHERE or an aggregate."
TOO_LARGE = (
    "The result needs too much memory ({} MB): ask for fewer rows or columns, with LIMIT, WHERE or an aggregate."
)
MB = 1024 * 1024


@dataclass
class Bounds:
    """How many sessions there are at once, how long an answer may be, and what all results together may take."""

    sessions: int
    answer_mb: int
    memory_mb: int


class Processes:
    """Makes processes of postgres-mcp: forked, because to read its modules takes seconds."""

    def __init__(self, arguments: list[str]) -> None:
        self._control, far = socket.socketpair()
        if os.fork() == 0:
            self._control.close()
            self._mother(far, arguments)
        far.close()
        self._control.recv(1)

    def start(self, pipe: socket.socket) -> int:
        """A process whose standard input and output are the pipe; a descriptor that stands for it."""
        try:
            socket.send_fds(self._control, [b"+"], [pipe.fileno()])
            told = self._control.recv(4)
        except OSError:
            told = b""
        if not told:
            # Nothing is left that could start one: the engine starts the container again.
            os._exit(1)
        return os.pidfd_open(int.from_bytes(told, "big"))

    @staticmethod
    def _mother(control: socket.socket, arguments: list[str]) -> None:
        import postgres_mcp

        # What it logs has queries in it, with the values in them; who has asked is answered what is wrong.
        logging.disable()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        gc.freeze()
        control.send(b"+")
        while True:
            word, pipes = socket.recv_fds(control, 1, 1)[:2]
            if not word:
                os._exit(0)
            pid = os.fork()
            if pid == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.dup2(pipes[0], 0)
                os.dup2(pipes[0], 1)
                os.close(pipes[0])
                control.close()
                # Should the container's memory not do for all, it is one of these that goes.
                with open("/proc/self/oom_score_adj", "w", encoding="ascii") as score:
                    score.write("1000")
                sys.argv = ["postgres-mcp", *arguments]
                try:
                    postgres_mcp.main()
                finally:
                    os._exit(0)
            os.close(pipes[0])
            control.send(pid.to_bytes(4, "big"))


def memory_of(pidfd: int) -> int:
    """The megabytes that a process has of its own; 0 for one that has ended."""
    with open(f"/proc/self/fdinfo/{pidfd}", encoding="ascii") as info:
        pid = next(line.split()[1] for line in info if line.startswith("Pid:"))
    with contextlib.suppress(OSError, StopIteration), open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon:")) // 1024
    return 0


@dataclass(eq=False)
class Session:
    """One session: what its client sends goes to its process, and what that says goes back."""

    bounds: Bounds
    process: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    # Requests that wait for an answer: id to method.
    waiting: dict[str | int, str] = field(default_factory=dict)
    used: float = field(default_factory=time.monotonic)
    # The memory of a process that has answered for the first time, and so has all that it needs by itself.
    ready: int = 0
    why: str = GONE

    async def run(self, read, write) -> None:
        """Until the client goes or the process ends."""
        async with read, write, anyio.create_task_group() as tasks:

            async def until_it_ends(part, *arguments) -> None:
                with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, ConnectionError):
                    await part(*arguments)
                tasks.cancel_scope.cancel()

            tasks.start_soon(until_it_ends, self._ask, read)
            tasks.start_soon(until_it_ends, self._answer, write)

    def result(self) -> int:
        """The megabytes that results take."""
        return max(0, memory_of(self.process) - self.ready) if self.ready else 0

    def end(self, why: str = GONE) -> None:
        self.why = why
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.process, signal.SIGKILL)

    def close(self) -> None:
        self.end()
        self.writer.close()
        os.close(self.process)

    async def _ask(self, read) -> None:
        async for item in read:
            if isinstance(item, Exception):
                continue
            said = item.message.root
            self.used = time.monotonic()
            if hasattr(said, "method") and hasattr(said, "id"):
                self.waiting[said.id] = said.method
            self.writer.write(item.message.model_dump_json(by_alias=True, exclude_none=True).encode() + b"\n")
            await self.writer.drain()

    async def _answer(self, write) -> None:
        try:
            while line := await self.reader.readline():
                message = JSONRPCMessage.model_validate_json(line)
                self.used = time.monotonic()
                self.waiting.pop(getattr(message.root, "id", None), None)
                self.ready = self.ready or memory_of(self.process)
                await write.send(SessionMessage(message))
        except ValueError:  # of readline: no end of the line within its limit
            self.end(TOO_LONG.format(self.bounds.answer_mb))
        # A copy: the client may ask meanwhile.
        for identity, method in list(self.waiting.items()):
            await write.send(SessionMessage(JSONRPCMessage.model_validate(self._refusal(identity, method))))

    def _refusal(self, identity: str | int, method: str) -> dict:
        said: dict = {"jsonrpc": "2.0", "id": identity}
        if method == "tools/call":
            said["result"] = {"content": [{"type": "text", "text": f"Error: {self.why}"}], "isError": True}
        else:
            said["error"] = {"code": -32000, "message": self.why}
        return said


class Server:
    """The HTTP side, an ASGI application: SSE at /sse, what clients send at /messages/."""

    def __init__(self, database: str, processes: Processes, bounds: Bounds) -> None:
        self._database = database
        self._processes = processes
        self._bounds = bounds
        self._sessions: set[Session] = set()
        self._places = asyncio.Semaphore(bounds.sessions)
        self._transport = SseServerTransport("/messages/")

    async def __call__(self, scope, receive, send) -> None:
        does = {("GET", "/sse"): self._connect, ("POST", "/messages/"): self._post}
        asked = scope["method"], scope["path"]
        if asked in does:
            await does[asked](scope, receive, send)
        else:
            known = asked[1] in [path for _method, path in does]
            await PlainTextResponse("GET /sse begins a session.", 405 if known else 404)(scope, receive, send)

    async def watch(self) -> None:
        """When results take more memory than they may, the largest of them ends."""
        while True:
            await asyncio.sleep(0.1)
            sizes = {session: session.result() for session in self._sessions if session.waiting}
            if sum(sizes.values()) > self._bounds.memory_mb:
                largest = max(sizes, key=sizes.__getitem__)
                largest.end(TOO_LARGE.format(sizes[largest]))

    async def _connect(self, *request) -> None:
        if not await self._place():
            said = f"{self._bounds.sessions} sessions are open, and none of them ended: try again later."
            await PlainTextResponse(said, 503)(*request)
            return
        try:
            refused = await self._refused()
            if refused:
                await PlainTextResponse(f"The database does not let a session in: {refused}", 503)(*request)
            else:
                await self._serve(*request)
        finally:
            self._places.release()

    async def _place(self) -> bool:
        """Whether there is a place for one more session, when one without a word for long has made room for it."""
        idle = [session for session in self._sessions if not session.waiting and time.monotonic() - session.used > IDLE]
        if self._places.locked() and idle:
            min(idle, key=lambda session: session.used).end()
        try:
            await asyncio.wait_for(self._places.acquire(), TURN)
        except TimeoutError:
            return False
        return True

    async def _refused(self) -> str:
        """Why the database lets nobody in. postgres-mcp itself would try for 30 s before it says a word."""
        try:
            connection = await psycopg.AsyncConnection.connect(self._database, connect_timeout=LOGIN)
        except psycopg.Error as error:
            return " ".join(str(error).split())
        await connection.close()
        return ""

    async def _serve(self, *request) -> None:
        near, far = socket.socketpair()
        with far:
            process = self._processes.start(far)
        reader, writer = await asyncio.open_connection(sock=near, limit=self._bounds.answer_mb * MB)
        session = Session(self._bounds, process, reader, writer)
        self._sessions.add(session)
        try:
            async with self._transport.connect_sse(*request) as streams:
                await session.run(*streams)
        finally:
            self._sessions.discard(session)
            session.close()

    async def _post(self, scope, receive, send) -> None:
        length = dict(scope["headers"]).get(b"content-length", b"")
        if not length.isdigit() or int(length) > REQUEST:
            refusal = PlainTextResponse(f"A message has a Content-Length of at most {REQUEST} bytes.", 413)
            await refusal(scope, receive, send)
        else:
            await self._transport.handle_post_message(scope, receive, send)


async def serve(server: Server) -> None:
    settings = {"lifespan": "off", "log_level": "warning", "timeout_graceful_shutdown": 1}
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.watch)
        await uvicorn.Server(uvicorn.Config(server, host="0.0.0.0", port=8000, **settings)).serve()
        tasks.cancel_scope.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(description="postgres-mcp over SSE, a process for each session")
    parser.add_argument("--access-mode", choices=["restricted", "unrestricted"], default="restricted")
    parser.add_argument("--sessions", type=int, default=12, help="how many there are at once")
    parser.add_argument("--answer-mb", type=int, default=4, help="megabytes of JSON that one answer may have")
    parser.add_argument("--memory-mb", type=int, default=256, help="megabytes that all results may take")
    given = parser.parse_args()
    database = os.environ.get("DATABASE_URI")
    if not database:
        sys.exit("DATABASE_URI is not set: it says which database is served.")
    # The first process of a container has no handler by itself.
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit())
    # Before there is a thread or an event loop, which a fork would leave behind half-way.
    processes = Processes(["--transport=stdio", f"--access-mode={given.access_mode}"])
    server = Server(database, processes, Bounds(given.sessions, given.answer_mb, given.memory_mb))
    asyncio.run(serve(server))


if __name__ == "__main__":
    main()
