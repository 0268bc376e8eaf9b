# What a JSON Schema refers to.
# SPDX-License-Identifier: GPL-3.0-or-later
"""LiteLLM holds answers to the schema of a request (enable_json_schema_validation), and 1.77.3 the arguments of a tool
to that of its MCP server. jsonschema fetches what such a schema refers to from any address, and from files; it has the
published schemas itself.
"""

from __future__ import annotations

# Where it looks by itself; a version without it has stopped to fetch anything, as this one announces.
REGISTRY = "_REMOTE_WARNING_REGISTRY"


def refuse(uri: str):
    """In the place of what fetches."""
    raise ValueError("a schema refers to what is in itself alone")


def wrap(module) -> None:
    """Have jsonschema fetch nothing."""
    registry = getattr(module, REGISTRY, None)
    if registry is not None:
        object.__setattr__(registry, "_retrieve", refuse)
