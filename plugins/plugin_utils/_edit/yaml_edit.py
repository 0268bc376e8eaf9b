# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One entry of a YAML file, set or removed; every other byte stays.

PyYAML, which Ansible brings, reads the file, finds its faults and says where each thing is; the change is made to the
text there, and checked by reading it again. A mapping that is made for the entry says so in a comment, by which it is
known again when the entry goes. The last part of a path may name an item of a list by one of its values:
`[name=litellm]`. What an anchor makes true in two places is not changed in one of them.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .text import DEEPEST, TOO_DEEP, RefusedEdit, newline_of
from .yaml_data import ITEM, get, same, with_entry, without_entry

try:
    import yaml
except ImportError:  # it comes with Ansible; files are edited on the controller
    yaml = None

_OURS = "  # made by mcp_lan.litellm"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
# Tabs that YAML takes for spaces and PyYAML does not: on a line without content, and behind a list's dash.
_TABS = re.compile(r"^[ \t]*\t[ \t]*(?=#|\r?$)|^ *(?:- +)*- *\t[ \t]*", re.MULTILINE)
# Line ends of YAML 1.1, by which PyYAML goes; in 1.2 they are characters like others, and others stand for them here.
_BREAKS = "\x85\u2028\u2029"
_LARGEST = 1_000_000  # values, each counted wherever an alias repeats it


@dataclass
class _Node:
    """A value with where it is in the text; the end of a block is that of the last thing in it."""

    kind: str  # mapping, sequence, scalar, alias
    start: int
    end: int
    flow: bool = False
    value: Any = None  # of a scalar; of an alias the anchor that it repeats
    anchor: str | None = None
    dash: int = 0  # of a list's item
    items: list[_Node] = field(default_factory=list)

    def pairs(self) -> list[tuple[_Node, _Node]]:
        """Return a mapping's keys and values."""
        return [(self.items[at], self.items[at + 1]) for at in range(0, len(self.items), 2)]

    def alone(self) -> bool:
        """Return whether there is one pair, or one item of a list."""
        return len(self.items) == (2 if self.kind == "mapping" else 1)

    def walk(self) -> Iterator[_Node]:
        """Return this node and all in it."""
        yield self
        for item in self.items:
            yield from item.walk()

    def find(self, key: str) -> tuple[_Node, _Node] | None:
        """Return the pair with this key; for an item of a list, the item twice."""
        if item := ITEM.match(key):
            for each in self.items if self.kind == "sequence" else ():
                named = each.find(item[1]) if each.kind == "mapping" else None
                if named and named[1].value == item[2]:
                    return each, each
            return None
        return next((pair for pair in self.pairs() if pair[0].kind == "scalar" and pair[0].value == key), None)


def set_entry(text: str | None, path: tuple[str, ...], value: Any) -> str:
    """Return the text with `value` at `path`; None is a file that does not exist yet."""
    before = _load(text or "")
    if same(get(before, path), value):
        return text or ""
    newline = newline_of(text or "")
    # Pair by pair, so that comments between them stay; as a whole where that can't be, as behind a list's dash.
    for old in (get(before, path), None):
        after = _set(text, path, value, newline, old)
        if _holds(after, with_entry(before, path, value)):
            return after
    # Of a text over lines (|) the line end would become a part.
    how = "by hand" if not text or text.endswith("\n") else "after a line end behind its last line, or by hand"
    raise RefusedEdit(f"{'.'.join(path)} can't be added to the way this file is written: add it {how}")


def _holds(text: str, expected: Any) -> bool:
    try:
        return same(_load(text), expected)
    except RefusedEdit:
        return False


def remove_entry(text: str | None, path: tuple[str, ...]) -> str | None:
    """Return the text without the entry at `path`; None if nothing but the entry was in the file."""
    before = _load(text or "")
    # A list may have several items of the name.
    while text is not None and get(before, path) is not None:
        text = _remove(text, path)
        after = _load(text or "")
        if not any(same(after or {}, left) for left in without_entry(before, path)):
            raise RefusedEdit(f"{'.'.join(path)} can't be removed from the way this file is written; do it by hand")
        before = after
    return text


