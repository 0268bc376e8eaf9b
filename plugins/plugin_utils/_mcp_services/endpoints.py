# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What to probe, from MCP servers as they are declared. Pure."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import CapabilityError, parse
from ansible_collections.mcp_lan.litellm.plugins.module_utils.probe_why import PROTOCOL_VERSION
from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import text_without_secrets
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway import mcp_credential
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import has_placeholder
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.mcp_server import McpServer
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.egress import place_of
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.inventory_shapes import judged
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.words import kind_of

# As the gateway makes it: roles/litellm_gateway/files/config/mcp_lan_filter/servers.py.
_TOKEN_HEADER = "x-mcp-lan-gateway"
_SAME = ("name", "transport", "url", "command", "args", "env")


def _version_header(version):
    """Before 1.77.7 LiteLLM names the protocol's version in a header of its own, beside the SDK's."""
    try:
        return {"MCP-Protocol-Version": PROTOCOL_VERSION} if version and parse(version) < parse("1.77.7") else {}
    except CapabilityError as error:
        raise UserError(str(error), "version_unsupported") from None


def _token_header(server, master_key):
    host = urlsplit(str(server.get("url") or "")).hostname or ""
    if not master_key or not host or "." in host or ":" in host:
        return {}
    return {_TOKEN_HEADER: hashlib.sha256(f"{master_key}:mcp-server:{host}".encode()).hexdigest()}


def _checked(servers):
    """The servers; a sentence at the first of which no endpoint can be made."""
    if servers is not None and not isinstance(servers, (list, tuple)):
        raise UserError(f"MCP servers are a list, not {kind_of(servers)}.", "entry_invalid")
    for number, server in enumerate(servers or []):
        if not isinstance(server, dict):
            raise UserError(f"An MCP server is a dictionary, not {kind_of(server)}.", "entry_invalid")
        named = server.get("name") or number
        for name, field in McpServer.fields.items():
            for sentence in judged(server.get(name), {**field.argument(), "required": False}, name):
                raise UserError(f"MCP server {named}: {sentence}", "entry_invalid")
        url = str(server.get("url") or "")
        shown = text_without_secrets(url)
        if url.startswith(("http://", "https://")) and place_of(url) is None:
            raise UserError(f"MCP server {named}: the url {shown!r} leads nowhere.", "entry_invalid")
        try:
            urlsplit(url)
        except ValueError as error:
            raise UserError(f"MCP server {named}: the url {shown!r} leads nowhere: {error}.", "entry_invalid") from None
    return servers or []


def endpoints(servers, version="", master_key=""):
    """The endpoints of the servers that are to be there."""
    more = _version_header(version)
    found = []
    for server in _checked(servers):
        if server.get("state", "present") == "absent" or has_placeholder(server):
            continue
        headers = mcp_credential.headers(server)
        if server.get("transport", "http") == "http":
            headers = {**more, **headers}
        headers = {**headers, **_token_header(server, master_key)}
        endpoint = {name: server[name] for name in _SAME if server.get(name)}
        if headers:
            endpoint["headers"] = headers
        if oauth2 := mcp_credential.token_request(server):
            endpoint["oauth2"] = oauth2
        if mcp_credential.brought_by_client(server):
            endpoint["client_credential"] = True
        found.append(endpoint)
    return found
