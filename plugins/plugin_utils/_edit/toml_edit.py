# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One table of a TOML file, or one key at its top, set or removed; every other byte stays.

tomllib reads the file, finds its faults, and checks the result: it must hold what was there and the entry, no more.
The file's text is split into statements and only ours are touched. A new table goes to the end of the file behind
an empty line; a file whose last line has no end gets two, and its new last line has none either, so that removing
gives back what was there. A new key at the top goes below the comments that are about the whole file.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .text import DEEPEST, DIGITS, TOO_DEEP, RefusedEdit, newline_of

try:
    import tomllib
except ImportError:  # Python 3.10 and older; files are edited on the controller, which has a newer one
    tomllib = None

_TOKEN = re.compile(
    r"""
      \"{3}(?:[^"\\]|\\.|"(?!""))*\"{3}"{0,2}     # a text over lines, with escapes
    | '{3}(?:[^']|'(?!''))*'{3}'{0,2}             # one without
    | "(?:[^"\\\n]|\\.)*" | '[^'\n]*' | \#[^\n]*  # a string, a literal one, a comment
    | \n | [\[\]{}] | [^"'\#\n\[\]{}]+ | .
    """,
    re.DOTALL | re.VERBOSE,
)
_KEY = re.compile(r"""\s*((?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^="'])*)=""")
_EMPTY_LINE = re.compile(r"(?:(?<=\n)|\A)\r?\n\Z|\Z")
_BEFORE_LAST = re.compile(r"(?:\r?\n){0,2}\Z")
_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


@dataclass(frozen=True)
class _Statement:
    start: int
    end: int  # after its line end
    kind: str  # table, value, or nothing (an empty line or a comment)
    path: tuple[str, ...]  # from the top of the file


def set_entry(text: str | None, path: tuple[str, ...], value: Any) -> str:
    """Return the text with `value` at `path`; None is a file that does not exist yet."""
    before = _parse(text or "")
    if _same(_get(before, path), value):
        return text or ""
    expected = _with(before, path, value)
    # Key by key, so that comments between them stay; as a whole where that can't be.
    for way in (_changed_table, _set_table) if isinstance(value, dict) else (_set_value,):
        after = way(text, path, value)
        if _holds(after, expected):
            return after
    raise RefusedEdit(
        f"{'.'.join(path)} can't be added beside the way {path[0]} is written here; write it as "
        f"[{'.'.join(path[:2])}] tables"
    )


def _holds(text: str, expected: Any) -> bool:
    try:
        return _same(_parse(text), expected)
    except RefusedEdit:
        return False


def remove_entry(text: str | None, path: tuple[str, ...]) -> str | None:
    """Return the text without the entry at `path`; None if nothing but the entry was in the file."""
    if text is None or _get(_parse(text), path) is None:
        return text
    ours = [s for s in _statements(text) if s.path[: len(path)] == path and s.kind != "nothing"]
    if not ours:
        raise RefusedEdit(f"{'.'.join(path)} is part of an inline table here; remove it by hand")
    if ours[0].start == 0 and ours[-1].end == len(text) and _only(text, ours):
        return None if text.endswith("\n") else ""
    for start, end in reversed(_spans(text, ours)):
        text = text[:start] + text[end:]
    return text


def get_entry(text: str | None, path: tuple[str, ...]) -> Any:
    """Return what is at `path`, or None."""
    return _get(_parse(text or ""), path)


def _only(text: str, ours: list[_Statement]) -> bool:
    return not [s for s in _statements(text) if s.kind != "nothing" and s not in ours]


def _spans(text: str, ours: list[_Statement]) -> list[tuple[int, int]]:
    """Return what to cut: each run of our statements, and the empty line that was put before a table."""
    spans: list[tuple[int, int]] = []
    for statement in ours:
        start, end = statement.start, statement.end
        if spans and not text[spans[-1][1] : start].strip():
            spans[-1] = (spans[-1][0], end)
            continue
        if statement.kind == "table":
            start -= len(
                _BEFORE_LAST.search(text[:start]).group()
                if not text[: ours[-1].end].endswith("\n")
                else _EMPTY_LINE.search(text[:start]).group()
            )
        elif end == len(text) and not text.endswith("\n"):
            start -= len(re.search(r"(?:\r?\n)?\Z", text[:start]).group())
        spans.append((start, end))
    return spans


