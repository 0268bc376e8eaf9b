# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Codex CLI: a key is named by its variable only, and SSE is not spoken."""

from __future__ import annotations

from typing import Any

from ..declaration import Client, ModelsAt, Server, Setting


def _entry(server: Server) -> dict[str, Any]:
    if server.variable:
        return {"url": server.url, "bearer_token_env_var": server.variable}
    return {"url": server.url, "http_headers": server.headers}


def _models(at: ModelsAt) -> list[Setting]:
    secret = {"env_key": at.variable} if at.variable else {"http_headers": {"Authorization": f"Bearer {at.secret}"}}
    provider = {"name": "LiteLLM", "base_url": f"{at.url}/v1", **secret, "wire_api": "responses"}
    desired = [Setting(("model_providers", at.name), provider), Setting(("model_provider",), at.name)]
    return desired + ([Setting(("model",), at.model)] if at.model else [])


CLIENT = Client(
    name="codex",
    title="Codex CLI",
    format="toml",
    paths={
        "linux": "~/.codex/config.toml",
        "macos": "~/.codex/config.toml",
        "windows": "%USERPROFILE%\\.codex\\config.toml",
    },
    project=".codex/config.toml",
    parent=("mcp_servers",),
    entry=_entry,
    reference="VAR",
    models=_models,
    add=lambda server: [
        *("codex", "mcp", "add", server.name),
        *("--url", server.url, "--bearer-token-env-var", str(server.variable)),
    ],
    remove=lambda name: ["codex", "mcp", "remove", name],
    transports=("http",),
    established="tried with npm @openai/codex 0.169.0",
    # Besides those that it trusts anyway (openai/codex pull request 14239).
    ca_variable="CODEX_CA_CERTIFICATE",
    note="'codex mcp list' does not connect; what counts is that the tools appear in a session",
    aliases=("codex-cli",),
)
