# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module that writes to the gateway supports."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Sends nothing but C(GET) and says what would change.
  diff_mode:
    support: full
    description: Shows the fields that differ, and no secrets.
  idempotent:
    support: full
    description: A second run changes nothing.
  action_group:
    support: full
    membership:
      - mcp_lan.litellm.litellm
    description: Use C(group/mcp_lan.litellm.litellm) in C(module_defaults) to set options for all modules of it.
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Only reads.
  diff_mode:
    support: N/A
    description: Only reads.
  idempotent:
    support: full
    description: Only reads.
  action_group:
    support: full
    membership:
      - mcp_lan.litellm.litellm
    description: Use C(group/mcp_lan.litellm.litellm) in C(module_defaults) to set options for all modules of it.
"""
