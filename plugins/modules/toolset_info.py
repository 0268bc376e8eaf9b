#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the toolsets of a LiteLLM gateway."""

from __future__ import annotations

DOCUMENTATION = r"""
module: toolset_info
short_description: Read the toolsets of a LiteLLM gateway
version_added: 1.0.0
description:
  - Returns toolsets in the words of the options of M(mcp_lan.litellm.toolset), so that an entry can be
    made of each. Secrets are not among them.
options:
  names:
    description: Only those with these names. Left out, all.
    type: list
    elements: str
extends_documentation_fragment:
  - mcp_lan.litellm.gateway
  - mcp_lan.litellm.attributes.info
author:
  - The mcp_lan.litellm maintainers (@mcp-lan)
"""

EXAMPLES = r"""
- name: Read all toolsets
  mcp_lan.litellm.toolset_info:
  register: found
"""

RETURN = r"""
toolsets:
  description: What there is, each with its C(id) and with C(owned), whether this collection made it.
  returned: success
  type: list
  elements: dict
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
