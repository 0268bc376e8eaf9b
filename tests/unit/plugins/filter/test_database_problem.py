# SPDX-License-Identifier: GPL-3.0-or-later
"""A version of LiteLLM that is older than its database is refused, and no other."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.filter.database_problem import filtered

OLD, NEW = "20250918083359_drop_spec_version_column_from_mcp_table", "20261015000000_managed_object_end_user_id"


@pytest.mark.parametrize(
    ("migration", "version"),
    [("", "1.77.3"), (None, "1.77.3"), (OLD, "1.77.3"), (OLD, "v1.108.7"), (NEW, "1.108.7"), (NEW, "1.109.0")],
)
def test_what_works_together(migration, version):
    assert filtered(migration, version) == ""


@pytest.mark.parametrize("version", ["1.77.3", "main-v1.77.3-stable", "1.60.0"])
def test_an_older_version_is_refused_with_what_to_do(version):
    said = filtered(f"{NEW}\n", version)
    assert said.startswith("litellm_gateway_version: the gateway's database has been changed by LiteLLM 1.108.7 (its")
    assert f"LiteLLM {version} does not know its tables" in said and "Go back to the version that ran last" in said


def test_a_database_that_is_newer_than_all_that_is_known():
    assert "has been changed by a newer version" in filtered("20990101000000_later", "1.108.7")


def test_what_is_no_version():
    with pytest.raises(AnsibleFilterError, match="'newest' is not a LiteLLM version"):
        filtered(NEW, "newest")
