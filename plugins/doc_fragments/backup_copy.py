# Copyright (c) The mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules say of a repository for copies of backups."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of the modules that use a repository of restic."""

    DOCUMENTATION = r"""
options:
  repository:
    description:
      - Where copies are, as restic writes it, such as V(sftp:backup@nas.lan:/srv/gateway), V(sftp://backup@nas.lan:2222//srv/x),
        V(s3:https://s3.lan/bucket/gateway) or a folder of another disk.
    type: str
  repository_password:
    description: >-
      What it is encrypted with. It is in a file for root alone while restic runs, and nowhere else on the host.
    type: str
  environment:
    description:
      - Further variables for restic, such as E(AWS_ACCESS_KEY_ID) and E(AWS_SECRET_ACCESS_KEY).
    type: dict
    default: {}
  ssh_key:
    description: For sftp, the private key to log in with. The host's own configuration of SSH, if it is empty.
    type: str
  known_hosts:
    description: >-
      For sftp, the lines of C(known_hosts) by which the other host is known. Those of the host's own user, if it is
      empty. A host that is not known is refused.
    type: str
  origin:
    description: The host that the backups are of, by which several share a repository. This host's name by default.
    type: str
  deployment:
    description: Whose backups they are, where a host has several.
    type: str
"""
