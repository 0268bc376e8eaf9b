# Copyright: The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys of config.yaml each LiteLLM version reads, from the version's file in C(versions)."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import parse
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.yaml_core import load_own

# What the collection itself says, to each version that reads it.
OWN: dict[str, dict[str, Any]] = {
    # What LiteLLM tells its makers of itself.
    "litellm_settings": {"telemetry": False},
    # Whether a key without a scope of its own has none, instead of its team's.
    "general_settings": {"require_key_mcp_access_defined": True},
}
# From this version on the tags of published images are bare.
_BARE_TAGS = "1.84.0"
VERSIONS = Path(__file__).parent / "versions"
SIGNATURES = Path(__file__).parent / "signatures.yml"
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
    found = [load_own(path.read_text(encoding="utf-8")) for path in VERSIONS.glob("*.yml")]
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


def own_settings(version: str) -> dict[str, dict[str, Any]]:
    """What the collection itself says in config.yaml: those of OWN that the version may read."""
    return {
        name: {key: value for key, value in settings.items() if key in section(version, name).keys}
        for name, settings in OWN.items()
    }


def image_tag(version: str) -> str:
    """How LiteLLM's makers tag the image of a version: C(main-v1.77.3-stable), C(v1.108.7)."""
    number = re.sub("^(main-)?v?|-stable$", "", str(version).strip())
    return f"v{number}" if parse(version) >= parse(_BARE_TAGS) else f"main-v{number}-stable"


@functools.cache
def signature(version: str) -> dict[str, str]:
    """How the makers sign the image of a version with cosign: C(key), or C(identity) and C(issuer); empty where that is
    not known, or where they do not.
    """
    at = parse(version)
    for one in load_own(SIGNATURES.read_text(encoding="utf-8")):
        if parse(one["first"]) <= at <= parse(one["last"]):
            return {key: value for key, value in one.items() if key not in ("first", "last")}
    return {}


def database_problem(version: str, migration: str) -> str:
    """Why this version cannot work with a database, as a sentence; empty where it can, or where nobody knows.

    migration: the name of the last one that the database has seen, empty for none. They begin with the time that they
    were made (Prisma's way), and each version has all those of the versions before.
    """
    above = [one for one in known().values() if parse(one["version"]) >= parse(version) and "last_migration" in one]
    if not migration or not above or migration[:14] <= above[0]["last_migration"]:
        return ""
    owners = [one["version"] for one in known().values() if one.get("last_migration", "") >= migration[:14]]
    newer = f"LiteLLM {owners[0]}" if owners else "a newer version"
    return (
        f"litellm_gateway_version: the gateway's database has been changed by {newer} (its last migration is "
        f"{migration}), and LiteLLM {version} does not know its tables: it would start, and fail to write what is "
        "spent and called. Go back to the version that ran last, by writing it into the inventory as "
        "litellm_gateway_version; or give the gateway a database from before: restore.yml with the backup from before "
        "and this version, another dump, or an empty one."
    )


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
