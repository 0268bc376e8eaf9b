# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which value of a secret counts while it is being rotated, when two are in the store.

What is to be true is the successor: roles give it to the servers. What a gateway knows by now may be the one before.
"""

from __future__ import annotations

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import Store

REFUSED = (400, 401, 403)


def desired(store: Store, name: str) -> str | None:
    """The value that is to be true: a successor if one waits."""
    return store.get("secret_successors", name) or store.get("secrets", name)


def known_master_key(store: Store, api_url: str | None, name: str = "master_key") -> str | None:
    """The value that the gateway takes; it is asked only while two are there."""
    coming, present = store.get("secret_successors", name), store.get("secrets", name)
    if not (coming and present and api_url) or coming == present:
        return coming or present
    return present if is_refused(store, api_url, coming) else coming


def is_refused(store: Store, api_url: str, master_key: str) -> bool:
    """Whether the gateway says that this is not its master key; one that says nothing does not."""
    try:
        ask(store, api_url, master_key)
    except ApiError as error:
        return error.status in REFUSED
    return False


def ask(store: Store, api_url: str, master_key: str) -> None:
    """A question that the master key alone may ask; ApiError says why there is no answer."""
    # Every lookup imports this file, and next to none asks: HTTP takes its time to import.
    from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import REQUESTS_IMPORT_ERROR, Client
    from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls.trust import trusted

    if REQUESTS_IMPORT_ERROR:
        raise ApiError("The Python that runs Ansible has no requests: install it there.", code="package_missing")
    client = Client(api_url, master_key, timeout=10, retries=1, ca_certificates=trusted(store))
    try:
        client.get("/key/list", page=1, size=1)
    finally:
        client.close()
