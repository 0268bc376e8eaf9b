# SPDX-License-Identifier: GPL-3.0-or-later
"""What a JSON Schema refers to is in it, or is nowhere."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest
from mcp_lan_filter.schemas import wrap

# In a process of its own, as what it wraps is one for all.
PROGRAM = """
import json, sys
import jsonschema
from mcp_lan_filter.schemas import wrap
from jsonschema import validators
wrap(validators)
try:
    jsonschema.validate({"a": 1}, json.load(sys.stdin))
except Exception as error:
    print(type(error).__name__)
else:
    print("valid")
"""


@pytest.mark.parametrize("name", ["there.json", None])
def test_what_lies_in_a_file_is_not_read(tmp_path, name):
    """With a file that is there, and says that everything is right, as with one that is not."""
    (tmp_path / "there.json").write_text("{}")
    said = told({"$ref": (tmp_path / (name or "nowhere.json")).as_uri()})
    assert said == "_WrappedReferencingError"


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"$ref": "#/$defs/one", "$defs": {"one": {"type": "object"}}}, "valid"),
        ({"$ref": "#/$defs/one", "$defs": {"one": {"type": "string"}}}, "ValidationError"),
        ({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}, "valid"),
        ({"$ref": "http://json-schema.org/draft-07/schema#"}, "valid"),
    ],
)
def test_what_is_in_the_schema_or_published_is_found(schema, said):
    assert told(schema) == said


def test_a_version_that_fetches_nothing_stays_as_it_is():
    module = SimpleNamespace()
    wrap(module)
    assert not vars(module)


def told(schema: dict) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(schema),
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
