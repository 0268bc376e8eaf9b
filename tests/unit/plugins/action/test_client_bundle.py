# SPDX-License-Identifier: GPL-3.0-or-later
"""The action client_bundle: whose keys are in whose bundle, and what is refused in a sentence."""

from __future__ import annotations

import csv

import pytest
from plays import run_tasks

ANN = {"user": "ann", "client": "codex", "key_value": "sk-of-ann"}
BOB = {"user": "bob", "client": "codex", "key_value": "sk-of-bob"}


@pytest.fixture
def make(tmp_path):
    """Runs client_bundle with these programs; what it returned, and the folder with the bundles."""

    def making(*clients: dict, dest: str = "bundles", **options) -> dict:
        given = {"clients": list(clients), "gateway_url": "http://gateway.lan:4000", "dest": f"{tmp_path}/{dest}"}
        given |= {"store": f"{tmp_path}/store", **options}
        tasks = [{"mcp_lan.litellm.client_bundle": given, "ignore_errors": True}]
        (made,), _output = run_tasks(tmp_path, tasks)
        return made

    return making


def test_nobody_gets_the_key_of_another_one(make, tmp_path):
    assert make(ANN, BOB, include_keys=True)["changed"]
    for each in (ANN, BOB):
        with (tmp_path / "bundles" / each["user"] / "keys.tsv").open(encoding="utf-8") as table:
            (key,) = csv.DictReader(table, delimiter="\t")
        assert (key["name"], key["value"]) == ("of codex", each["key_value"])


@pytest.mark.parametrize(
    ("clients", "options", "says"),
    [
        (
            (ANN, {**ANN, "server_name": "more", "key_value": "sk-of-eve"}),
            {},
            "codex of ann: the key of codex has two values; give each an alias (key). Nothing was written.",
        ),
        (
            ({**ANN, "key": "one"}, {**ANN, "key": "two", "server_name": "more"}),
            {},
            "ann: the variable MCP_LAN_KEY_CODEX would hold two keys; set variable for one. Nothing was written.",
        ),
        ((ANN,), {"dest": "play.yml"}, "play.yml/ann cannot be written (File exists): name another dest."),
    ],
)
def test_what_is_refused_is_a_sentence(make, tmp_path, clients, options, says):
    refused = make(*clients, **options)
    assert refused["failed"] and refused["msg"].endswith(says), refused
    assert not (tmp_path / "bundles").exists()
