# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One entry of a JSON file, with or without comments, set or removed; every other byte stays.

Comments and trailing commas are blanked out in a copy of equal length, which Python's own JSON parser then reads:
it finds the faults, and its positions are the file's. The change is made to the file's text at those positions.

JSON has no place for a note of what was there before, so white space carries it: an entry put into an object that
existed empty touches its closing brace, one in an object made for it does not. Removing reads that back. An object with
nothing but comments in it stays, so that an entry below them may look like any other.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from .text import DEEPEST, DIGITS, TOO_DEEP, RefusedEdit, cut, indent_of, newline_of

_SPACE = " \t\r\n"
_STRING = r'"(?:[^"\\\r\n]|\\.)*"'
_COMMENT = re.compile(_STRING + r"|(//[^\r\n]*|/\*.*?\*/)", re.DOTALL)
_BRACKET = re.compile(_STRING + r"|([\[{])|([\]}])")
# What Python would read, or could not, and is no JSON for other programs.
_NO_NUMBER = re.compile(_STRING + rf"|(-?Infinity|NaN)|(\d{{{DIGITS + 1},}})")
_TRAILING_COMMA = re.compile(_STRING + r"|(,)(?=[ \t\r\n]*[}\]])")


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _whole(digits: str) -> int:
    if len(digits) > DIGITS:
        raise ValueError(digits)
    return int(digits)


_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_int=_whole)


@dataclass(frozen=True)
class _Member:
    key: str
    start: int  # of the key
    value: int  # start of the value
    end: int  # of the value


class _Document:
    """The file's text, its copies without comments and without trailing commas, and the parsed whole."""

    def __init__(self, text: str, comments: bool) -> None:
        self.text, self.comments = text, comments
        self.bare = _COMMENT.sub(_blank, text) if comments else text
        self.strict = _TRAILING_COMMA.sub(_blank_comma, self.bare) if comments else text
        self.root = len(self.strict) - len(self.strict.lstrip(_SPACE))
        self.empty = self.root == len(self.strict)
        self.end = self.root
        if self.empty:
            return
        self._refuse_depth()
        try:
            self.value, self.end = _DECODER.raw_decode(self.strict, self.root)
        except json.JSONDecodeError as error:
            hint = self._hint(error.pos, comments)
            raise RefusedEdit(
                f"this is not valid JSON: {error.msg.removesuffix(' at')}{hint}", text, error.pos
            ) from error
        except ValueError as error:
            found = next((each for each in _NO_NUMBER.finditer(self.strict, self.root) if each.lastindex), None)
            constant = found and found[1]
            if constant:
                why = f"this is not valid JSON: {constant} is none of its numbers: write null, or a text"
            else:
                why = f"a number has more than {DIGITS} digits, which few programs read: write it as a text"
            raise RefusedEdit(why, text, found.start() if found else None) from error
        rest = self.strict[self.end :].lstrip(_SPACE)
        if rest:
            raise RefusedEdit("this is not valid JSON: more text after the end", text, len(text) - len(rest))
        if not isinstance(self.value, dict):
            raise RefusedEdit("the file does not hold an object: correct it, or name another file", text, self.root)

    def _refuse_depth(self) -> None:
        depth = 0
        for found in _BRACKET.finditer(self.strict, self.root):
            depth += (found[1] is not None) - (found[2] is not None)
            if depth > DEEPEST:
                raise RefusedEdit(TOO_DEEP, self.text, found.start())

    def _hint(self, position: int, comments: bool) -> str:
        sign = self.text[position : position + 1]
        if sign == "#":
            return " (a line with # is no comment here)"
        return " (this program's file may hold no comments)" if sign == "/" and not comments else ""

    def skip(self, index: int) -> int:
        """Return the next position that is not white space."""
        while self.strict[index] in _SPACE:
            index += 1
        return index

    def members(self, brace: int) -> tuple[list[_Member], int]:
        """Return the members of the object at `brace`, and where it closes."""
        found: list[_Member] = []
        index = self.skip(brace + 1)
        while self.strict[index] != "}":
            if self.strict[index] == ",":
                index = self.skip(index + 1)
            key, end = _DECODER.raw_decode(self.strict, index)
            value = self.skip(self.skip(end) + 1)
            _ignored, stop = _DECODER.raw_decode(self.strict, value)
            found.append(_Member(key, index, value, stop))
            index = self.skip(stop)
        return found, index

    def comma(self, start: int, end: int) -> int | None:
        """Return where a comma is between these, trailing ones included."""
        index = self.bare.find(",", start, end)
        return None if index < 0 else index

    def comment_to(self, index: int) -> bool:
        """Return whether a comment that ends with its line is before `index`."""
        found = _COMMENT.finditer(self.text, 0, index) if self.comments else ()
        return any(each.end() == index and (each[1] or "").startswith("//") for each in found)

    def before(self, index: int) -> int:
        """Return where the white space before `index` begins."""
        return len(self.text[:index].rstrip(_SPACE))


