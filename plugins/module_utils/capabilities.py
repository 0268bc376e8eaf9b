# What each LiteLLM version enforces and supports for MCP: one table, and questions to it.
# Copyright: The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a LiteLLM version to what it can hold.

A version that is newer than all that are known counts as the newest. One that is older than the oldest known, or that
is known to be malicious, is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields

MINIMUM = "1.77.3"
NEWEST_TESTED = "1.108.7"

MALICIOUS = {
    "1.82.7": "was published by an attacker",
    "1.82.8": "was published by an attacker",
    "1.107.0": "was published by an attacker",
}


class CapabilityError(ValueError):
    """The version cannot be used; the message is one sentence for the person who chose it."""

    code = "version_unsupported"


def _feature(what: str, since: str | None = None, until: str | None = None) -> dict[str, str | None]:
    """The metadata of a field that holds from C(since) on and, where C(until) is given, no longer from there."""
    return {"what": what, "since": since, "until": until}


@dataclass(frozen=True)
class Capabilities:
    """What one LiteLLM version enforces (first part) and supports (second part)."""

    version: str

    call_time_check: bool = field(metadata=_feature("refuses a call to a server outside the key's scope", "1.77.7"))
    team_scope: bool = field(metadata=_feature("reads a team's MCP scope", "1.78.0"))
    tool_permissions: bool = field(metadata=_feature("enforces permissions per tool", "1.78.0"))
    no_permission_means_none: bool = field(metadata=_feature("gives a key without an MCP scope no servers", "1.80.0"))
    empty_list_means_none: bool = field(metadata=_feature("reads an empty list of servers as none", "1.80.17"))
    organization_scope: bool = field(metadata=_feature("reads an organization's MCP scope", "1.84.0"))
    unknown_selector_means_none: bool = field(
        metadata=_feature("answers an unknown server selector with none", "1.94.0")
    )

    server_credentials: bool = field(metadata=_feature("stores an MCP server's credentials", "1.79.3"))
    static_headers: bool = field(metadata=_feature("sends static headers to an MCP server", "1.79.3"))
    encrypted_headers: bool = field(
        metadata=_feature("encrypts the static headers of an MCP server in its database", "1.103.0")
    )
    oauth2_client: bool = field(
        metadata=_feature("gets tokens for MCP servers by OAuth 2 with client credentials", "1.82.6")
    )
    tool_names: bool = field(metadata=_feature("shows an MCP server's tools under other names", "1.82.3"))
    server_timeout: bool = field(metadata=_feature("keeps a time limit for each MCP server", "1.89.0"))
    live_server_edits: bool = field(metadata=_feature("applies an edit of an MCP server without a restart", "1.80.8"))
    partial_server_update: bool = field(
        metadata=_feature("leaves out of an MCP server's update what is not sent", "1.88.0")
    )
    server_health: bool = field(metadata=_feature("has a health route for each MCP server", None, "1.80.17"))
    toolsets: bool = field(metadata=_feature("has toolsets", "1.83.0"))
    access_groups: bool = field(metadata=_feature("has access groups of models and MCP servers", "1.83.0"))
    prompts_and_resources: bool = field(
        metadata=_feature("passes prompts and resources of MCP servers on as the request filter holds them", "1.108.0")
    )
    no_mcp_servers: bool = field(metadata=_feature("has the permission 'no-mcp-servers'", "1.87.0"))
    key_update_is_immediate: bool = field(
        metadata=_feature("drops a key from its cache when it is updated by hash", "1.83.10")
    )
    signed_images: bool = field(metadata=_feature("has signed images", "1.83.0"))
    stdio_any_command: bool = field(metadata=_feature("runs any command as a stdio MCP server", None, "1.83.7"))
    stdio_by_default: bool = field(
        metadata=_feature("runs stdio MCP servers without LITELLM_ENABLE_MCP_STDIO=true", None, "1.104.0")
    )
    members_by_id: bool = field(
        metadata=_feature("keeps members of a team apart that have the same e-mail address", None, "1.81.6")
    )
    # Read in 1.77.3 and 1.108.7 (Router.add_deployment); in between it may be so earlier.
    model_budgets: bool = field(
        metadata=_feature("holds the budget of a model that was added while it ran, or is in its database", "1.108.7")
    )
    tags_keep_models: bool = field(metadata=_feature("keeps the models whole that a tag names", "1.106.2"))
    log_cleanup: bool = field(
        metadata=_feature("deletes old rows of its spend log by the clock, in runs that have an end", "1.98.0")
    )
    # On 1.77.3 one that has ended is not started again, and the others keep a server or model that is deleted.
    # Tried on 1.108.7; in between it may be so earlier.
    several_workers: bool = field(
        metadata=_feature("has its workers know of each other's changes, and starts one anew that has ended", "1.108.7")
    )
    organizations_free: bool = field(metadata=_feature("has organizations without a licence", None, "1.102.0"))

    @property
    def needs_guard(self) -> bool:
        """Whether the gateway by itself lets a key call more than its scope says."""
        return not (
            self.call_time_check
            and self.team_scope
            and self.tool_permissions
            and self.no_permission_means_none
            and self.empty_list_means_none
            and self.unknown_selector_means_none
        )


FEATURES = {one.name: one.metadata for one in fields(Capabilities) if one.metadata}


def for_version(version: str) -> Capabilities:
    """What this version can hold; CapabilityError where the version itself is refused."""
    at = _checked(version)
    return Capabilities(version=version, **{name: _holds(name, at) for name in FEATURES})


def require(version: str, feature: str) -> str | None:
    """None where the version has the feature, otherwise the sentence that says which version has."""
    if feature not in FEATURES:
        raise KeyError(feature)
    if _holds(feature, _checked(version)):
        return None
    entry = FEATURES[feature]
    if entry["until"] and not (entry["since"] and _checked(version) < parse(entry["since"])):
        return (
            f"LiteLLM {version} no longer {entry['what']}; the last versions that did are those before {entry['until']}"
        )
    return f"LiteLLM {version} is too old: {entry['since']} is the first that {entry['what']}"


def parse(version: str) -> tuple[int, int, int, int]:
    """A version as LiteLLM's packages and image tags write it (C(1.77.3), C(v1.77.3-stable), C(1.80.0rc1))."""
    match = re.fullmatch(r"(?:main-)?v?(\d+)\.(\d+)(?:\.(\d+))?((?:[-.+]?[A-Za-z].*)?)", str(version).strip())
    if not match:
        raise CapabilityError(f"'{version}' is not a LiteLLM version; write it like {MINIMUM} or v{MINIMUM}-stable")
    major, minor, patch, rest = match.groups()
    # What comes before a release (rc, dev, nightly) may lack what the release has, so it counts as older.
    released = 0 if re.match(r"[-.+]?(?:a|b|rc|dev|alpha|beta|pre|nightly)", rest, re.IGNORECASE) else 1
    return int(major), int(minor), int(patch or 0), released


def _checked(version: str) -> tuple[int, int, int, int]:
    at = parse(version)
    number = ".".join(str(part) for part in at[:3])
    if number in MALICIOUS:
        raise CapabilityError(f"LiteLLM {number} {MALICIOUS[number]} and must not be installed; use {NEWEST_TESTED}")
    if at < parse(MINIMUM):
        raise CapabilityError(
            f"LiteLLM {version} is older than {MINIMUM}, the oldest this collection knows; use a newer one"
        )
    return at


def _holds(feature: str, at: tuple[int, int, int, int]) -> bool:
    entry = FEATURES[feature]
    return (not entry["since"] or at >= parse(entry["since"])) and (not entry["until"] or at < parse(entry["until"]))
