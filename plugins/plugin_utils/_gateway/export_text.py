# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An exported inventory as a text that a person likes to read, and that Ansible reads back as it was meant."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from typing import Any

import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.export import Section, Unknown

WIDTH = 118
SHORT = 80
_TEMPLATE = re.compile(r"{{|{%|{#")


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data):
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    """What looks like a template is none."""
    if _TEMPLATE.search(value):
        return dumper.represent_scalar("!unsafe", value, style="'")
    return dumper.represent_str(value)


def _unknown(dumper: yaml.SafeDumper, value: Unknown) -> yaml.ScalarNode:
    lookup = f"{{{{ lookup('mcp_lan.litellm.secret', '{value.secret}', missing='placeholder') }}}}"
    return dumper.represent_scalar("tag:yaml.org,2002:str", lookup, style='"')


def _list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.SequenceNode:
    """Few short words on one line."""
    words = [one for one in value if isinstance(one, (str, int, float)) and not _TEMPLATE.search(str(one))]
    short = len(words) == len(value) and sum(len(str(one)) + 2 for one in words) < SHORT
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=short)


_Dumper.add_representer(list, _list)
_Dumper.add_representer(str, _text)
_Dumper.add_representer(Unknown, _unknown)


def text(sections: Iterable[Section], api_url: str, version: str) -> str:
    """The whole file. The same gateway gives the same text."""
    lines = [
        "---",
        *_comment(
            f"What the gateway at {api_url} (LiteLLM {version}) holds, written by the playbook mcp_lan.litellm.export. "
            "As a file of an inventory's group_vars it changes nothing; from then on, what is changed here is changed "
            "there. What LiteLLM has besides, for which there is no option, stays as it is."
        ),
        "#",
        *_comment(
            "A key with a hash is one whose value is known only to those who use it: it is managed, but never replaced."
        ),
        *_comment(
            "No secret is in here. Where the gateway has one, a lookup names a place in the store, and what the "
            "gateway has is left as it is while nothing is there. To manage it, put the value into the file of that "
            "name in the folder secrets of the store (mode 0600), or write another lookup, such as of a vault."
        ),
    ]
    for section in sections:
        if section.entries or section.left_out:
            lines += ["", *_section(section)]
    return "\n".join(lines) + "\n"


def _section(section: Section) -> list[str]:
    lines = [f"{section.variable}:" if section.entries else f"{section.variable}: []"]
    if section.note:
        lines += _comment(section.note, "  ")
    for entry in section.entries:
        if entry.note:
            lines += _comment(entry.note, "  ")
        if entry.to_fill_in:
            lines += _comment(f"To fill in, in the store: {', '.join(entry.to_fill_in)}", "  ")
        lines += ["  " + line for line in dump([entry.options]).splitlines()]
    if section.left_out:
        lines += _comment("Left out:", "  ")
        for sentence in section.left_out:
            lines += _comment(f"- {sentence}", "  ", "  ")
    return lines


def _comment(sentence: str, indent: str = "", further: str = "") -> list[str]:
    one_line = " ".join("".join(each if each.isprintable() else " " for each in sentence).split())
    return textwrap.wrap(
        one_line,
        WIDTH,
        initial_indent=f"{indent}# ",
        subsequent_indent=f"{indent}# {further}",
        break_on_hyphens=False,
        break_long_words=False,
    )


def dump(data: Any) -> str:
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=100_000, allow_unicode=True)
