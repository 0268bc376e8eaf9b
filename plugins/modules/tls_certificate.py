#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of tls_certificate, which is an action plugin."""

from __future__ import annotations

DOCUMENTATION = r"""
module: tls_certificate
short_description: Have the store hold the front door's certificate, with its key
version_added: 1.0.0
description:
  - Takes a certificate and its private key from files, or issues one by an authority of the deployment's own, which is
    made with the first. Renews it before it ends, and where the names are others.
  - Of names, that authority can speak for these alone (name constraints), and its key never leaves the store.
  - Keeps certificate and key as the secret C(front_door_tls) and the authority as C(front_door_ca); whom clients are to
    trust is what the lookup P(mcp_lan.litellm.ca_certificates#lookup) gives. Gives back nothing that is secret.
  - Refuses a certificate that has ended, is not for all of O(names), or whose key is encrypted or another one's.
  - This is an action plugin. It runs on the controller, and reads files of the host only with O(remote_src).
options:
  state:
    description:
      - With V(checked) it is only seen whether what is given can be used.
      - With V(trusted) the certificate is somebody else's matter, such as an ACME client's on the host. Whom clients
        trust in addition is kept, O(ca_certificate), and the store has no certificate.
      - With V(absent) the certificate goes, and clients trust nobody in addition. The authority stays.
    type: str
    choices: [present, checked, trusted, absent]
    default: present
  names:
    description: Names and addresses by which clients call the server.
    type: list
    elements: str
    default: []
  certificate:
    description: A file with the server's certificate and its chain (PEM). Without one, it is issued.
    type: str
    default: ""
  private_key:
    description: A file with its private key (PEM, not encrypted).
    type: str
    default: ""
  ca_certificate:
    description: >-
      A file of authorities (PEM) that clients have to trust for O(certificate), where they don't anyway.
    type: str
    default: ""
  remote_src:
    description: Whether these files are on the host instead of the controller.
    type: bool
    default: false
  valid_days:
    description: For how many days a certificate is issued, 825 at most.
    type: int
    default: 90
  renew_days:
    description: How many days before its end an issued certificate is renewed. Fewer than O(valid_days).
    type: int
    default: 30
  store:
    description:
      - The store, as a directory, C(ansible-vault:DIRECTORY) or C(hashi-vault:MOUNT/PATH).
      - By default that of the variable C(mcp_lan_store), else of C(MCP_LAN_STORE) in the environment, else
        C(~/.config/mcp_lan/default).
    type: str
attributes:
  check_mode:
    support: full
    description: Writes nothing and says what it would write.
  diff_mode:
    support: full
    description: Shows which entries of the store are others, not what is in them.
  idempotent:
    support: full
    description: A second run changes nothing until the certificate is due.
author:
  - The mcp_lan.litellm maintainers (@mcp-lan)
"""

EXAMPLES = r"""
- name: Have a certificate of the deployment's own authority
  mcp_lan.litellm.tls_certificate:
    names: [linuxserver.lan, 192.0.2.10]

- name: Take one that certbot has renewed on the host
  mcp_lan.litellm.tls_certificate:
    names: [gateway.example.com]
    certificate: /etc/letsencrypt/live/gateway.example.com/fullchain.pem
    private_key: /etc/letsencrypt/live/gateway.example.com/privkey.pem
    remote_src: true
"""

RETURN = r"""
not_after:
  description: When the certificate ends.
  returned: O(state=present)
  type: str
  sample: "2027-02-27T16:00:00+00:00"
names:
  description: The names and addresses that it is for.
  returned: O(state=present)
  type: list
  elements: str
  sample: [192.0.2.10, linuxserver.lan]
reason:
  description: Why it is another one.
  returned: O(state=present) and changed
  type: str
  sample: it ends on 2026-12-20
code:
  description: What kind of error it is, for programs. C(docs/errors.md) of the collection lists them.
  returned: failure
  type: str
"""