def _parse(text: str) -> dict[str, Any]:
    if tomllib is None:
        raise RefusedEdit("TOML files need Python 3.11 or newer on the controller")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)", str(error))
        message = f"this is not valid TOML: {str(error)[: place.start()] if place else error}"
        if place is None:
            raise RefusedEdit(message) from error
        lines = text.split("\n")
        line, column = (int(place[1]), int(place[2])) if place[1] else (len(lines), len(lines[-1]) + 1)
        raise RefusedEdit(message, text, sum(len(each) + 1 for each in lines[: line - 1]) + column - 1) from error
    except (ValueError, RecursionError) as error:
        raise _unread(text) from error


def _unread(text: str) -> RefusedEdit:
    """Why Python does not read what may be valid TOML, and where."""
    depth = 0
    for token in _TOKEN.finditer(text):
        word = token.group()
        depth += (word in "[{") - (word in "]}") if len(word) == 1 else 0
        if depth > DEEPEST:
            return RefusedEdit(TOO_DEEP, text, token.start())
        if word[0] not in "\"'#" and (long := re.search(rf"[0-9a-fA-F_]{{{DIGITS + 1},}}", word)):
            why = f"a number has more than {DIGITS} digits, which few programs read: write it as a text"
            return RefusedEdit(why, text, token.start() + long.start())
    return RefusedEdit("this is not TOML that can be read: correct it")


def _statements(text: str) -> Iterator[_Statement]:
    """Split valid TOML into its statements; a statement ends at a line end outside strings and brackets."""
    start = depth = 0
    section: tuple[str, ...] = ()
    for token in _TOKEN.finditer(text):
        word = token.group()
        depth += (word in "[{") - (word in "]}") if len(word) == 1 else 0
        if (word != "\n" or depth) and token.end() < len(text):
            continue
        statement = _statement(text, start, token.end(), section)
        section = statement.path if statement.kind == "table" else section
        start = token.end()
        yield statement


def _statement(text: str, start: int, end: int, section: tuple[str, ...]) -> _Statement:
    line = text[start:end]
    content = line.lstrip()
    if not content or content.startswith("#"):
        return _Statement(start, end, "nothing", section)
    if content.startswith("["):
        return _Statement(start, end, "table", _path(line))
    return _Statement(start, end, "value", section + _path(_KEY.match(line).group(1) + "=0"))


def _path(line: str) -> tuple[str, ...]:
    found, path = tomllib.loads(line), []
    while found and isinstance(found, (dict, list)):
        # A table of an array is none of ours; a number keeps its path apart from every key.
        key = 0 if isinstance(found, list) else next(iter(found))
        path.append(key)
        found = found[key]
    return tuple(path)


def _set_table(text: str | None, path: tuple[str, ...], value: dict[str, Any]) -> str:
    newline = newline_of(text or "")
    block = _table(path, value, newline)
    if not text:
        return block + newline if text is None else block
    ours = [s for s in _statements(text) if s.path[: len(path)] == path and s.kind != "nothing"]
    if ours and ours[0].kind == "table":
        line_end = newline if text[: ours[-1].end].endswith("\n") else ""
        first = ours[0].start
        for statement in reversed(ours):
            text = text[: statement.start] + text[statement.end :]
        return text[:first] + block + line_end + text[first:]
    for start, end in reversed(_spans(text, ours)):
        text = text[:start] + text[end:]
    return text + newline + block + newline if text.endswith("\n") else text + newline * 2 + block


