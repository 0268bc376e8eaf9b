#!/usr/bin/python
# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of spend_info, which is an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: spend_info
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Read what was asked of a LiteLLM gateway, and what it cost
version_added: 1.0.0
description:
  - Adds up the rows of LiteLLM's spend log, in PostgreSQL and in exact numbers, by any of key, team, user, model, MCP
    server, MCP tool, day and status. C(docs/audit.md) of the collection says what is recorded on which version, and
    what is not.
  - No value of a key and no hash of one is given back. A key has the name that it had; all values of a key that was
    rotated are one key.
  - Changes nothing at the gateway.
options:
  by:
    description:
      - What there is to be a row for, in this order. Left out, there is one row, of everything.
      - C(model) is what the client asked for; of a call of a tool there is none.
      - C(status) is V(success), V(failure) (a model or a tool was asked, and failed) or V(refused) (LiteLLM let
        nothing be asked).
    type: list
    elements: str
    choices: [day, key, team, user, model, mcp_server, mcp_tool, status]
    default: []
  csv:
    description: A file on the controller for the same rows as CSV, mode 0600. Its folder has to exist.
    type: path
  jsonl:
    description: A file on the controller for the same rows as JSON, a line each, mode 0600. Its folder has to exist.
    type: path
extends_documentation_fragment:
  - mcp_lan.litellm.spend
attributes:
  check_mode:
    description: Reads, and writes no file.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
  idempotent:
    description: The same rows give the same files.
    support: full
"""

EXAMPLES = r"""
- name: Read what each key has cost this November
  mcp_lan.litellm.spend_info:
    login_host: db.lan
    login_user: report
    login_password: "{{ lookup('mcp_lan.litellm.secret', 'postgres_report') }}"
    from: 2026-11-01
    to: 2026-11-30
    by: [key]
  register: spent

- name: Save each day's calls of each tool for a spreadsheet
  mcp_lan.litellm.spend_info:
    login_host: db.lan
    login_user: report
    login_password: "{{ lookup('mcp_lan.litellm.secret', 'postgres_report') }}"
    by: [day, mcp_server, mcp_tool]
    csv: ~/tools.csv
"""

RETURN = r"""
figures:
  description: The rows, each with what it is by (O(by)), in that order.
  returned: success
  type: list
  elements: dict
  contains:
    requests:
      description: How many rows there are.
      type: int
    failed:
      description: Of which a model or a tool failed.
      type: int
    refused:
      description: Of which LiteLLM refused.
      type: int
    prompt_tokens:
      description: Tokens that were sent to models.
      type: int
    completion_tokens:
      description: Tokens that came from models.
      type: int
    spend:
      description: US dollars, as text, so that nothing rounds them.
      type: str
      sample: "12.3405"
    median_seconds:
      description: How long the successful ones took; none if there are none.
      type: float
    p95_seconds:
      description: What 95 of 100 of them took at most.
      type: float
from:
  description: From when on, in UTC.
  returned: success
  type: str
  sample: "2026-11-01T00:00:00Z"
to:
  description: Until before when, in UTC.
  returned: success
  type: str
  sample: "2026-12-01T00:00:00Z"
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
