# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gemini CLI: settings.json may hold comments; an unset variable becomes empty in silence."""

from __future__ import annotations

from ..declaration import Client, ModelsAt, Setting

_VARIABLES = {
    "linux": "~/.gemini/.env",
    "macos": "~/.gemini/.env",
    "windows": "%USERPROFILE%\\.gemini\\.env",
}


def _models(at: ModelsAt) -> list[Setting]:
    # Only variables name another address and its key. The program's own file of variables sets them for it alone;
    # what stands for a variable is not read there.
    desired = [Setting(("security", "auth", "selectedType"), "gemini-api-key")]
    desired += [Setting(("model", "name"), at.model)] if at.model else []
    variables = {"GOOGLE_GEMINI_BASE_URL": at.url, "GEMINI_API_KEY": at.key}
    return desired + [Setting((name,), value, _VARIABLES, "env") for name, value in variables.items()]


CLIENT = Client(
    name="gemini-cli",
    title="Gemini CLI",
    format="jsonc",
    paths={
        "linux": "~/.gemini/settings.json",
        "macos": "~/.gemini/settings.json",
        "windows": "%USERPROFILE%\\.gemini\\settings.json",
    },
    project=".gemini/settings.json",
    parent=("mcpServers",),
    entry=lambda server: {"url": server.url, "type": server.transport, "headers": server.headers},
    reference="${VAR}",
    models=_models,
    transports=("http", "sse"),
    check="gemini mcp list",
    established="tried with npm @google/gemini-cli 0.61.0",
    # Node and Bun read it when they start (geminicli.com, Troubleshooting).
    ca_variable="NODE_EXTRA_CA_CERTS",
    note="in a folder that Gemini CLI does not trust, every server reads Disabled; models need HTTPS",
    aliases=("gemini",),
)
