#!/usr/bin/python
# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of gateway_check, which is an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: gateway_check
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Says what is wrong with a gateway's declaration before anything is changed
version_added: 1.0.0
description:
  - Judges a version of LiteLLM, the sections of its config.yaml and what M(mcp_lan.litellm.gateway_state) is to make,
    with the same code, and fails with a sentence for each thing that cannot be.
  - Where the gateway answers already, it is asked what it holds, so that references to what is only there are right.
  - Changes nothing. Runs on the controller.
attributes:
  check_mode:
    description: Runs in check mode and changes nothing.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
options:
  version:
    description: The version of LiteLLM that is to run.
    type: str
    required: true
  image:
    description:
      - Where its image is to come from, as C(source) and C(pull) of M(mcp_lan.litellm.image). Left out, it is not asked
        whether there is one.
    type: dict
  config:
    description: The sections of its config.yaml. Its models and aliases are among those that lists of models may name.
    type: dict
  environment:
    description:
      - Its environment variables without a secret. Left out, models are not held against what it has of addresses and
        keys.
    type: dict
  secret_environment:
    description: Its environment variables that hold a secret.
    type: dict
  entries:
    description:
      - What is to be made, by the names of the lists of M(mcp_lan.litellm.gateway_state), such as C(keys) and C(teams).
    type: dict
    default: {}
  clients:
    description: The client programs, as in the inventory's C(litellm_clients).
    type: list
    elements: raw
    default: []
  queues:
    description: In which requests wait for models, as C(litellm_gateway_queues) of the role litellm_gateway has them.
    type: list
    elements: dict
    default: []
  rotate:
    description: When keys are rotated that say nothing about it, as in M(mcp_lan.litellm.gateway_state).
    type: dict
    default: {}
  purge:
    description: Whether what no entry names goes, as in M(mcp_lan.litellm.gateway_state), so that none may refer to it.
    type: bool
    default: false
  api_url:
    description: Where the gateway answers, if it is there already.
    type: str
  master_key:
    description: Its master key. Left empty, that of the store.
    type: str
  store:
    description:
      - The store on the controller, as a directory, C(ansible-vault:DIRECTORY) or C(hashi-vault:MOUNT/PATH).
      - By default that of the variable C(mcp_lan_store), else of C(MCP_LAN_STORE) in the environment, else
        C(~/.config/mcp_lan/default).
    type: str
"""

EXAMPLES = r"""
- name: Validate what is declared
  mcp_lan.litellm.gateway_check:
    version: 1.77.3
    config:
      router_settings:
        num_retries: 2
    entries:
      mcp_servers: "{{ litellm_mcp_servers }}"
      keys: "{{ litellm_keys }}"
"""

RETURN = r"""
code:
  description: What kind of error it is, for programs. V(declaration_refused) if something that is declared cannot be.
  returned: failure
  type: str
"""
