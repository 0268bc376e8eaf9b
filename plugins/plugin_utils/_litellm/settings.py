# Copyright: The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys of config.yaml each LiteLLM version reads, from the version's file in C(versions)."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import parse

VERSIONS = Path(__file__).parent / "versions"
ANY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Section:
    """What one version reads of one section."""

    keys: Mapping[str, frozenset[str]]
    """Each key, and its types as YAML has them: C(bool), C(int), C(float), C(str), C(list), C(dict); none for any."""
    newer: Mapping[str, str]
    """Keys that only a newer version reads: that version."""
    older: Mapping[str, str]
    """Keys that only an older version reads: that version."""


@functools.cache
def known() -> dict[str, dict[str, Any]]:
    """Version to its file's content, the oldest first."""
    found = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in VERSIONS.glob("*.yml")]
    return {one["version"]: one for one in sorted(found, key=lambda one: parse(one["version"]))}


def section(version: str, name: str) -> Section:
    """What a version reads of a section. One between two that are known may read what either of them does; one above
    all is taken for the newest, one below for the oldest.
    """
    near = _near(version)
    keys: dict[str, frozenset[str]] = {}
    for one in near:
        for key, given in _keys(known()[one], name).items():
            keys[key] = keys.get(key, given) | given if keys.get(key, given) and given else ANY
    newer, older = {}, {}
    for one, content in known().items():
        for key in set(_keys(content, name)) - set(keys):
            if parse(one) > parse(version):
                newer.setdefault(key, one)
            else:
                older[key] = one
    return Section(keys, newer, older)


def _keys(content: Mapping[str, Any], name: str) -> dict[str, frozenset[str]]:
    """The keys of a section with their types, as a version's file has them: by their types."""
    return {
        key: ANY if types == "any" else frozenset(types.split())
        for types, keys in content["settings"][name].items()
        for key in keys.split()
    }


def _near(version: str) -> list[str]:
    at, versions = parse(version), list(known())
    below = [one for one in versions if parse(one)[:3] <= at[:3]]
    above = [one for one in versions if parse(one)[:3] >= at[:3]]
    return list(dict.fromkeys([*below[-1:], *above[:1]]))
