# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of object at the gateway, in the order in which they may refer to each other."""

from __future__ import annotations

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.key import Key
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.access_group import AccessGroup
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import Resource
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.budget import Budget
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.credential import Credential
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.customer import Customer
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.guardrail import Guardrail
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.mcp_server import McpServer
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.model import Model
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.organization import Organization
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.tag import Tag
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.team import Team
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.toolset import Toolset
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.user import User

_IN_ORDER = (
    Credential,
    Budget,
    Model,
    Tag,
    Guardrail,
    McpServer,
    Toolset,
    Organization,
    User,
    Team,
    AccessGroup,
    Customer,
    Key,
)

KINDS: dict[str, Resource] = {one.kind: one() for one in _IN_ORDER}
ORDER: tuple[str, ...] = tuple(KINDS)
PLURALS: dict[str, str] = {one.plural: one.kind for one in KINDS.values()}