def _blank(match: re.Match) -> str:
    return match.group() if match.group(1) is None else re.sub(r"[^\r\n]", " ", match.group())


def _blank_comma(match: re.Match) -> str:
    if match.group(1) is None:
        return match.group()
    index = match.start() - 1
    while index >= 0 and match.string[index] in _SPACE:
        index -= 1
    return "," if index < 0 or match.string[index] in "{[,:" else " "


class _Style:
    """How this file is laid out, so that what is added looks like the rest."""

    def __init__(self, document: _Document) -> None:
        said = document.strict.strip(_SPACE)
        self.newline = newline_of(document.text)
        self.compact = bool(said) and "\n" not in said
        self.unit = "  " if document.empty else self._unit(document)

    @staticmethod
    def _unit(document: _Document) -> str:
        """Return by how much members are indented in the first object that has one on a line of its own."""
        text, objects = document.text, [document.root]
        while objects:
            brace = objects.pop(0)
            outer = indent_of(text, brace)
            for member in document.members(brace)[0]:
                inner = indent_of(text, member.start)
                alone = text[: member.start - len(inner)].endswith(("\n", "\r"))
                if alone and inner.startswith(outer) and inner != outer:
                    return inner.removeprefix(outer)
                if document.strict[member.value] == "{":
                    objects.append(member.value)
        return "  "

    def value(self, value: Any, indent: str) -> str:
        """Return a value as text; its first line begins where the caller is, the others at `indent`."""
        if self.compact:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        lines = json.dumps(value, ensure_ascii=False, indent=self.unit).split("\n")
        return (self.newline + indent).join(lines)

    def member(self, keys: tuple[str, ...], value: Any, indent: str) -> str:
        """Return `"key": value`; of several keys, each but the last holds an object made for it."""
        name = json.dumps(keys[0], ensure_ascii=False) + (":" if self.compact else ": ")
        return name + (self.value(value, indent) if len(keys) == 1 else self.object(keys[1:], value, indent))

    def object(self, keys: tuple[str, ...], value: Any, indent: str) -> str:
        """Return an object made for one entry."""
        if self.compact:
            return "{" + self.member(keys, value, "") + " }"
        inner = self.newline + indent + self.unit
        return "{" + inner + self.member(keys, value, indent + self.unit) + self.newline + indent + "}"


def _same(left: Any, right: Any) -> bool:
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def set_entry(text: str | None, path: tuple[str, ...], value: Any, comments: bool = False) -> str:
    """Return the text with `value` at `path`; None is a file that does not exist yet."""
    document = _Document(text or "", comments)
    style = _Style(document)
    if document.empty:
        return _new_document(text, path, value, style)
    brace = document.root
    for depth, key in enumerate(path):
        members, close = document.members(brace)
        member = next((m for m in reversed(members) if m.key == key), None)
        if member is None:
            return _insert(document, style, brace, members, close, path[depth:], value)
        brace = member.value
        if depth < len(path) - 1 and document.strict[brace] != "{":
            raise RefusedEdit(f"{'.'.join(path[: depth + 1])} is not an object: write {{}} there", document.text, brace)
    if _same(_DECODER.raw_decode(document.strict, member.value)[0], value):
        return document.text
    indent = indent_of(document.text, member.start)
    if isinstance(value, dict) and value and document.strict[member.value] == "{":
        # By itself, on a line that begins as its own does.
        new = _changed(indent + document.text[member.value : member.end], value, comments)[len(indent) :]
    else:
        new = style.value(value, indent)
    return document.text[: member.value] + new + document.text[member.end :]


def _changed(text: str, value: dict[str, Any], comments: bool) -> str:
    """Return an object's text with these members and no others; what people wrote between them stays."""
    for key, each in value.items():
        text = set_entry(text, (key,), each, comments)
    for key in [each for each in get_entry(text, (), comments) if each not in value]:
        text = remove_entry(text, (key,), comments)
    return text


