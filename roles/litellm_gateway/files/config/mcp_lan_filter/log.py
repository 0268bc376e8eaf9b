# Takes keys out of everything that LiteLLM prints.
# SPDX-License-Identifier: GPL-3.0-or-later
"""At the streams, because LiteLLM has several loggers, formatters and bare print calls, and all of them end there."""

from __future__ import annotations

import re
import sys

from mcp_lan_filter.current import remembered

REMOVED = "[removed]"
KEY = re.compile(r"\bsk-[A-Za-z0-9_-]{8,}")


def clean(text: str) -> str:
    """The text without keys: what begins as one, and what the last requests have brought as one."""
    if "sk-" in text:
        text = KEY.sub(REMOVED, text)
    for credential in remembered():
        if credential in text:
            text = text.replace(credential, REMOVED)
    return text


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


def install() -> None:
    """For this process."""
    sys.stdout, sys.stderr = Cleaned(sys.stdout), Cleaned(sys.stderr)
