# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the gateway's admin API is reached: from the controller."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
notes:
  - Runs in the process of Ansible on the controller, whatever host a task is for or is delegated to, with the Python
    that runs Ansible. What a task's C(environment) says holds there.
options:
  api_url:
    description:
      - The gateway's address, such as V(http://linuxserver.lan:4000).
      - If not given, the environment variable E(LITELLM_API_URL) is used.
    type: str
    required: true
  master_key:
    description:
      - The gateway's master key.
      - If not given, the environment variable E(LITELLM_MASTER_KEY) is used.
    type: str
    required: true
  timeout:
    description: How many seconds an answer may take.
    type: float
    default: 30.0
  retries:
    description: How often a request is sent again after a lost connection or the answers 429, 502, 503 and 504.
    type: int
    default: 4
  validate_certs:
    description: Whether the certificate of an C(https) gateway is checked.
    type: bool
    default: true
  ca_path:
    description: A file with the certificates of the authorities to trust.
    type: path
requirements:
  - requests
"""