def _changed_table(text: str | None, path: tuple[str, ...], value: dict[str, Any]) -> str:
    """Return the text with only those keys of our table touched that differ; as it was if there is no such table."""
    text = text or ""
    old = _get(_parse(text), path)
    ours = [s for s in _statements(text) if s.path[: len(path)] == path and s.kind != "nothing"]
    if [(each.kind, each.path) for each in ours] == [("value", path)]:
        start, end = ours[0].start, ours[0].end
        return text[:start] + _with_value(text[start:end], value) + text[end:]
    head = next((s for s in ours if s.kind == "table" and s.path == path), None)
    if head is None:
        return text
    newline = newline_of(text)
    kept = {key for key, each in value.items() if _same(old.get(key), each)}
    missing, place, edits = dict(value), head.end, []
    for statement in [each for each in ours if each is not head]:
        key, *inner = statement.path[len(path) :]
        direct = statement.kind == "value" and not inner and key in value
        place = statement.end if direct else place
        if direct or key in kept:
            missing.pop(key, None)
        if key not in kept:
            line = text[statement.start : statement.end]
            edits.append((statement.start, statement.end, _with_value(line, value[key]) if direct else ""))
    lines = [f"{_key((key,))} = {_value(each)}" for key, each in missing.items()]
    ended = text[:place].endswith("\n")
    edits.append((place, place, "".join(line + newline if ended else newline + line for line in lines)))
    after = text
    for start, end, new in sorted(edits, reverse=True):
        after = after[:start] + new + after[end:]
    # A last line that had no end has none.
    return after if text.endswith("\n") else re.sub(r"\r?\n\Z", "", after)


def _set_value(text: str | None, path: tuple[str, ...], value: Any) -> str:
    text = text or ""
    newline = newline_of(text)
    line = f"{_key(path)} = {_value(value)}"
    statements = list(_statements(text))
    for statement in statements:
        if statement.path == path and statement.kind == "value":
            new = _with_value(text[statement.start : statement.end], value)
            return text[: statement.start] + new + text[statement.end :]
    # At the top: behind a table's header it would belong to that table.
    place = _below_header(text, statements)
    if place == len(text) and text and not text.endswith("\n"):
        return text + newline + line
    return text[:place] + line + newline + text[place:]


def _with_value(statement: str, value: Any) -> str:
    """Return `key = value` with another value; a comment behind it stays."""
    start = _KEY.match(statement).end()
    return statement[:start] + " " + _value(value) + statement[_end(statement, start) :]


def _end(statement: str, start: int) -> int:
    """Return where the value ends that begins at `start`: a comment may be behind it."""
    end = start
    for token in _TOKEN.finditer(statement, start):
        if token.group().strip() and not token.group().startswith("#"):
            end = start + len(statement[start : token.end()].rstrip())
    return end


def _below_header(text: str, statements: list[_Statement]) -> int:
    """Return where the comments about the whole file end: those for editors, and what an empty line follows."""
    place = 0
    for statement in statements:
        line = text[statement.start : statement.end].strip()
        if statement.kind != "nothing":
            break
        if not line:
            return statement.end
        if line.startswith(("#:", "#!")):
            place = statement.end
    return place


def _table(path: tuple[str, ...], value: dict[str, Any], newline: str) -> str:
    return newline.join([f"[{_key(path)}]", *(f"{_key((key,))} = {_value(each)}" for key, each in value.items())])


def _key(path: tuple[str, ...]) -> str:
    return ".".join(key if _BARE.match(key) else _value(key) for key in path)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key((key,))} = {_value(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _get(data: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _with(data: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    data = copy.deepcopy(data)
    inner = data
    for key in path[:-1]:
        inner = inner.setdefault(key, {})
        if not isinstance(inner, dict):
            raise RefusedEdit(f"{key} is not a table")
    inner[path[-1]] = value
    return data


def _same(left: Any, right: Any) -> bool:
    return repr(_sorted(left)) == repr(_sorted(right))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted((key, _sorted(each)) for key, each in value.items())
    return [_sorted(each) for each in value] if isinstance(value, list) else value