def get_entry(text: str | None, path: tuple[str, ...]) -> Any:
    """Return what is at `path`, or None."""
    return get(_load(text or ""), path)


def _loader() -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def _reader() -> Any:
    """PyYAML's loader for files of which the entry alone is ours: what it cannot make a value of is a text."""

    class Reader(_loader()):
        breaks: dict[int, str] = {}

        def construct_scalar(self, node: Any) -> Any:
            value = super().construct_scalar(node)
            return value.translate(self.breaks) if isinstance(value, str) else value

        def construct_object(self, node: Any, deep: bool = False) -> Any:
            try:
                return super().construct_object(node, deep)
            except (ValueError, LookupError, AttributeError, TypeError, ArithmeticError) as error:
                # How PyYAML says that a value is none of its type. That it has one by its look alone (2026-13-45) is
                # PyYAML's idea.
                plain = isinstance(node, yaml.ScalarNode) and not node.style
                if not plain or self.resolve(yaml.ScalarNode, node.value, (True, False)) != node.tag:
                    raise yaml.constructor.ConstructorError(
                        None, None, "a value is not what its tag (!!int, !!bool …) says", node.start_mark
                    ) from error
                self.recursive_objects.pop(node, None)
                self.constructed_objects[node] = node.value
                return node.value

        def opaque(self, node: Any) -> Any:
            """What only the file's own program understands."""
            if isinstance(node, yaml.ScalarNode):
                return self.construct_scalar(node)
            if isinstance(node, yaml.SequenceNode):
                return self.construct_sequence(node, deep=True)
            return self.construct_mapping(node, deep=True)

    Reader.add_constructor(None, Reader.opaque)
    # Of a sign = alone.
    Reader.add_constructor("tag:yaml.org,2002:value", Reader.opaque)
    return Reader


def _bare(text: str) -> str:
    """Return a copy of equal length that PyYAML can read; refuse what is no YAML text."""
    if yaml is None:
        raise RefusedEdit("YAML files need PyYAML on the controller")
    if odd := yaml.reader.Reader.NON_PRINTABLE.search(text):
        raise RefusedEdit(f"this is not valid YAML: it has the character U+{ord(odd[0]):04X}", text, odd.start())
    if text.startswith("\ufeff"):
        raise RefusedEdit("there is more than one byte-order mark: save the file with one or none", text, 0)
    bare = _TABS.sub(lambda found: found[0].replace("\t", " "), text)
    return bare.translate(_stand_ins(text))


def _stand_ins(text: str) -> dict[int, str]:
    """For each of the line ends that are none a character that the text does not have."""
    found = [each for each in _BREAKS if each in text]
    free = (chr(each) for each in range(0xE000, 0xF900) if chr(each) not in text)
    return {ord(each): next(free, " ") for each in found}


