# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter mcp_endpoints."""

from __future__ import annotations

DOCUMENTATION = r"""
name: mcp_endpoints
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: What to probe, from MCP servers as they are declared
version_added: 0.1.0
description:
  - Turns servers as M(mcp_lan.litellm.mcp_server) has them into O(mcp_lan.litellm.mcp_probe#module:endpoints), with the
    headers that LiteLLM itself would send, and with what it would get a token with.
  - Those that are to be absent are left out, and so are those with a secret that the store has not, which nobody here
    could show to the server.
options:
  _input:
    description: The servers.
    type: list
    elements: dict
    required: true
  version:
    description: LiteLLM's version, where servers are to be spoken to with that version's peculiarities.
    type: str
    default: ""
  master_key:
    description:
      - The gateway's master key, of which the token is made that servers of the role mcp_service want to see. It is
        for those alone that are named as containers are, without a dot.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Speak to each server as the gateway will
  mcp_lan.litellm.mcp_probe:
    container: litellm
    endpoints: "{{ litellm_mcp_servers | mcp_lan.litellm.mcp_endpoints }}"
"""

RETURN = r"""
_value:
  description: The endpoints.
  type: list
  elements: dict
"""

import hashlib
from urllib.parse import urlsplit

from ansible.errors import AnsibleFilterError
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import CapabilityError, parse
from ansible_collections.mcp_lan.litellm.plugins.module_utils.probe_why import PROTOCOL_VERSION
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
        raise AnsibleFilterError(str(error)) from None


def _token_header(server, master_key):
    host = urlsplit(str(server.get("url") or "")).hostname or ""
    if not master_key or not host or "." in host or ":" in host:
        return {}
    return {_TOKEN_HEADER: hashlib.sha256(f"{master_key}:mcp-server:{host}".encode()).hexdigest()}


def _checked(servers):
    """The servers; a sentence at the first of which no endpoint can be made."""
    if servers is not None and not isinstance(servers, (list, tuple)):
        raise AnsibleFilterError(f"MCP servers are a list, not {kind_of(servers)}.")
    for number, server in enumerate(servers or []):
        if not isinstance(server, dict):
            raise AnsibleFilterError(f"An MCP server is a dictionary, not {kind_of(server)}.")
        named = server.get("name") or number
        for name, field in McpServer.fields.items():
            for sentence in judged(server.get(name), {**field.argument(), "required": False}, name):
                raise AnsibleFilterError(f"MCP server {named}: {sentence}")
        url = str(server.get("url") or "")
        if url.startswith(("http://", "https://")) and place_of(url) is None:
            raise AnsibleFilterError(f"MCP server {named}: the url {url!r} leads nowhere.")
        try:
            urlsplit(url)
        except ValueError as error:
            raise AnsibleFilterError(f"MCP server {named}: the url {url!r} leads nowhere: {error}.") from None
    return servers or []


def mcp_endpoints(servers, version="", master_key=""):
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


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self):
        """Name to function."""
        return {"mcp_endpoints": mcp_endpoints}
