# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Claude Code: ~/.claude.json, which the program itself rewrites all the time."""

from __future__ import annotations

from ..declaration import Client, ModelsAt, Server, Setting

_SETTINGS = {
    "linux": "~/.claude/settings.json",
    "macos": "~/.claude/settings.json",
    "windows": "%USERPROFILE%\\.claude\\settings.json",
}


def _models(at: ModelsAt) -> list[Setting]:
    # The helper is asked for the key, so that it stands in the environment only.
    helper = f"echo %{at.variable}%" if at.system == "windows" else f'printf %s "${at.variable}"'
    key = Setting(("apiKeyHelper",), helper) if at.variable else Setting(("env", "ANTHROPIC_AUTH_TOKEN"), at.secret)
    # Looking tools up first takes blocks of Anthropic's own API, which a gateway's other models don't have.
    search = Setting(("env", "ENABLE_TOOL_SEARCH"), "false")
    desired = [Setting(("env", "ANTHROPIC_BASE_URL"), at.url), search, key]
    desired += [Setting(("model",), at.model)] if at.model else []
    return [Setting(each.path, each.value, _SETTINGS, "json") for each in desired]


def _add(server: Server) -> list[str]:
    command = ["claude", "mcp", "add", "--scope", "user", "--transport", server.transport, server.name, server.url]
    return [*command, "--header", f"Authorization: {server.bearer}"]


CLIENT = Client(
    name="claude-code",
    title="Claude Code",
    format="json",
    paths={"linux": "~/.claude.json", "macos": "~/.claude.json", "windows": "%USERPROFILE%\\.claude.json"},
    project=".mcp.json",
    parent=("mcpServers",),
    entry=lambda server: {"type": server.transport, "url": server.url, "headers": server.headers},
    reference="${VAR}",
    models=_models,
    add=_add,
    remove=lambda name: ["claude", "mcp", "remove", "--scope", "user", name],
    transports=("http", "sse"),
    check="claude mcp list",
    established="tried with npm @anthropic-ai/claude-code 2.1.329",
    # Read when it starts, not from a file of settings (code.claude.com, "Network configuration"; issue 10458).
    ca_variable="NODE_EXTRA_CA_CERTS",
)
