# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes to text and back without losing one: encoding, byte-order mark, line ending."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

# Windows' editors and PowerShell's `>` write these; a file without a mark is UTF-8.
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class RefusedEdit(Exception):
    """The file is not one that can be edited safely: what is wrong, and where."""

    def __init__(self, message: str, text: str = "", index: int | None = None) -> None:
        self.line = self.column = None
        if index is not None:
            before = text[:index]
            self.line = len(re.findall(r"\r\n|\r|\n", before)) + 1
            self.column = index - max(before.rfind("\n"), before.rfind("\r"))
            message = f"line {self.line}, column {self.column}: {message}"
        super().__init__(message)


# Nothing that a person writes is nested like that, and nothing that reads it recurses for ever.
DEEPEST = 100
TOO_DEEP = f"this is nested more than {DEEPEST} deep, which few programs read: correct it"
# Python reads no longer whole numbers.
DIGITS = 4000


@dataclass(frozen=True)
class Encoding:
    """How a file's text was written, so that it is written back the same."""

    mark: bytes = b""
    codec: str = "utf-8"

    def encode(self, text: str) -> bytes:
        """Return the file's bytes."""
        return self.mark + text.encode(self.codec)


def decode(data: bytes) -> tuple[str, Encoding]:
    """Return a file's text and its encoding, or refuse it."""
    encoding = next((Encoding(mark, codec) for mark, codec in _MARKS if data.startswith(mark)), Encoding())
    body = data[len(encoding.mark) :]
    try:
        return body.decode(encoding.codec), encoding
    except UnicodeDecodeError as error:
        before = body[: error.start].decode(encoding.codec, "replace")
        raise RefusedEdit(f"this is not {encoding.codec.upper()} text", before, len(before)) from error


def unread(data: bytes | None, kind: str) -> str | None:
    """Return what a program may not be able to read of how the file is written; it stays as it is."""
    mark = next((mark for mark, _codec in _MARKS if (data or b"").startswith(mark)), b"")
    if mark and mark != codecs.BOM_UTF8:
        return "is UTF-16"
    # What reads JSON with comments is made for files of editors; JSON by itself may begin with no mark (RFC 8259).
    return "begins with a byte-order mark" if mark and kind == "json" else None


def newline_of(text: str) -> str:
    """Return the line ending that the file uses; the first one decides."""
    found = re.search(r"\r\n|\n", text)
    return found.group() if found else "\n"


def indent_of(text: str, index: int) -> str:
    """Return the white space that begins the line of `index`."""
    start = max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1
    return re.match(r"[ \t]*", text[start:index]).group()


def cut(text: str, *spans: tuple[int, int]) -> str:
    """Return the text without these spans."""
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return text
