# What LiteLLM's process logs: an object of JSON a line, without keys.
# SPDX-License-Identifier: GPL-3.0-or-later
"""At the streams, because LiteLLM has several loggers, formatters and bare print calls, and all of them end there."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from mcp_lan_filter.current import named, remembered

REMOVED = "[removed]"
KEY = re.compile(r"\bsk-[A-Za-z0-9_-]{8,}")
# How a terminal is told colours.
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# By which a worker knows whose it is.
LITELLM = "MCP_LAN_LITELLM"
SERVICE = os.environ.get("MCP_LAN_SERVICE", "litellm")


def clean(text: str) -> str:
    """The text without keys: what begins as one, and what the last requests have brought as one."""
    if "sk-" in text:
        text = KEY.sub(REMOVED, text)
    for credential in remembered():
        if credential in text:
            text = text.replace(credential, REMOVED)
    return text


def told(text: str) -> str:
    """A line of the log for a line that was printed: an object as it is, any other text as its message, and with it
    when, how bad, and of which request, whatever the object itself says of these.
    """
    said = None
    if text.startswith("{"):
        with contextlib.suppress(ValueError):
            said = json.loads(text)
    if not isinstance(said, dict):
        said = {"message": text.rstrip()}
    if isinstance(said.get("message"), str):
        said["message"] = COLOURS.sub("", said["message"])
    request = named.get()
    whole = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": said.get("level", "INFO"),
        "service": SERVICE,
        "request_id": request.id if request else None,
        "key": request.key if request else None,
    }
    whole |= {name: value for name, value in said.items() if name not in whole and name != "timestamp"}
    return json.dumps({name: value for name, value in whole.items() if value is not None}, separators=(",", ":"))


def say(level: str, message: str, **more) -> None:
    """A line of the filter's own."""
    print(json.dumps({"level": level, "message": f"mcp_lan_filter: {message}", **more}), file=sys.stderr, flush=True)


class Cleaned:
    """A text stream that writes what is left."""

    def __init__(self, stream) -> None:
        self._stream = stream

    def write(self, text):
        self._stream.write(clean(text))
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def __getattr__(self, name):
        return getattr(self._stream, name)


class Lines(Cleaned):
    """One that writes lines of the log, once they are whole; a thread does not go on with another one's line."""

    def __init__(self, stream) -> None:
        super().__init__(stream)
        self._begun = threading.local()

    def write(self, text):
        whole, end, rest = (getattr(self._begun, "text", "") + text).rpartition("\n")
        self._begun.text = rest
        if end:
            self._put(whole)
        return len(text)

    def flush(self):
        rest, self._begun.text = getattr(self._begun, "text", ""), ""
        self._put(rest)
        self._stream.flush()

    def _put(self, text: str) -> None:
        self._stream.write("".join(clean(told(line)) + "\n" for line in text.split("\n") if line.strip()))


def install() -> None:
    """For this process: LiteLLM's and its workers' have lines of the log. What another one says, somebody reads as it
    is.
    """
    if any(Path(part).name == "litellm" for part in sys.orig_argv[1:2]):
        os.environ[LITELLM] = "1"
    stream = Lines if LITELLM in os.environ else Cleaned
    sys.stdout, sys.stderr = stream(sys.stdout), stream(sys.stderr)
