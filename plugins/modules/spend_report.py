#!/usr/bin/python
# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of spend_report, which is an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: spend_report
author: The mcp_lan.litellm maintainers (@mcp-lan)
short_description: Write a page of what was asked of a LiteLLM gateway, and what it cost
version_added: 1.0.0
description:
  - Writes one HTML page that asks no host for anything. It has spend and requests over time by key, model and tool,
    what is left of budgets, the slowest tools, and refusals, with tables beneath the charts.
  - The figures are those of M(mcp_lan.litellm.spend_info), of one look at the database.
  - Changes nothing at the gateway. No value of a key and no hash of one is on the page.
options:
  dest:
    description: The page, on the controller, mode 0600. Its folder has to exist.
    type: path
    required: true
  title:
    description: What the page calls the gateway, such as its address.
    type: str
    default: ""
extends_documentation_fragment:
  - mcp_lan.litellm.spend
attributes:
  check_mode:
    description: Reads, and writes no page.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
  idempotent:
    description: The same rows and the same time give the same page.
    support: full
"""

EXAMPLES = r"""
- name: Write a page of what this November has cost
  mcp_lan.litellm.spend_report:
    login_host: db.lan
    login_user: report
    login_password: "{{ lookup('mcp_lan.litellm.secret', 'postgres_report') }}"
    from: 2026-11-01
    to: 2026-11-30
    dest: ~/november.html
"""

RETURN = r"""
dest:
  description: The page.
  returned: success
  type: str
total:
  description: The figures of everything, as in RV(mcp_lan.litellm.spend_info#module:figures).
  returned: success
  type: dict
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
