# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scripts of tests/clients/sdks for Python share: what they send, and how they tell what came back."""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
from collections.abc import Callable

LETTER = "0123456789abcdef"
WANTED = f"Read me the letter {LETTER}."
CONTENT = "Come home."
ATTACHED = "Say what is attached."
# Nothing looks into them: they only have to arrive as they are.
IMAGE, DOCUMENT, SOUND = b"\x89PNG\r\n\x1a\n an image", b"%PDF-1.7 a document", b"RIFF\x00\x00\x00\x00WAVE a sound"
SCHEMA = {
    "type": "object",
    "properties": {"word": {"type": "string"}, "count": {"type": "integer"}},
    "required": ["word", "count"],
    "additionalProperties": False,
}
ARGUMENTS = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def tell(*cases: Callable) -> None:
    """Print {case: what it returns}, or the error that a user would see instead."""
    told = {}
    for case in cases:
        try:
            made = case()
            told[case.__name__] = asyncio.run(made) if inspect.iscoroutine(made) else made
        except Exception as error:
            told[case.__name__] = f"{type(error).__name__}: {error}"
    print(json.dumps(told))
