# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside an image of LiteLLM's: what this version reads, serves and keeps, as JSON in the last line.

``settings``: the keys of config.yaml with their types, ``{section: {key: types}}``; ``last_migration``: when the last
of its database migrations was made; ``routes``: those of ``/openapi.json``, ``METHOD /path``; ``tables``: the columns
of each table of the database, ``{table: [column]}``; ``protocols``: the versions of MCP that its own package knows.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import litellm
import litellm_settings
from litellm.proxy.proxy_server import app

try:
    from mcp_types.version import KNOWN_PROTOCOL_VERSIONS as PROTOCOLS
except ImportError:  # mcp before 2.0
    from mcp.shared.version import SUPPORTED_PROTOCOL_VERSIONS as PROTOCOLS

MIGRATIONS = Path("/opt/litellm/migrations")
METHODS = ("delete", "get", "patch", "post", "put")


def tables(schema: str) -> dict[str, list[str]]:
    """The columns of each model of a Prisma schema, relations among them."""
    models = re.findall(r"^model (\w+) \{(.*?)^\}", schema, re.MULTILINE | re.DOTALL)
    return {name: sorted(re.findall(r"^\s+(\w+)\s+\w", body, re.MULTILINE)) for name, body in models}


def facts() -> dict:
    """All of it."""
    package = Path(litellm.__file__).parent
    served = app.openapi()["paths"]
    return {
        "settings": litellm_settings.read(package),
        "last_migration": max(one.name for one in MIGRATIONS.iterdir() if one.is_dir())[:14],
        "routes": sorted(f"{method.upper()} {path}" for path in served for method in served[path] if method in METHODS),
        "tables": tables((package / "proxy/schema.prisma").read_text(encoding="utf-8")),
        "protocols": sorted(PROTOCOLS),
    }


if __name__ == "__main__":
    print(json.dumps(facts()))
