# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kimi: the variable that holds the key is named, as in Codex."""

from __future__ import annotations

from typing import Any

from ..declaration import Client, ModelsAt, Server, Setting

_SETTINGS = {
    "linux": "~/.kimi-code/config.toml",
    "macos": "~/.kimi-code/config.toml",
    "windows": "%USERPROFILE%\\.kimi-code\\config.toml",
}


def _entry(server: Server) -> dict[str, Any]:
    if server.variable:
        return {"url": server.url, "bearerTokenEnvVar": server.variable}
    return {"url": server.url, "headers": server.headers}


def _models(at: ModelsAt) -> list[Setting]:
    secret = {"api_key_env": at.variable} if at.variable else {"api_key": at.secret}
    desired = [(("providers", at.name), {"type": "openai", "base_url": f"{at.url}/v1", **secret})]
    if at.model:
        # The program wants to know how much the model reads, which the gateway does not say: what all can.
        model = {"provider": at.name, "model": at.model, "max_context_size": 131072, "capabilities": ["tool_use"]}
        desired += [(("models", at.name), model), (("default_model",), at.name)]
    return [Setting(path, value, _SETTINGS, "toml") for path, value in desired]


CLIENT = Client(
    name="kimi",
    title="Kimi",
    format="json",
    paths={
        "linux": "~/.kimi-code/mcp.json",
        "macos": "~/.kimi-code/mcp.json",
        "windows": "%USERPROFILE%\\.kimi-code\\mcp.json",
    },
    parent=("mcpServers",),
    entry=_entry,
    reference="VAR",
    models=_models,
    transports=("http",),
    established="tried with npm @moonshot-ai/kimi-code 2.1.0",
)
