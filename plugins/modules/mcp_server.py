#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage an MCP server of a LiteLLM gateway."""

from __future__ import annotations

DOCUMENTATION = r"""
module: mcp_server
short_description: Manage an MCP server of a LiteLLM gateway
version_added: 1.0.0
description:
  - Creates, changes and removes an MCP server through the gateway's admin API.
  - An option that is left out is left as it is at the gateway; what its description says of leaving it
    out is how an MCP server is created. Lists and dictionaries are stated whole.
  - 'For many objects at once use M(mcp_lan.litellm.gateway_state), which costs about what one does and
    states everything: there, what is left out has the meaning that its description says, always.'
options:
  name:
    description: The server's name. It must not contain C(-), which separates server from tool.
    type: str
    required: true
  alias:
    description: Another name for it, which clients may use. Must not contain C(-). Left out, there is
      none.
    type: str
  description:
    description: What it is for, shown in the admin UI. Left out, there is none.
    type: str
  transport:
    description: How the gateway speaks to it. Left out, V(http).
    type: str
    choices:
      - http
      - sse
      - stdio
  url:
    description: Its address, for C(http) and C(sse). Left out, there is none.
    type: str
  command:
    description: The program that the gateway starts, for C(stdio). Left out, there is none.
    type: str
  args:
    description: The program's arguments; C(stdio) needs one at least. Left out, there is none.
    type: list
    elements: str
  env:
    description: The program's environment. Left out, there is none.
    type: dict
  auth_type:
    description:
      - How the gateway shows a credential to it. C(api_key) is the header C(X-API-Key); C(bearer_token)
        and C(basic) are C(Authorization) with that word, C(authorization) is it without one; for C(oauth2)
        the gateway gets a token with I(client_id) and I(client_secret).
      - With a type and without a credential each client brings its user's own, as C(x-mcp-ALIAS-authorization).
        Left out, V(none).
    type: str
    choices:
      - none
      - api_key
      - bearer_token
      - basic
      - authorization
      - oauth2
  auth_value:
    description:
      - The credential itself; of C(basic) it is C(user:password).
      - Before LiteLLM 1.79.3 the role litellm_gateway writes it, because only config.yaml can hold it.
        Left out, there is none.
    type: str
  client_id:
    description: The gateway's name at I(token_url). Left out, there is none.
    type: str
  client_secret:
    description: Its secret there. Left out, there is none.
    type: str
  token_url:
    description: Where C(oauth2) gets its tokens. Left out, there is none.
    type: str
  scopes:
    description: The scopes to ask for there. Left out, there is none.
    type: list
    elements: str
  access_groups:
    description: Groups by which keys may refer to it. Left out, there is none.
    type: list
    elements: str
  allowed_tools:
    description: The only tools that are offered. Left out, all are.
    type: list
    elements: str
  disallowed_tools:
    description: Tools that are not offered, by name or pattern; it needs I(tools) or I(allowed_tools),
      of which the others are then allowed.
    type: list
    elements: str
  tool_display_names:
    description: Names by which clients see its tools, in place of the server's name and the tool's. A
      key's I(mcp) and all else go on with the tool's own. Left out, there is none.
    type: dict
  tool_descriptions:
    description: Descriptions of its tools in place of its own. Left out, there is none.
    type: dict
  static_headers:
    description: Headers that are sent to it with each request. Left out, there is none.
    type: dict
  extra_headers:
    description: Names of headers that are passed on from the client. Left out, there is none.
    type: list
    elements: str
  server_timeout:
    description: For how many seconds the gateway waits for its list and for an answer to a call. Left
      out, as long as for all others, which with the role litellm_gateway is 25.
    type: float
  cost_per_call:
    description: What a call of one of its tools costs, in US dollars. Left out, V(0).
    type: float
  tool_costs:
    description: What a call costs for tools that differ from I(cost_per_call). Left out, there is none.
    type: dict
  budget:
    description: 'What calls of its tools may cost, of all keys together. Left out, there is no budget.
      LiteLLM has none for a server: the request filter holds it, which the role litellm_gateway tells
      of it. It is not sent.'
    type: dict
    suboptions:
      max:
        description: The most that may be spent, in US dollars.
        type: float
      per:
        description: 'The time after which the spending starts again at nothing, such as C(12h), C(1d),
          C(2w), C(30d) or C(1mo). A time that LiteLLM would read as another one is sent as what it means,
          or refused. Periods end by the calendar of UTC: C(1h) at the full hour, C(1d) at midnight, C(7d)
          on Monday, C(30d) and C(1mo) on the first of the month, so that the first one is shorter. Another
          number of days is counted from the day on which it is written: C(28d) or C(31d) is a month that
          begins then.'
        type: str
  limits:
    description: How much its tools may be called by all keys together, held as I(budget) is. Left out,
      there is no limit.
    type: dict
    suboptions:
      rpm:
        description: Requests per minute.
        type: int
      parallel:
        description: Requests at the same time.
        type: int
  tools:
    description: The names of its tools, where they are known. They are not sent; patterns in a key's
      I(mcp) are resolved with them.
    type: list
    elements: str
  state:
    description: Whether it should be there.
    type: str
    choices:
      - present
      - absent
    default: present
extends_documentation_fragment:
  - mcp_lan.litellm.gateway
  - mcp_lan.litellm.attributes
author:
  - The mcp_lan.litellm maintainers (@mcp-lan)
"""

EXAMPLES = r"""
- name: Register an MCP server, which nobody may use before a key names it
  mcp_lan.litellm.mcp_server:
    name: notes
    transport: http
    url: http://mcp-notes:8000/mcp
    description: Notes of the household

- name: Let keys name it by a group as well
  mcp_lan.litellm.mcp_server:
    name: notes
    url: http://mcp-notes:8000/mcp
    access_groups: [household]

- name: Look at what there is
  mcp_lan.litellm.mcp_server_info:
    names: [notes]
  register: found

- name: Remove notes
  mcp_lan.litellm.mcp_server:
    name: notes
    state: absent
"""

RETURN = r"""
outcome:
  description: V(created), V(changed), V(unchanged) or V(removed).
  returned: success
  type: str
changes:
  description: The options in which it differed.
  returned: success
  type: list
  elements: str
mcp_server:
  description: The MCP server as it is, in the words of the options and with its C(id), without secrets.
    Empty if there is none.
  returned: success
  type: dict
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
