# SPDX-License-Identifier: GPL-3.0-or-later
"""An exported inventory as Ansible reads it, on a machine whose store has nothing."""

from __future__ import annotations

import re

import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.export_text import text
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import PLACEHOLDER


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))
_LOOKUP = re.compile(r"{{ lookup\('mcp_lan\.litellm\.secret', '([A-Za-z0-9_.@+\-]{1,200})', missing='placeholder'\) }}")


def _looked_up(value):
    """As Ansible would template it, with a store that has nothing."""
    if isinstance(value, dict):
        return {name: _looked_up(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_looked_up(one) for one in value]
    return PLACEHOLDER if isinstance(value, str) and _LOOKUP.fullmatch(value) else value


def read_back(sections, version):
    """The text as Ansible reads it, by variable."""
    return _looked_up(yaml.load(text(sections, "http://gateway.lan:4000", version), _Loader)) or {}
