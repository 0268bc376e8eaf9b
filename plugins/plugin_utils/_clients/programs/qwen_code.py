# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Qwen Code: settings as Gemini CLI once had them; streamable HTTP is httpUrl, SSE is url."""

from __future__ import annotations

from ..declaration import Client, ModelsAt, Setting
from ..environment import variable_for


def _models(at: ModelsAt) -> list[Setting]:
    # The key is read from a variable in any case; the program's own file may set that.
    variable = at.variable or variable_for("qwen-code")
    desired = [] if at.variable else [Setting(("env", variable), at.secret)]
    model = {"id": at.model, "name": at.model, "baseUrl": f"{at.url}/v1", "envKey": variable}
    desired.append(Setting(("modelProviders", at.name), [model] if at.model else []))
    desired += [
        Setting(("providerProtocol", at.name), "openai"),
        Setting(("security", "auth", "selectedType"), "openai"),
    ]
    return desired + ([Setting(("model", "name"), at.model)] if at.model else [])


CLIENT = Client(
    name="qwen-code",
    title="Qwen Code",
    format="jsonc",
    paths={
        "linux": "~/.qwen/settings.json",
        "macos": "~/.qwen/settings.json",
        "windows": "%USERPROFILE%\\.qwen\\settings.json",
    },
    project=".qwen/settings.json",
    parent=("mcpServers",),
    entry=lambda server: {
        "httpUrl" if server.transport == "http" else "url": server.url,
        "headers": server.headers,
    },
    reference="${VAR}",
    models=_models,
    transports=("http", "sse"),
    check="qwen mcp list",
    established="tried with npm @qwen-code/qwen-code 0.24.4",
    # Node and Bun read it when they start (Gemini CLI, of which it is made).
    ca_variable="NODE_EXTRA_CA_CERTS",
    aliases=("qwen",),
)
