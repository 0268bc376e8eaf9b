# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How LiteLLM's database is asked what was asked of the gateway."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
notes:
  - PostgreSQL is asked from the host of the task, by C(community.postgresql.postgresql_query); the role
    C(postgres_db) has what that needs on the gateway host. Files are written on the controller.
  - The role that logs in is C(postgres_db_report_user) of the role C(postgres_db). It reads
    C(mcp_lan_report.calls) and C(mcp_lan_report.budgets), and nothing else.
options:
  login_host:
    description: Where PostgreSQL is, as the host of the task reaches it.
    type: str
    required: true
  login_port:
    description: Its port.
    type: int
    default: 5432
  login_user:
    description: The role for reports.
    type: str
    required: true
  login_password:
    description: Its password.
    type: str
    required: true
  login_db:
    description: LiteLLM's database.
    type: str
    default: litellm
  from:
    description:
      - From when on, as a day (V(2026-11-01)) or a time (V(2026-11-01T13:00)) in UTC. A time with the offset of
        another zone is converted.
      - Left out, 30 days before O(to).
    type: str
  to:
    description: Until when, the same way; a day is meant with all its hours, a time is not among it. Left out, now.
    type: str
"""
