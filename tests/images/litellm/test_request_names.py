# SPDX-License-Identifier: GPL-3.0-or-later
"""LiteLLM's own parameters, as the package in the image names them, against the list of what requests may say."""

from __future__ import annotations

import json
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).parent
REQUESTS = HERE.parents[2] / "roles/litellm_gateway/files/requests"
VERSIONS = [
    "MCP_LAN_TEST_LITELLM_IMAGE",
    pytest.param("MCP_LAN_TEST_NEWEST_LITELLM_IMAGE", marks=pytest.mark.slow),
]
# What LiteLLM counts among its own and a public API documents, where no version's OpenAI package has it among what is
# looked at: thinking and context_management are Anthropic's, stream is of a type beside the others, and
# prompt_cache_retention is newer than the package of 1.77.3.
PUBLIC = {"context_management", "prompt_cache_retention", "stream", "thinking"}
# What OpenAI documents and the list leaves out: svg names a model of its own, and which programs for tried users an
# organization is in is not for a request to say.
LEFT_OUT = {"access_programs", "svg"}
# They name what lies in the provider's one account.
KEPT_THERE = {"responses": {"conversation", "prompt"}}
GUARD = HERE.parents[2] / "roles/litellm_gateway/files/config"
FETCHES = """
import importlib
from mcp_lan_filter import images
from mcp_lan_filter.current import Current, current

current.set(Current())
for name, functions in images.FUNCTIONS.items():
    module = importlib.import_module(name)
    images.wrap(module)
    for function in functions:
        place = module
        for part in function.split("."):
            place = getattr(place, part)
        try:
            place("http://nowhere.example/a.png")
        except ValueError as error:
            print(function, error)
"""


@pytest.fixture(scope="module", params=VERSIONS)
def named(request, images, playground) -> dict:
    """What parameters.py finds inside the image: {kind: [name]}, and {body: [name]} as `public`."""
    mounted = {str(HERE / "parameters.py"): {"bind": "/parameters.py", "mode": "ro"}}
    return json.loads(playground.told(images[request.param], ["/parameters.py"], volumes=mounted).splitlines()[-1])


@pytest.mark.parametrize("image", VERSIONS)
def test_every_function_that_fetches_an_image_is_held(images, playground, image):
    mounted = {str(GUARD): {"bind": "/guard", "mode": "ro"}}
    said = playground.told(images[image], ["-c", FETCHES], volumes=mounted, environment={"PYTHONPATH": "/guard"})
    assert said.count("an image is fetched over HTTPS alone") == 6, said


@pytest.fixture(scope="module")
def listed() -> dict[str, dict]:
    return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in REQUESTS.glob("*.yml")}


def fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)


def never(listed: dict[str, dict]) -> list[str]:
    return [name for names in listed["common"]["never"].values() for name in names]


def harmful(named: dict) -> set[str]:
    """What chooses an address, a credential, a logger or a price."""
    return {*named["elsewhere"], *named["logging"], *named["cost"]}


def test_the_tables_are_there(named):
    """An empty table would let everything through here; the names stand for the version's rest."""
    assert {"api_base", "no-log", "fallbacks", "mock_response", "metadata"} <= {*named["parameters"]}
    assert {"api_base", "base_url", "vertex_credentials"} <= {*named["elsewhere"]}
    assert "langfuse_host" in named["logging"] and "input_cost_per_token" in named["cost"]
    assert {"spend_logs_metadata", "user_api_key_hash"} <= {*named["metadata"]}
    assert {"x-litellm-api-key", "x-litellm-num-retries"} <= {*named["headers"]}
    assert "messages" in named["public"]["chat"] and "input" in named["public"]["responses"]


def test_what_openai_documents_is_let_through(named, listed):
    """In a form, a list is written as name[] and an object as name[key]."""
    bodies = {**listed["openai"]["bodies"], **listed["media"]["bodies"]}
    for name, documented in named["public"].items():
        allowed = {field.partition("[")[0] for field in bodies[name]["fields"]}
        out = LEFT_OUT | KEPT_THERE.get(name, set())
        assert not sorted({*documented} - allowed - out), name
        assert not allowed & out, name


def test_a_body_has_what_a_public_api_documents_and_nothing_of_litellm(named, listed):
    bodies = [body for name, each in listed.items() if name != "common" for body in each["bodies"].items()]
    documented = {name for names in named["public"].values() for name in names}
    own = {*named["parameters"], *harmful(named)} - documented - PUBLIC
    assert own, "nothing is compared"
    for name, body in bodies:
        if name != "jsonrpc":
            assert not own & {*body["fields"], *listed["common"]["litellm"]}, name


def test_what_chooses_where_who_pays_and_what_is_logged_can_never_be_allowed(named, listed):
    patterns = never(listed)
    assert not sorted(name for name in harmful(named) if not fits(name, patterns))


def test_metadata_has_nothing_that_litellm_writes_or_obeys(named, listed):
    patterns = [*never(listed), *listed["common"]["reserved_metadata"]]
    assert not sorted(name for name in {*named["metadata"], *harmful(named)} if not fits(name, patterns))


def test_of_litellms_headers_the_key_alone_passes(named, listed):
    headers = listed["common"]["headers"]
    for group in ("all", "proxy", "mcp"):
        passing = [name.replace("<server>", "?*") for name in headers[group]]
        assert [name for name in named["headers"] if fits(name, passing)] == (
            ["x-litellm-api-key"] if group == "all" else []
        )
