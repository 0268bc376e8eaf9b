#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes many objects of a LiteLLM gateway as they should be, in one run of the engine."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gateway_state
short_description: Make many objects of a LiteLLM gateway as they should be
version_added: 1.0.0
description:
  - Takes the whole desired state at once. Each kind of object is listed once, compared in memory, and only what differs
    is written, several objects at a time, in the order in which they refer to each other.
  - An entry states the whole of its object. An option that is left out has the meaning that the kind's own module says
    for it, also where the gateway has another; that module by itself leaves it alone.
  - What cannot be as it is written (an unknown option, a reference to nothing, something that this version does not
    have) is refused before anything is written, with a sentence for each.
  - One object that the gateway then refuses does not keep the others from being written; the module fails at its end,
    with a sentence for each, and the next run does what is left.
  - Runs on the controller (it has an action plugin), where the values of keys are kept. A value is made and stored
    before it is sent.
options:
  credentials:
    description: Credentials, each with the options of M(mcp_lan.litellm.credential).
    type: list
    elements: dict
  budgets:
    description: Budgets, each with the options of M(mcp_lan.litellm.budget).
    type: list
    elements: dict
  models:
    description: Models, each with the options of M(mcp_lan.litellm.model).
    type: list
    elements: dict
  tags:
    description: Tags, each with the options of M(mcp_lan.litellm.tag).
    type: list
    elements: dict
  guardrails:
    description: Guardrails, each with the options of M(mcp_lan.litellm.guardrail).
    type: list
    elements: dict
  mcp_servers:
    description: MCP servers, each with the options of M(mcp_lan.litellm.mcp_server).
    type: list
    elements: dict
  toolsets:
    description: Toolsets, each with the options of M(mcp_lan.litellm.toolset).
    type: list
    elements: dict
  organizations:
    description: Organizations, each with the options of M(mcp_lan.litellm.organization).
    type: list
    elements: dict
  users:
    description: Users, each with the options of M(mcp_lan.litellm.user).
    type: list
    elements: dict
  teams:
    description: Teams, each with the options of M(mcp_lan.litellm.team).
    type: list
    elements: dict
  access_groups:
    description: Access groups, each with the options of M(mcp_lan.litellm.access_group).
    type: list
    elements: dict
  customers:
    description: Customers, each with the options of M(mcp_lan.litellm.customer).
    type: list
    elements: dict
  keys:
    description: Keys, each with the options of M(mcp_lan.litellm.key).
    type: list
    elements: dict
  purge:
    description:
      - Remove what is no longer in the lists that are given. Only what this collection has made with the same O(owner)
        is removed, and only of the kinds whose list is given.
      - Access groups, budgets, customers, tags and toolsets have no place for such a mark at the gateway, and are never
        removed by this.
    type: bool
    default: false
  owner:
    description: The name in the ownership mark of what is made. Two inventories for one gateway need two names.
    type: str
    default: mcp_lan.litellm
  workers:
    description: How many objects are written at the same time.
    type: int
    default: 4
  store:
    description:
      - The store on the controller, as a directory, C(ansible-vault:DIRECTORY) or C(hashi-vault:MOUNT/PATH).
      - By default that of the variable C(mcp_lan_store), else of C(MCP_LAN_STORE) in the environment, else
        C(~/.config/mcp_lan/default).
    type: str
  rotate:
    description:
      - When keys are rotated that say nothing about it themselves, with the same suboptions as the option C(rotate) of
        M(mcp_lan.litellm.key).
      - A key that is due gets a successor, which takes its name, its spending and its place in the store. The value
        before lives on until it is scheduled to expire by O(verified_generations).
    type: dict
    suboptions:
      after:
        description: The age at which a value is replaced, such as C(30d). Left out, none is by itself.
        type: str
      overlap:
        description: How long the value before works on, once all clients have the new one. C(24h) by default.
        type: str
      wait:
        description: For how long clients that cannot be reached are waited for. C(30d) by default.
        type: str
  rotate_now:
    description: The names of keys that are rotated now, whatever their age; V(*) is all of them.
    type: list
    elements: str
    default: []
  rotate_now_teams:
    description: The teams whose keys are rotated now, whatever their age.
    type: list
    elements: str
    default: []
  revoke:
    description:
      - Whether the earlier values of what is rotated now stop working at once. Clients are cut off until they are
        delivered the new value.
      - It is written with the new value at the gateway. A run that breaks before the earlier values are gone is
        finished by the next one, whether or not that one is told to revoke.
    type: bool
    default: false
  verified_generations:
    description:
      - The keys whose value all clients have been delivered and that was seen to work, and which generation that was,
        as in the RV(rotations) of the run before the delivery. Earlier values are scheduled to expire, at the gateway
        itself, after the overlap.
      - Where the present generation is another one by now, because another run has rotated the key since, nothing is
        scheduled to expire.
    type: dict
    default: {}
