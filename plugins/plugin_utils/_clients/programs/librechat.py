# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LibreChat: the server's own librechat.yaml, beside its .env."""

from __future__ import annotations

from ..declaration import Client, ModelsAt, Setting, in_list


def _models(at: ModelsAt) -> list[Setting]:
    endpoint = {
        "name": at.name,
        "apiKey": at.secret,
        "baseURL": f"{at.url}/v1",
        # At least one has to be named; the others are asked for.
        "models": {"default": [at.model], "fetch": True},
        "titleConvo": True,
        "titleModel": "current_model",
        "modelDisplayLabel": "LiteLLM",
    }
    return [Setting(("endpoints", "custom", in_list(at.name)), endpoint)]


CLIENT = Client(
    name="librechat",
    title="LibreChat",
    format="yaml",
    paths={
        "linux": "~/LibreChat/librechat.yaml",
        "macos": "~/LibreChat/librechat.yaml",
        "windows": "%USERPROFILE%\\LibreChat\\librechat.yaml",
    },
    parent=("mcpServers",),
    entry=lambda server: {
        "type": "streamable-http" if server.transport == "http" else "sse",
        "url": server.url,
        "headers": server.headers,
    },
    reference="${VAR}",
    models=_models,
    names_models=True,
    transports=("http", "sse"),
    established="documentation",
    note="LibreChat reads the file when it starts; in a container the variable has to be passed to it",
)
