# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom the controller believes to be the gateway: who is trusted anyway, and the deployment's own authority.

The store has the certificates of that one among its records: whoever has the store trusts it, without an option.
"""

from __future__ import annotations

import ssl

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import Store

RECORD = "ca_certificates"


def trusted(store: Store) -> str:
    """The certificates (PEM) that this deployment's clients are to trust besides those that they trust anyway."""
    return store.get("records", RECORD) or ""


def context(certificates: str = "", ca_path: str | None = None, validate_certs: bool = True) -> ssl.SSLContext:
    """A client's side of TLS that trusts these certificates as well, or a file's alone, or anybody."""
    try:
        made = ssl.create_default_context(cafile=ca_path)
    except (OSError, ssl.SSLError) as error:
        raise UserError(
            f"ca_path: {ca_path} cannot be used ({getattr(error, 'strerror', None) or error}): name a file of "
            "certificates in PEM that this machine can read.",
            "options_invalid",
        ) from None
    if not validate_certs:
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    elif certificates and not ca_path:
        made.load_verify_locations(cadata=certificates)
    return made
