# SPDX-License-Identifier: GPL-3.0-or-later
"""Each vendor's program runs one whole prompt: model and tool both behind the gateway, with what the role wrote."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from vendors import claude, codex, program
from waiting import until

pytestmark = pytest.mark.slow
WRONG = "sk-" + secrets.token_urlsafe(24)
# What a person can act on: what is wrong, and who can help.
REFUSED = {
    "wrong": "This key is wrong, or was removed; ask whoever runs the gateway for a new one.",
    "expired": "This key has expired; ask whoever runs the gateway for a new one.",
}
GONE = "The gateway behind the front door does not answer; try again in a minute, or ask whoever runs it."


@dataclass(frozen=True)
class Program:
    """How a program runs one prompt without a person: the words before the prompt, and the environment."""

    client: str
    packages: str
    where: str
    before: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    impatient: tuple[str, ...] = ()  # the words with which it tries once only
    patient: bool = False  # whether it goes on trying for minutes where nothing answers, and cannot be told not to
    no_tools_with: tuple[str, ...] = ()  # gateways of these versions hand on none of its tools to such a model

    def command(self, packages: Path, prompt: str, *more: str) -> list[str | Path]:
        named = {"claude-code": claude, "codex": codex}.get(self.client)
        found = named(packages) if named else program(packages, self.where)
        return [
            *(["node"] if found.suffix in (".js", ".mjs") else []),
            found,
            *self.before[:-1],
            *more,
            *self.before[-1:],
            prompt,
        ]


APPROVED = 'mcp_servers.litellm.default_tools_approval_mode="approve"'
# Both begin a prompt without the tools of a server that has not answered by then, if they are not told to wait.
CLAUDE = {"MCP_CONNECTION_NONBLOCKING": "false", "CLAUDE_CODE_MAX_RETRIES": "0"}
SETTINGS = ("-c", APPROVED, "-c", "mcp_servers.litellm.required=true")
ONCE = tuple(word for name in ("request", "stream") for word in ("-c", f"model_providers.litellm.{name}_max_retries=0"))
OLD = ("1.77.3",)
GEMINI = "@google/gemini-cli/bundle/gemini.js"
PROGRAMS = [
    Program("claude-code", "first", "", ("--allowedTools=mcp__litellm", "-p"), CLAUDE),
    Program("codex", "first", "", ("exec", *SETTINGS, "--skip-git-repo-check"), impatient=ONCE),
    Program("opencode", "rest", "opencode-linux-x64/bin/opencode", ("run",)),
    Program("qwen-code", "rest", "@qwen-code/qwen-code/cli.js", ("-y", "-p"), patient=True),
    Program(
        "gemini-cli",
        "rest",
        GEMINI,
        ("-y", "-p"),
        {"GEMINI_CLI_TRUST_WORKSPACE": "true"},
        no_tools_with=OLD,
        patient=True,
    ),
    Program("kimi", "rest", "@moonshot-ai/kimi-code/dist/main.mjs", ("-p",), patient=True),
]
GIVE_UP = [each for each in PROGRAMS if not each.patient]


@pytest.fixture(params=PROGRAMS, ids=[each.client for each in PROGRAMS])
def vendor(request):
    return request.param


@pytest.fixture
def ask(vendor, house, home, request, rest):
    """Has the program configured by the role and asks it; returns what it did and printed."""
    packages = request.getfixturevalue(vendor.packages)

    def prompt(key: str, words: str, *more: str):
        written = home.write(house.url, key, vendor.client, models=True, model="stand-in")[vendor.client]
        assert written["models"]
        return home.run(*vendor.command(packages, words, *more), node=rest, timeout=120, **vendor.environment)

    return prompt


def test_a_prompt_calls_a_tool_and_shows_what_it_gave(ask, house, vendor):
    has_tools = house.version.partition("-")[0] not in vendor.no_tools_with
    name = secrets.token_hex(8)
    done = ask(house.key, f"Please open the letter {name} and tell me what it says.", *vendor.impatient)
    printed = done.stdout + done.stderr

    def opened() -> bool:
        return f"opened {name}" in house.letters.logs().decode()

    if has_tools:
        until(opened, 10, "the letter opened: " + printed + house.model.logs(tail=9).decode())
    assert opened() == has_tools
    assert (house.says(name) if has_tools else "there is no tool") in done.stdout, printed


@pytest.mark.parametrize("which", ["wrong", "expired"])
def test_a_key_that_is_not_accepted_is_said_in_a_sentence(ask, house, which):
    done = ask(WRONG if which == "wrong" else house.expired, "Say something.")
    assert REFUSED[which] in " ".join((done.stdout + done.stderr).split()), done.stdout + done.stderr


@pytest.fixture(scope="session")
def gone(house):
    """The front door stays; the gateway behind it is stopped for good."""
    house.gateway.stop(timeout=5)


@pytest.mark.parametrize("vendor", GIVE_UP, ids=[each.client for each in GIVE_UP])
def test_a_gateway_that_is_gone_is_said_in_a_sentence(ask, house, vendor, gone):
    """Last in this file: it stops the gateway."""
    done = ask(house.key, "Say something.", *vendor.impatient)
    assert GONE in " ".join((done.stdout + done.stderr).split()), done.stdout + done.stderr
