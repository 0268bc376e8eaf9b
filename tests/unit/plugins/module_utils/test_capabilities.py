# Which LiteLLM version holds what, against the versions in which each was first seen.
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.mcp_lan.litellm.plugins.module_utils import capabilities

FIRST = {
    "call_time_check": "1.77.7",
    "team_scope": "1.78.0",
    "tool_permissions": "1.78.0",
    "server_credentials": "1.79.3",
    "static_headers": "1.79.3",
    "no_permission_means_none": "1.80.0",
    "live_server_edits": "1.80.8",
    "empty_list_means_none": "1.80.17",
    "tool_names": "1.82.3",
    "oauth2_client": "1.82.6",
    "model_budgets": "1.108.7",
    "tags_keep_models": "1.106.2",
    "toolsets": "1.83.0",
    "access_groups": "1.83.0",
    "signed_images": "1.83.0",
    "key_update_is_immediate": "1.83.10",
    "organization_scope": "1.84.0",
    "no_mcp_servers": "1.87.0",
    "partial_server_update": "1.88.0",
    "server_timeout": "1.89.0",
    "unknown_selector_means_none": "1.94.0",
    "log_cleanup": "1.98.0",
    "encrypted_headers": "1.103.0",
    "prompts_and_resources": "1.108.0",
    "several_workers": "1.108.7",
}
LAST_BEFORE = {
    "server_health": "1.80.17",
    "members_by_id": "1.81.6",
    "stdio_any_command": "1.83.7",
    "organizations_free": "1.102.0",
    "stdio_by_default": "1.104.0",
}


def before(version):
    major, minor, patch = (int(part) for part in version.split("."))
    return f"{major}.{minor}.{patch - 1}" if patch else f"{major}.{minor - 1}.99"


def test_every_feature_is_in_one_of_the_two_tables():
    assert set(capabilities.FEATURES) == {*FIRST, *LAST_BEFORE}


@pytest.mark.parametrize(("feature", "version"), FIRST.items())
def test_begins_with(feature, version):
    assert getattr(capabilities.for_version(version), feature)
    assert not getattr(capabilities.for_version(before(version)), feature)
    assert not getattr(capabilities.for_version(f"{version}rc1"), feature)
    assert capabilities.require(version, feature) is None
    sentence = capabilities.require("1.77.3", feature)
    assert version in sentence and "1.77.3" in sentence


@pytest.mark.parametrize(("feature", "version"), LAST_BEFORE.items())
def test_ends_with(feature, version):
    assert not getattr(capabilities.for_version(version), feature)
    assert getattr(capabilities.for_version(before(version)), feature)
    assert version in capabilities.require("1.108.7", feature)


def test_the_target_enforces_nothing_and_the_newest_everything():
    target, newest = capabilities.for_version("v1.77.3-stable"), capabilities.for_version("1.108.7")
    assert not any(getattr(target, feature) for feature in FIRST)
    assert all(getattr(newest, feature) for feature in FIRST)
    assert target.needs_guard and not newest.needs_guard
    assert capabilities.for_version("1.93.9").needs_guard


def test_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        capabilities.for_version("1.77.3").team_scope = True


@pytest.mark.parametrize("version", ["2.0.0", "1.200", "v1.108.9-stable.patch.1", "main-v1.110.3-stable"])
def test_newer_than_all_known_counts_as_the_newest(version):
    newest = dataclasses.replace(capabilities.for_version("1.108.7"), version=version)
    assert capabilities.for_version(version) == newest


@pytest.mark.parametrize("version", ["1.82.7", "v1.82.8-stable", "1.82.7.post1", "1.107.0", "main-v1.107.0"])
def test_malicious_versions_are_refused_by_name(version):
    for ask in (capabilities.for_version, lambda one: capabilities.require(one, "toolsets")):
        with pytest.raises(capabilities.CapabilityError, match=r"1\.(82\.[78]|107\.0) was published by an attacker"):
            ask(version)
    assert capabilities.for_version("1.82.6") and capabilities.for_version("1.82.9")


@pytest.mark.parametrize("version", ["1.77.2", "1.77.3rc1", "1.0.0", "0.9"])
def test_too_old(version):
    with pytest.raises(capabilities.CapabilityError, match=r"older than 1\.77\.3"):
        capabilities.for_version(version)


@pytest.mark.parametrize("version", ["", "latest", "main-stable", "1", "1.x", "1.77.3; rm", None])
def test_not_a_version(version):
    with pytest.raises(capabilities.CapabilityError, match="not a LiteLLM version"):
        capabilities.for_version(version)


def test_an_unknown_feature_is_a_mistake_of_the_caller():
    with pytest.raises(KeyError):
        capabilities.require("1.77.3", "no_such_feature")
