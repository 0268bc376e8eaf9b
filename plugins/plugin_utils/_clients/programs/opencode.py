# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""opencode: a variable is written {env:VAR} and in no other way."""

from __future__ import annotations

from ..declaration import Client, ModelsAt, Setting


def _models(at: ModelsAt) -> list[Setting]:
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": "LiteLLM",
        "options": {"baseURL": f"{at.url}/v1", "apiKey": at.secret},
        "models": {at.model: {}} if at.model else {},
    }
    desired = [Setting(("provider", at.name), provider)]
    return desired + ([Setting(("model",), f"{at.name}/{at.model}")] if at.model else [])


CLIENT = Client(
    name="opencode",
    title="opencode",
    format="jsonc",
    paths={
        "linux": "~/.config/opencode/opencode.jsonc",
        "macos": "~/.config/opencode/opencode.jsonc",
        "windows": "%USERPROFILE%\\.config\\opencode\\opencode.jsonc",
    },
    project="opencode.jsonc",
    parent=("mcp",),
    entry=lambda server: {
        "type": "remote",
        "url": server.url,
        "enabled": True,
        "oauth": False,
        "headers": server.headers,
    },
    reference="{env:VAR}",
    models=_models,
    transports=("http",),
    check="opencode mcp list",
    established="tried with npm opencode-ai 1.18.33",
    # Node and Bun read it when they start (opencode.ai, Network).
    ca_variable="NODE_EXTRA_CA_CERTS",
)
