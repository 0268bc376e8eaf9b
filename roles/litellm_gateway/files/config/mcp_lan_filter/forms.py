# Reads a multipart form as LiteLLM does, judges it by the list and writes it anew.
# SPDX-License-Identifier: GPL-3.0-or-later
"""By the parser that LiteLLM itself uses, Starlette's. What is sent on is written here, so that nothing of the form's
own spelling (folded headers, odd parameters, a preamble) reaches it.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Iterable

from starlette.datastructures import FormData, Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from mcp_lan_filter.bodies import REPLACEMENT, ZERO, Judge, check_model
from mcp_lan_filter.refusal import Refusal

BOUNDARY = re.compile(r';\s*boundary="?([A-Za-z0-9\'()+_,./:=?-]{1,70})"?\s*(?:;|$)', re.IGNORECASE)
MOST_FILES = 32
MOST_FIELDS = 100
# What is read at a time, in bytes.
PART = 262_144
# Where its end is looked for; hardly anybody writes more behind it than an end of a line.
TAIL = 1_024


async def form(judge: Judge, name: str, raw: bytes, content_type: str) -> tuple[bytes, str, dict]:
    """The form that is sent on, its content type, and what is asked of it later; Refusal where it is not listed."""
    parts = await _parsed(raw, content_type)
    dropped = judge.bodies[name].get("dropped") or ()
    seen: set[str] = set()
    kept = []
    for field, value in parts.multi_items():
        if field in dropped:
            continue
        if isinstance(value, str):
            value = value.replace(ZERO, REPLACEMENT)
        judge.form_field(name, field, value if isinstance(value, str) else None)
        if field in seen and not field.endswith("[]"):
            raise Refusal(400, f"The form of this request has the field '{field}' twice; send it once.", field)
        seen.add(field)
        kept.append((field, value))
    model = next((value for field, value in kept if field == "model"), None)
    check_model(model)
    return *await _written(kept), {"model": model}


async def _parsed(raw: bytes, content_type: str) -> FormData:
    async def stream():
        for at in range(0, len(raw), PART):
            yield raw[at : at + PART]
            await asyncio.sleep(0)  # for whoever else is being served
        yield b""

    boundary = BOUNDARY.search(content_type)
    if boundary is None:
        raise Refusal(400, "The form of this request has no boundary.")
    if f"--{boundary[1]}--".encode() not in raw[-TAIL:]:
        raise Refusal(400, "The form of this request cannot be read: it stops before its end.")
    # Without the other parameters: one of them names how Python should decode the texts.
    plain = Headers({"content-type": f'multipart/form-data; boundary="{boundary[1]}"'})
    parser = MultiPartParser(plain, stream(), max_files=MOST_FILES, max_fields=MOST_FIELDS)
    try:
        return await parser.parse()
    except (MultiPartException, KeyError, ValueError) as error:
        raise Refusal(400, f"The form of this request cannot be read: {str(error)[:120].rstrip('.')}.") from None


def _quoted(text: str) -> str:
    """As browsers write a name: in UTF-8, with line ends and quotation marks escaped."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


async def _written(parts: Iterable) -> tuple[bytes, str]:
    boundary = secrets.token_hex(16)
    pieces = []
    for field, value in parts:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(field)}"'
        if isinstance(value, str):
            pieces.append(f"{head}\r\n\r\n{value}\r\n".encode())
            continue
        kind = _quoted(value.content_type or "application/octet-stream")
        head += f'; filename="{_quoted(value.filename or "file")}"\r\nContent-Type: {kind}'
        pieces += [f"{head}\r\n\r\n".encode(), await value.read(), b"\r\n"]
        await value.close()
    pieces.append(f"--{boundary}--\r\n".encode())
    return b"".join(pieces), f"multipart/form-data; boundary={boundary}"
