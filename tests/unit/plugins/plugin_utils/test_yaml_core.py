# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML 1.2 by its core schema, where PyYAML by itself reads YAML 1.1."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.yaml_core import load


@pytest.mark.parametrize(
    "text",
    [
        # Texts that begin like a boolean, a null or a number, and those that are one in YAML 1.1.
        *("true if it is deleted", "falsely", "Trueness", "TRUE story", "null and void", "nullable", "~x", "12 items"),
        *("yes", "no", "Yes", "NO", "on", "off", "ON", "Off", "y", "n", "Y", "N", "tRUE", "nULL"),
        *("12:30", "12:30:45", "190:20:30.15", "2026-01-01", "2026-01-01T00:00:00Z", "0b11", "1_000", "0o9", "0xg"),
        *("=", "<", "1.2.3", "1e", ".", "+", "e3", ".inf", "-.INF", ".nan", "1e999", "0x", "1 000", "१२"),
    ],
)
def test_a_text_stays_one(text):
    assert load(f"a: {text}", 100) == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False), ("FALSE", False)),
        *(("null", None), ("Null", None), ("NULL", None), ("~", None), ("", None)),
        *(("010", 10), ("0o10", 8), ("0x1F", 31), ("-1", -1), ("+1", 1), ("0", 0), ("1" * 30, int("1" * 30))),
        *(("1.0", 1.0), (".5", 0.5), ("5.", 5.0), ("1e3", 1000.0), ("-1.5E-2", -0.015), ("3.10", 3.1)),
        *(("'true'", "true"), ('"1"', "1"), ("!!str 1", "1"), ("!!int '7'", 7), ("!!float 1", 1.0)),
        ("[yes, 12:30]", ["yes", "12:30"]),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_what_has_another_type(text, value):
    (made,) = load(f"a: {text}", 100).values()
    assert made == value and type(made) in {type(value), *type(value).__subclasses__()}


@pytest.mark.parametrize(("text", "value"), [("010", 10), ("1.0", 1.0), ("0x1F", 31), ("1e3", 1000)])
def test_a_number_knows_how_it_was_written(text, value):
    made = load(text, 100)
    assert made == value and made.written == text


def test_a_key_is_a_text():
    text = "200: a\nnull: b\non: c\ntrue: d\n1.10: e\n'x': f\n2026-01-01: g\n? h\n"
    assert load(text, 100) == dict(zip("200 null on true 1.10 x 2026-01-01".split(), "abcdefg", strict=True)) | {
        "h": None
    }


def test_anchors_and_merges():
    assert load("base: &b {q: 1, r: 2}\nmade: {<<: *b, r: 3}", 100)["made"] == {"q": 1, "r": 3}


@pytest.mark.parametrize(
    "text",
    [
        *(
            "a: !mine 1",
            "? [a]\n: b",
            "a: [",
            "--- a\n--- b",
            "!!map 12",
            "!!str [a]",
            "*x",
            "a: {<<: 3}",
            "a:\tb:\n\t- c",
        ),
        *(
            "a: !!binary aGk=",
            "a: !!timestamp 2026-01-01",
            "a: !!python/str b",
            "!!int x",
            "!!float x",
            "\x07",
        ),
    ],
)
def test_what_is_none(text):
    with pytest.raises((yaml.YAMLError, ValueError)):
        load(text, 100)


def test_what_is_nested_too_deeply():
    assert load("[" * 20 + "]" * 20, 20)
    for text in ("[" * 21 + "]" * 21, "- " * 21 + "b"):
        with pytest.raises(RecursionError):
            load(text, 20)