extends_documentation_fragment:
  - mcp_lan.litellm.gateway
  - mcp_lan.litellm.attributes
author:
  - The mcp_lan.litellm maintainers (@mcp-lan)
"""

EXAMPLES = r"""
- name: Make servers, a team and a key
  mcp_lan.litellm.gateway_state:
    api_url: http://127.0.0.1:4000
    master_key: "{{ lookup('mcp_lan.litellm.secret', 'master_key') }}"
    mcp_servers:
      - name: postgresql
        transport: sse
        url: http://mcp-postgresql:8000/sse
    teams:
      - name: research
        mcp:
          postgresql: ["*"]
    keys:
      - name: claude-code
        team: research
        mcp:
          postgresql: [execute_sql, list_schemas]
        budget:
          max: 20
          per: 30d
  delegate_to: localhost

- name: See what differs, without changing it
  mcp_lan.litellm.gateway_state:
    keys: "{{ litellm_keys }}"
    purge: true
  check_mode: true
  diff: true
  delegate_to: localhost
"""

RETURN = r"""
results:
  description: What happened to each object.
  returned: always
  type: list
  elements: dict
  contains:
    kind:
      description: The kind of the object, such as V(key).
      type: str
      returned: always
    name:
      description: Its name.
      type: str
      returned: always
    action:
      description: V(created), V(changed), V(unchanged), V(removed) or V(failed).
      type: str
      returned: always
    changes:
      description: The fields that differed.
      type: list
      elements: str
      returned: always
    error:
      description: Why it failed.
      type: str
      returned: always
    code:
      description: What kind of error it is, for programs.
      type: str
      returned: always
rotations:
  description: The keys that have earlier values at the gateway.
  returned: unless something was refused before anything was written
  type: list
  elements: dict
  contains:
    name:
      description: The key's name.
      type: str
      returned: always
    generation:
      description: Which of its values is the present one; the first is 1.
      type: int
      returned: always
    minted:
      description: Since when.
      type: str
      returned: always
    revokes:
      description: Whether the earlier values are to be gone at once, and a run that broke has left them.
      type: bool
      returned: always
    earlier:
      description: Of each earlier value C(generation), C(minted), C(ends), empty until it is scheduled to expire,
        and C(used), the time of its last row in the spend log, for which the run that replaces it does not ask.
      type: list
      elements: dict
      returned: always
left_over:
  description:
    - What this collection has made with the same O(owner), and is in none of the lists that are given. It stays in
      force until it is removed, by C(state=absent) or by O(purge).
  returned: unless something was refused before anything was written
  type: list
  elements: dict
  contains:
    kind:
      description: Which kind of object it is.
      type: str
      returned: always
    title:
      description: What a person calls the kind.
      type: str
      returned: always
    name:
      description: Its name.
      type: str
      returned: always
said:
  description:
    - A sentence for each key whose value was revoked at the gateway by hand, is not in the store any more, or was
      revoked and has been there again, as after the restore of a backup from before.
  returned: unless something was refused before anything was written
  type: list
  elements: str
version:
  description: The gateway's version.
  returned: unless something was refused before anything was written
  type: str
requests:
  description: How many requests were sent.
  returned: when the gateway answered
  type: int
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them. V(several) if the
    RV(results) have different ones.
  returned: failure
  type: str
"""
