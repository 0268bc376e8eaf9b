# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML 1.2 by its core schema, on top of the PyYAML that Ansible has anyhow.

PyYAML reads YAML 1.1, where yes, 12:30 and 2026-01-01 are no texts and 010 is eight. ruamel.yaml would read 1.2, but
keeps the dates, reads it in pure Python alone (minutes for a large document), and is no part of Ansible.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable
from typing import Any

import yaml

# libyaml where PyYAML was built with it: ten times as fast.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
# https://yaml.org/spec/1.2.2/#1032-tag-resolution; an infinite number is none in JSON, so it stays a text.
_FORMS = {
    "null": (r"null|Null|NULL|~|", ["n", "N", "~", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    "float": (r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
    "merge": (r"<<", ["<"]),
}
_BASES = {"0o": 8, "0x": 16}
# Python reads no longer ones.
_DIGITS = 4000


class WrittenInt(int):
    """A whole number that knows how it was written."""

    written = ""


class WrittenFloat(float):
    """A number that knows how it was written."""

    written = ""


class Loader(_Base):
    """One document of YAML 1.2; a key is a text, however it is written."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    yaml_constructors: dict[str | None, Any] = {}

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict[Hashable, Any]:
        """The keys as they are written: 200, null and on are texts here."""
        if not isinstance(node, yaml.MappingNode):
            raise yaml.constructor.ConstructorError(None, None, "a dictionary belongs here", node.start_mark)
        self.flatten_mapping(node)
        made: dict[Hashable, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key is no text", key.start_mark)
            made[key.value] = self.construct_object(value, deep=deep)
        return made

    def whole(self, node: yaml.ScalarNode) -> Any:
        """An integer."""
        value = self.construct_scalar(node)
        if len(value) > _DIGITS:
            return value
        return _kept(WrittenInt(value[2:], _BASES[value[:2]]) if value[:2] in _BASES else WrittenInt(value), value)

    def fraction(self, node: yaml.ScalarNode) -> Any:
        """Another number; a text if it is too large for one."""
        value = self.construct_scalar(node)
        return _kept(WrittenFloat(value), value) if math.isfinite(float(value)) else value

    def truth(self, node: yaml.ScalarNode) -> Any:
        """A boolean."""
        return self.construct_scalar(node).lower() == "true"


def _kept(number: Any, value: str) -> Any:
    number.written = value
    return number


def load(text: str, deepest: int) -> Any:
    """What the one document holds; yaml.YAMLError, or ValueError for a value that does not fit its tag.

    RecursionError for one that is nested deeper: libyaml would not survive it.
    """
    depth = 0
    for event in yaml.parse(text, Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > deepest:
            raise RecursionError
    return yaml.load(text, Loader)


def load_own(text: str) -> Any:
    """What a file of the collection's own holds, as PyYAML reads it: YAML 1.1."""
    return yaml.load(text, _Base)


def is_text(written: str) -> bool:
    """Whether it is a text to who reads YAML 1.2 without quotes around it, and no number, boolean or null."""
    forms = Loader.yaml_implicit_resolvers.get(written[:1], [])
    return not any(form.match(written) for _tag, form in forms)


for _name, (_form, _first) in _FORMS.items():
    Loader.add_implicit_resolver(f"{_TAG}{_name}", re.compile(rf"(?:{_form})\Z"), _first)
for _name, _made in {
    "null": Loader.construct_yaml_null,
    "bool": Loader.truth,
    "int": Loader.whole,
    "float": Loader.fraction,
    "str": Loader.construct_yaml_str,
    "seq": Loader.construct_yaml_seq,
    "map": Loader.construct_yaml_map,
}.items():
    Loader.add_constructor(f"{_TAG}{_name}", _made)
Loader.add_constructor(None, Loader.construct_undefined)
