# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes each role's README.md out of its meta/argument_specs.yml: what it does, how it is used, its variables.

Galaxy shows it as the role's page and refuses a collection whose roles have none.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROLES = Path(__file__).resolve().parent.parent / "roles"
# What belongs to no play of its own: who includes it.
INCLUDED = {
    "container_service": "The collection's roles include it for each container.",
    "egress_proxy": "The role `litellm_gateway` includes it with the list that the inventory means.",
    "mcp_service": "The playbook `mcp_lan.litellm.site` includes it for each entry of `mcp_services`.",
}
# Which playbook runs a role, where it is not the site.
PLAYBOOKS = {"backup": "backup", "rotation_timer": "timer"}
# Which hosts a role is for.
HOSTS = {"client_configs": "clients", "litellm": "localhost", "rotation_timer": "localhost"}


def marked(text: str) -> str:
    """The markup of Ansible's documentation as Markdown."""
    text = re.sub(r"[CVOE]\((.*?)\)", r"`\1`", text)
    return re.sub(r"[MP]\((.*?)(?:#\w+)?\)", r"`\1`", " ".join(text.split()))


def sentences(description: str | list[str]) -> list[str]:
    return [marked(one) for one in ([description] if isinstance(description, str) else description)]


def default(option: dict) -> str:
    """How a default is shown in a table."""
    if option.get("required"):
        return "(required)"
    if "default" not in option:
        return ""
    shown = " ".join(str(option["default"]).split()).replace("|", "\\|")
    return f"`{shown}`" if shown else "`''`"


def table(options: dict) -> list[str]:
    rows = ["| variable | type | default | |", "| --- | --- | --- | --- |"]
    for name, option in options.items():
        what = " ".join(sentences(option.get("description", ""))).replace("|", "\\|")
        rows.append(f"| `{name}` | {option.get('type', 'str')} | {default(option)} | {what} |")
    return rows


def readme(role: str, specs: dict) -> str:
    """The page of one role."""
    main = specs["main"]
    lines = [
        "<!-- SPDX-License-Identifier: GPL-3.0-or-later -->",
        f"# {role}",
        "",
        f"{marked(main['short_description'])}.",
        "",
    ]
    lines += [*sentences(main.get("description", [])), ""]
    if role in INCLUDED:
        lines += [INCLUDED[role], ""]
    else:
        play = f"- hosts: {HOSTS.get(role, 'gateway')}\n  roles:\n    - role: mcp_lan.litellm.{role}"
        lines += ["```yaml", play, "```", ""]
        lines += [f"The playbook `mcp_lan.litellm.{PLAYBOOKS.get(role, 'site')}` runs it.", ""]
    for entry, spec in specs.items():
        lines += [f"## Variables{'' if entry == 'main' else f' of {entry}'}", ""]
        lines += [*table(spec.get("options") or {}), ""] if spec.get("options") else ["It has none.", ""]
    return "\n".join(lines)


def pages() -> dict[Path, str]:
    """Each role's file, and what is to stand in it."""
    found = {}
    for path in sorted(ROLES.glob("*/meta/argument_specs.yml")):
        role = path.parent.parent
        specs = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
        found[role / "README.md"] = readme(role.name, specs)
    return found


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