def get_entry(text: str | None, path: tuple[str, ...], comments: bool = False) -> Any:
    """Return what is at `path`, or None."""
    document = _Document(text or "", comments)
    found = None if document.empty else document.value
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _new_document(text: str | None, path: tuple[str, ...], value: Any, style: _Style) -> str:
    if text is None:
        return style.object(path, value, "") + style.newline
    style.compact = False
    body = style.object(path, value, "")
    # A comment on the last line needs a line end after it; the line end after the body tells that it was added.
    if text and not text.endswith(("\n", "\r")):
        return text + style.newline + body + style.newline
    return text + body


def _insert(
    document: _Document,
    style: _Style,
    brace: int,
    members: list[_Member],
    close: int,
    keys: tuple[str, ...],
    value: Any,
) -> str:
    text = document.text
    if not members:
        return _insert_alone(document, style, brace, close, keys, value)
    last = members[-1]
    comma = document.comma(last.end, close)
    tail = last.end if comma is None else comma + 1
    place = tail + len(text[tail:close].rstrip(_SPACE))
    first = members[-2].end if len(members) > 1 else brace + 1
    gap = text[first : last.start]
    indent = indent_of(text, last.start)
    if "\n" in gap or "//" in text[tail:place]:
        separator = style.newline + indent
    else:
        separator = re.search(r"[ \t]*\Z", gap).group()
    entry = separator + style.member(keys, value, indent)
    if comma is None:
        return text[: last.end] + "," + text[last.end : place] + entry + text[place:]
    return text[:place] + entry + "," + text[place:]


def _insert_alone(document: _Document, style: _Style, brace: int, close: int, keys: tuple[str, ...], value: Any) -> str:
    """Put the entry into an object without any; below comments it has a line of its own, as they have."""
    text, place = document.text, document.before(close)
    outer = indent_of(text, close)
    if place > brace + 1 and "\n" in text[place:close]:
        inner = outer + style.unit
        return text[:place] + style.newline + inner + style.member(keys, value, inner) + text[place:]
    return text[:close] + style.member(keys, value, outer) + text[close:]


def remove_entry(text: str | None, path: tuple[str, ...], comments: bool = False) -> str | None:
    """Return the text without the entry at `path`; None if nothing but the entry was in the file."""
    while text is not None:
        document = _Document(text, comments)
        trail = [] if document.empty else _trail(document, path)
        if not trail:
            return text
        text = _remove(document, trail)
    return text


def _trail(document: _Document, path: tuple[str, ...]) -> list[tuple[int, list[_Member], int, _Member]]:
    """Return the objects on the way to the entry, outermost first; nothing if the entry is not there."""
    brace, trail = document.root, []
    for key in path:
        if document.strict[brace] != "{":
            return []
        members, close = document.members(brace)
        member = next((m for m in reversed(members) if m.key == key), None)
        if member is None:
            return []
        trail.append((brace, members, close, member))
        brace = member.value
    return trail


def _remove(document: _Document, trail: list[tuple[int, list[_Member], int, _Member]]) -> str | None:
    text = document.text
    brace, members, close, member = trail[-1]
    start = document.before(member.start)
    if len(members) == 1:
        if member.end == close:
            return cut(text, (member.start, member.end))
        if not text[member.end : close].strip(_SPACE) and not text[brace + 1 : member.start].strip(_SPACE):
            return _remove(document, trail[:-1]) if len(trail) > 1 else _remove_root(document, start, member.end)
    at = members.index(member)
    following = members[at + 1].start if at + 1 < len(members) else close
    comma = document.comma(member.end, following)
    if comma is None and at > 0:
        comma = document.comma(members[at - 1].end, member.start)
    spans = [(start, member.end), *([] if comma is None else [(comma, comma + 1)])]
    if document.comment_to(start) and not re.match(r"[ \t]*[\r\n]", cut(text, *spans)[_left(spans) :]):
        # More than a line end is behind it, and would become a part of that comment.
        spans[0] = (member.start, member.end)
    return cut(text, *spans)


def _left(spans: list[tuple[int, int]]) -> int:
    """Return where the first of these spans was, once all of them are cut out."""
    return spans[0][0] - sum(end - start for start, end in spans[1:] if end <= spans[0][0])


def _remove_root(document: _Document, start: int, end: int) -> str | None:
    before, after = document.text[: document.root], document.text[document.end :]
    newline = newline_of(document.text)
    if not after:
        return before
    if after == newline:
        return before.removesuffix(newline) if before else None
    return cut(document.text, (start, end))
