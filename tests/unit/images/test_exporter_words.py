# SPDX-License-Identifier: GPL-3.0-or-later
"""What the exporter says of an error, also of one that says nothing itself."""

from __future__ import annotations

import importlib.util

import psycopg
import pytest
import tree

_file = tree.TOP / "images" / "gateway-exporter" / "exporter" / "__init__.py"
_spec = importlib.util.spec_from_file_location("exporter", _file)
exporter = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(exporter)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (psycopg.OperationalError("\nthe server is gone\nand with it all else\n"), "the server is gone"),
        (psycopg.InterfaceError(), "InterfaceError"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_an_error_is_a_line_of_the_log(error, said):
    assert exporter.first_line(error) == said
