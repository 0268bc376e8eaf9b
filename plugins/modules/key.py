#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a key of a LiteLLM gateway."""

from __future__ import annotations

DOCUMENTATION = r"""
module: key
short_description: Manage a key of a LiteLLM gateway
version_added: 1.0.0
description:
  - Creates, changes and removes a key through the gateway's admin API.
  - An option that is left out is left as it is at the gateway; what its description says of leaving it
    out is how a key is created. Lists and dictionaries are stated whole.
  - 'For many objects at once use M(mcp_lan.litellm.gateway_state), which costs about what one does and
    states everything: there, what is left out has the meaning that its description says, always.'
options:
  name:
    description: The key's name, LiteLLM's C(key_alias), unique at the gateway.
    type: str
    required: true
  hash:
    description: The sha256 of an existing key whose value is not known here. Such a key is never minted
      or replaced. One that was made by hand is left as it is while it may do what its entry says.
    type: str
  team:
    description: The team it belongs to. Left out, there is none.
    type: str
  organization:
    description: An organization that bounds it, besides its team's. Left out, there is none.
    type: str
  user:
    description: The user it belongs to. Left out, there is none.
    type: str
  models:
    description: The models it may use, by name; C(all-proxy-models) are all of them. Left out or empty,
      those that its team names; without a team that names some, none.
    type: list
    elements: str
  mcp:
    description:
      - Maps servers (by name, alias, access group, toolset or pattern) to lists of their tools. C(['*'])
        is all of them.
      - 'For prompts and resources as well, to C({tools, prompts, resources}), a list for each: prompts
        by their names, resources by their URIs, C(*) at the end for whatever begins so. LiteLLM passes
        them on from 1.108.0.'
      - Left out, the key may use nothing of any MCP server.
    type: dict
  budget:
    description: What it may spend. Left out, there is no budget.
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
      soft:
        description: The spending, in US dollars, from which on the role observability gives an alert.
          Nothing is refused for it.
        type: float
  limits:
    description: How much it may ask. Left out, there is no limit.
    type: dict
    suboptions:
      rpm:
        description: Requests per minute.
        type: int
      tpm:
        description: Tokens per minute.
        type: int
      parallel:
        description: Requests at the same time.
        type: int
  expires:
    description: When it stops working, as an ISO 8601 time such as C(2027-01-31T00:00:00Z). Left out,
      never.
    type: str
  duration:
    description: How long it works from its creation on, such as C(36h), C(2w) or C(90d). Set once; to
      set a time later use I(expires).
    type: str
  rotate:
    description: When its value is replaced by a successor, and how long the one before lives on. Left
      out, what the run says for all keys; otherwise it is rotated only when that is asked for.
    type: dict
    suboptions:
      after:
        description: The age at which a value is replaced, such as C(30d). Left out, none is by itself.
        type: str
      overlap:
        description: How long the value before works on, once all clients have the new one. C(24h).
        type: str
      wait:
        description: For how long clients that cannot be reached are waited for. C(30d).
        type: str
  allowed_routes:
    description: The gateway's routes it may use. Left out, those of the models and of MCP (V(llm_api_routes)),
      without the administration. An empty list, which a key that was made by hand may have, is all of
      them.
    type: list
    elements: str
  cache:
    description: Have answers to its requests kept by what the role cache runs, and given to it again
      when it asks the same. Left out, only those of the models that the role names.
    type: dict
    suboptions:
      ttl:
        description: For how many seconds an answer is kept.
        type: int
      shared:
        description: 'Whether it shares them with all keys that say the same: one is given what another
          one has been answered. Left out, it does not.'
        type: bool
  blocked:
    description: Whether it is refused. Left out, V(false).
    type: bool
  metadata:
    description: Whatever else should be kept with it. Left out, there is none.
    type: dict
  state:
    description: Whether it should be there.
    type: str
    choices:
      - present
      - absent
    default: present
  store:
    description: The store on the controller, as a directory, C(ansible-vault:DIRECTORY) or C(hashi-vault:MOUNT/PATH).
      By default that of the variable C(mcp_lan_store), else of C(MCP_LAN_STORE) in the environment, else
      C(~/.config/mcp_lan/default).
    type: str
extends_documentation_fragment:
  - mcp_lan.litellm.gateway
  - mcp_lan.litellm.attributes
author:
  - The mcp_lan.litellm maintainers (@mcp-lan)
"""

EXAMPLES = r"""
- name: Create a key that may use one model and one tool
  mcp_lan.litellm.key:
    name: ann-laptop
    models: [mock]
    mcp:
      filesystem: [list_directory]
    budget: {max: 5, per: 30d}

- name: Give it a lower budget, and leave all else as it is
  mcp_lan.litellm.key:
    name: ann-laptop
    budget: {max: 2, per: 30d}

- name: Refuse it for now
  mcp_lan.litellm.key:
    name: ann-laptop
    blocked: true

- name: Look at what there is
  mcp_lan.litellm.key_info:
    names: [ann-laptop]
  register: found

- name: Remove ann-laptop
  mcp_lan.litellm.key:
    name: ann-laptop
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
key:
  description: The key as it is, in the words of the options and with its C(id), without secrets. Empty
    if there is none.
  returned: success
  type: dict
said:
  description: A sentence if its value was revoked at the gateway by hand, is not in the store any more,
    or was revoked and has been there again, as after the restore of a backup from before.
  returned: success
  type: list
  elements: str
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
