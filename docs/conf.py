# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of the documentation's site, for Sphinx. scripts/site.py lays out what it reads."""

from __future__ import annotations

import re

from docutils import nodes

project = "mcp_lan.litellm"
copyright = "The mcp_lan.litellm maintainers"
extensions = ["myst_parser", "sphinx_antsibull_ext"]
html_theme = "furo"
html_title = "mcp_lan.litellm"
# Links to headings, as deep as the pages have some.
myst_heading_anchors = 4
# An ellipsis in an example is what stands there.
suppress_warnings = ["misc.highlighting_failure"]

OTHERS = re.compile(r"ansible_collections\.(?!mcp_lan\.)(\w+)\.(\w+)\.(\w+_\w+)(?:__parameter-(.+))?$")
GUIDES = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "callback_plugins": "plugins/callback.html",
    "common_return_values": "reference_appendices/common_return_values.html",
    "list_of_collections": "collections/index.html",
}


def elsewhere(app, env, node, contnode):
    """Where Ansible's own documentation has what the generated pages name; no inventory of it is fetched."""
    target = node.get("reftarget", "")
    found = OTHERS.match(target)
    page = "/".join(found.groups()[:3]).join(("collections/", ".html")) if found else GUIDES.get(target)
    if not page:
        return None
    return nodes.reference("", "", contnode, refuri=f"https://docs.ansible.com/ansible/latest/{page}", internal=False)


def setup(app):
    app.connect("missing-reference", elsewhere)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
