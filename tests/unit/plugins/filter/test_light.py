# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible loads all filters of a collection in each process that asks for one, so they bring little with them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import tree

FILTERS = sorted(path.stem for path in Path(tree.TOP, "plugins/filter").glob("*.py"))
PROGRAM = """
import importlib, json, sys
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader()
import ansible.plugins.filter, ansible.template
before = set(sys.modules)
for name in json.loads(sys.argv[1]):
    importlib.import_module("ansible_collections.mcp_lan.litellm.plugins.filter." + name)
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def test_filters_bring_little_with_them():
    told = tree.check(sys.executable, "-c", PROGRAM, json.dumps(FILTERS))
    brought = {
        name.replace("ansible_collections.mcp_lan.litellm.plugins.", "") for name in json.loads(told.splitlines()[-1])
    }
    assert not brought & {"asyncio", "email", "http.client", "ssl"}
    assert not [name for name in brought if name.startswith(("plugin_utils._gateway", "plugin_utils._mcp_services"))]
