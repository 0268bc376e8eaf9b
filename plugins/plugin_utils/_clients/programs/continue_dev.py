# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Continue: config.yaml, in which servers and models are lists; a variable is a secret of the same name."""

from __future__ import annotations

from typing import Any

from ..declaration import Client, ModelsAt, Server, Setting, in_list


def _entry(server: Server) -> dict[str, Any]:
    return {
        "name": server.name,
        "type": "streamable-http" if server.transport == "http" else "sse",
        "url": server.url,
        "requestOptions": {"headers": server.headers},
    }


def _models(at: ModelsAt) -> list[Setting]:
    model = {
        "name": at.name,
        "provider": "openai",
        "model": at.model,
        "apiBase": f"{at.url}/v1",
        "apiKey": at.secret,
        "roles": ["chat", "edit", "apply"],
        "capabilities": ["tool_use"],
    }
    return [Setting(("models", in_list(at.name)), model)]


CLIENT = Client(
    name="continue",
    title="Continue",
    format="yaml",
    paths={
        "linux": "~/.continue/config.yaml",
        "macos": "~/.continue/config.yaml",
        "windows": "%USERPROFILE%\\.continue\\config.yaml",
    },
    parent=("mcpServers",),
    listed=True,
    base={"name": "mcp_lan.litellm", "version": "1.0.0", "schema": "v1"},
    entry=_entry,
    reference="${{ secrets.VAR }}",
    models=_models,
    names_models=True,
    transports=("http", "sse"),
    established="tried with npm @continuedev/cli 1.5.47",
    note="tools are used in the mode Agent alone",
)