def _load(text: str) -> Any:
    bare = _bare(text)
    try:
        depth = 0
        for event in yaml.parse(bare, Loader=_loader()):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise RefusedEdit(TOO_DEEP, text, event.start_mark.index)
        data = _data(bare, _stand_ins(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem
        if mark and bare[mark.index : mark.index + 1] == "\t":
            problem = "there is a tab where YAML takes nothing but spaces"
        raise RefusedEdit(f"this is not valid YAML: {problem}", text, mark.index if mark else None) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise RefusedEdit(f"this is not valid YAML: {error}") from error
    _size(data, {})
    return data


def _data(bare: str, stand_ins: dict[int, str]) -> Any:
    """What the one document holds, with the characters of the file itself."""
    reader = _reader()(bare)
    reader.breaks = {ord(one): chr(each) for each, one in stand_ins.items()}
    try:
        return reader.get_single_data()
    finally:
        reader.dispose()


def _size(data: Any, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Return how much and how deep it is with its aliases written out; refuse what has no end."""
    if not isinstance(data, (dict, list)):
        return 1, 0
    if id(data) not in known:
        known[id(data)] = (_LARGEST, 0)  # while it is counted: one that holds itself is too large
        inner = [_size(each, known) for each in ([*data, *data.values()] if isinstance(data, dict) else data)]
        known[id(data)] = (1 + sum(size for size, _deep in inner), 1 + max((deep for _size, deep in inner), default=0))
    size, deep = known[id(data)]
    if size >= _LARGEST or deep > DEEPEST:
        raise RefusedEdit("its aliases repeat themselves without end: write them out")
    return size, deep


def _tree(text: str) -> _Node | None:
    """Return the document's values with their places, or None if there are none; it could be loaded before."""
    bare = _bare(text)
    stack: list[_Node] = []
    root = None
    documents = 0
    entries = [
        token.start_mark.index for token in yaml.scan(bare, Loader=_loader()) if isinstance(token, yaml.BlockEntryToken)
    ]
    for event in yaml.parse(bare, Loader=_loader()):
        documents += isinstance(event, yaml.DocumentStartEvent)
        if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            node = stack.pop()
            if node.flow:
                node.end = event.end_mark.index
            elif node.items:
                node.end = max(item.end for item in node.items)
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        node = _node(event)
        if stack:
            if stack[-1].kind == "sequence" and not stack[-1].flow:
                node.dash = entries[bisect_left(entries, node.start) - 1]
            stack[-1].items.append(node)
        elif root is None:
            root = node
        if node.kind in ("mapping", "sequence"):
            stack.append(node)
    if documents > 1:
        raise RefusedEdit("the file holds more than one YAML document: leave one in it")
    if root is None or (root.kind == "scalar" and root.start == root.end):
        return None
    if root.kind != "mapping":
        raise RefusedEdit("the file does not hold a mapping: correct it, or name another file", text, root.start)
    return root


def _node(event: Any) -> _Node:
    kinds = {yaml.MappingStartEvent: "mapping", yaml.SequenceStartEvent: "sequence", yaml.AliasEvent: "alias"}
    kind = kinds.get(type(event), "scalar")
    return _Node(
        kind,
        event.start_mark.index,
        event.end_mark.index,
        bool(getattr(event, "flow_style", False)),
        event.anchor if kind == "alias" else getattr(event, "value", None),
        None if kind == "alias" else event.anchor,
    )


def _refuse_shared(text: str, root: _Node, nodes: list[tuple[str, _Node]]) -> None:
    """Refuse to change what an alias elsewhere repeats."""
    used = {node.value: node.start for node in root.walk() if node.kind == "alias"}
    for key, node in nodes:
        if node.anchor in used:
            line = text.count("\n", 0, used[node.anchor]) + 1
            raise RefusedEdit(
                f"{key} has the anchor &{node.anchor}, and line {line} says the same by *{node.anchor}: what is "
                "changed here would change there; write it out there",
                text,
                node.start,
            )


def _refuse_twice(text: str, node: _Node, key: str) -> None:
    """Refuse a key that is there twice: most programs read no such file, and others each another one of the two."""
    names = [name for name, _value in node.pairs() if name.value == key] if node.kind == "mapping" else []
    if len(names) > 1:
        line = text.count("\n", 0, names[0].start) + 1
        raise RefusedEdit(f"{key} is here once more, after line {line}: leave one of them", text, names[1].start)


def _set(text: str | None, path: tuple[str, ...], value: Any, newline: str, old: Any) -> str:
    root = _tree(text or "")
    if root is None:
        return _append(text, len(text or ""), _block(path, value, "", "  ", newline), newline)
    node = root
    for depth, key in enumerate(path):
        _refuse_shared(text, root, [(path[depth - 1] if depth else "the whole", node)])
        pair = node.find(key)
        _refuse_twice(text, node, key)
        if pair is None:
            return _insert(text, node, path[depth:], value, newline)
        name, found = pair
        if depth == len(path) - 1:
            _refuse_shared(text, root, [(key, each) for each in found.walk()])
            return _changed(text, node, name, found, value, newline, old)
        if found.kind == "scalar" and found.value in ("", "null", "~"):
            # An empty one stays as it is; the deeper indentation tells it from one that was made.
            if found.start != found.end:
                none = "[]" if ITEM.match(path[depth + 1]) else "{}"
                raise RefusedEdit(
                    f"{key} is written as {text[found.start : found.end]}; leave it empty or write {none}",
                    text,
                    found.start,
                )
            indent = " " * _column(text, name.start) + "    "
            return _append(
                text, _line_end(text, name.end), _block(path[depth + 1 :], value, indent, "  ", newline), newline
            )
        if found.kind == "alias":
            raise RefusedEdit(f"{key} is an alias, *{found.value}: write it out here", text, found.start)
        desired = "sequence" if ITEM.match(path[depth + 1]) else "mapping"
        if found.kind != desired:
            what = desired.replace("sequence", "list")
            raise RefusedEdit(f"{'.'.join(path[: depth + 1])} is not a {what}: correct it", text, found.start)
        node = found
    return text


def _insert(text: str, node: _Node, keys: tuple[str, ...], value: Any, newline: str) -> str:
    if node.flow:
        entry = _flow(keys, value)
        if not node.items:
            return text[: node.end - 1] + entry + text[node.end - 1 :]
        if node.kind == "sequence":
            return text[: node.items[-1].end] + ", " + entry + text[node.items[-1].end :]
        place = text.index("{", node.start) + 1
        return text[:place] + entry + ", " + text[place:]
    first = node.items[0].dash if node.kind == "sequence" else node.items[0].start
    indent = " " * _column(text, first)
    return _append(text, _line_end(text, node.end), _block(keys, value, indent, "  ", newline), newline)


def _append(text: str | None, place: int, block: str, newline: str) -> str:
    """Put lines where a line begins; where the last line has no end, the new one has none either."""
    if text is None or place == 0 or text[place - 1] in "\r\n":
        return (text or "")[:place] + block + (newline if text is None or text else "") + (text or "")[place:]
    return text[:place] + newline + block + text[place:]


def _changed(text: str, parent: _Node, name: _Node, found: _Node, value: Any, newline: str, old: Any) -> str:
    """Return the text with this value, which was `old`; of two mappings only the pairs that differ are touched."""
    mappings = value and isinstance(value, dict) and isinstance(old, dict) and found.kind == "mapping"
    # Without a last line end, what is added behind moves what is to be removed above.
    if not mappings or found.flow or not text.endswith("\n"):
        return _replace(text, parent, name, found, value, newline)
    pairs = found.pairs()
    # From below, so that the places above stay what they are.
    for key in [key for key in reversed(value) if not found.find(key)]:
        text = _insert(text, found, (key,), value[key], newline)
    for key, inner in reversed(pairs):
        if key.value not in value:
            text = _remove_pair(text, [(found, (key, inner))])
        elif not same(value[key.value], old.get(key.value)):
            text = _changed(text, found, key, inner, value[key.value], newline, old.get(key.value))
    return text


def _replace(text: str, parent: _Node, name: _Node, found: _Node, value: Any, newline: str) -> str:
    line = found.kind == "scalar" and found.end > found.start and "\n" not in text[found.start : found.end]
    if parent.flow or found.flow or (line and not isinstance(value, dict)):
        return text[: found.start] + _written(value) + text[found.end :]
    begin = found.dash if name is found else name.start
    indent = " " * _column(text, begin)
    block = _block(("[]" if name is found else name.value,), value, indent, "  ", newline)
    start = begin - len(indent)
    end = _line_end(text, max(found.end, name.end))
    return text[:start] + block + (newline if text[start:end].endswith("\n") else "") + text[end:]


def _remove(text: str, path: tuple[str, ...]) -> str | None:
    trail, node = [], _tree(text)
    root = node
    for key in path:
        if node is None or node.kind not in ("mapping", "sequence"):
            raise RefusedEdit(f"{'.'.join(path)} is an alias here; remove it by hand")
        _refuse_shared(text, root, [(trail[-1][1][0].value if trail else "the whole", node)])
        pair = node.find(key)
        _refuse_twice(text, node, key)
        if pair is None:
            raise RefusedEdit(f"{'.'.join(path)} is merged from elsewhere here; remove it by hand")
        trail.append((node, pair))
        node = pair[1]
    _refuse_shared(text, root, [(path[-1], each) for each in node.walk()])
    return _remove_pair(text, trail)


def _remove_pair(text: str, trail: list[tuple[_Node, tuple[_Node, _Node]]]) -> str | None:
    parent, (name, found) = trail[-1]
    if parent.flow:
        start, end = name.start, found.end
        if len(trail) > 1 and parent.alone() and text[end : parent.end] in (" }", " ]"):
            return _remove_pair(text, trail[:-1])
        following = re.match(r"\s*,[ \t]*", text[end:])
        # An item of a list was put after the others, a pair before them.
        if following and (parent.kind == "mapping" or found is parent.items[0]):
            return text[:start] + text[end + following.end() :]
        before = re.search(r",\s*\Z", text[:start])
        return text[: before.start() if before else start] + text[end:]
    if len(trail) > 1 and parent.alone():
        owner = trail[-2][1][0]
        if text[owner.end : _line_end(text, owner.end)].rstrip("\r\n").endswith(_OURS):
            return _remove_pair(text, trail[:-1])
    begin = found.dash if name is found else name.start
    start = begin - _column(text, begin)
    end = _line_end(text, max(found.end, name.end))
    rest = text[end:]
    if not text[start:end].endswith("\n"):
        # The last line had no end before the entry came either.
        return re.sub(r"\r?\n\Z", "", text[:start]) + rest
    if not rest and not start:
        return None
    return text[:start] + rest


def _block(keys: tuple[str, ...], value: Any, indent: str, unit: str, newline: str) -> str:
    """Return `key:` and the value below it, as lines; mappings made on the way say that they were made."""
    if len(keys) > 1:
        inner = _block(keys[1:], value, indent + unit, unit, newline)
        return f"{indent}{_name(keys[0])}:{_OURS}{newline}{inner}"
    lines = [f"{indent}{_name(keys[0])}:"]
    _lines(value, indent + unit, unit, lines)
    if keys[0].startswith("["):
        # The dash stands where the first key would be indented.
        lines = [f"{indent}-{lines[1][len(indent) + 1 :]}", *lines[2:]]
    return newline.join(lines)


def _lines(value: Any, indent: str, unit: str, lines: list[str]) -> None:
    """Add a value below the line that ends in its key's colon."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            lines.append(f"{indent}{_name(key)}:")
            _lines(each, indent + unit, unit, lines)
    else:
        lines[-1] += " " + _written(value)


def _flow(keys: tuple[str, ...], value: Any) -> str:
    """Return `"key": value` on one line; the space before a brace tells a mapping that was made for the entry."""
    if keys[0].startswith("["):
        return _written(value)
    brackets = "[]" if keys[1:] and keys[1].startswith("[") else "{}"
    inner = _written(value) if len(keys) == 1 else brackets[0] + _flow(keys[1:], value) + " " + brackets[1]
    return f"{_written(keys[0])}: {inner}"


def _written(value: Any) -> str:
    """A value as JSON, which is YAML of one line for readers of both its versions."""
    line = json.dumps(value, ensure_ascii=False)
    for each in _BREAKS:
        line = line.replace(each, f"\\u{ord(each):04x}")
    return line


def _name(key: str) -> str:
    plain = _PLAIN.match(key) and yaml.safe_load(key) == key
    return key if plain else _written(key)


def _column(text: str, index: int) -> int:
    return index - max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) - 1


def _line_end(text: str, index: int) -> int:
    """Return where the next line begins; at the beginning of a line, that line (a block text ends there)."""
    if index and text[index - 1] == "\n":
        return index
    end = text.find("\n", index)
    return len(text) if end < 0 else end + 1
