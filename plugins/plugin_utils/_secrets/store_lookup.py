# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lookups of the store share."""

from __future__ import annotations

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import PLACEHOLDER, Store
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores import store_of


class StoreLookup(LookupBase):
    kind: str
    made_by: str

    def run(self, terms, variables=None, **kwargs):
        self.set_options(direct=kwargs)
        missing = self.get_option("missing")
        if missing is None:
            missing = "placeholder" if (variables or {}).get("ansible_check_mode") else "error"
        try:
            store = store_of(self, kwargs.get("store"), variables)
            return [self.value(store, str(name)) or self._missing(store, str(name), missing) for name in terms]
        except UserError as error:
            raise AnsibleLookupError(str(error)) from None

    def value(self, store: Store, name: str) -> str | None:
        """What the store has of the name."""
        return store.get(self.kind, name)

    def _missing(self, store: Store, name: str, missing: str) -> str:
        if missing == "placeholder":
            return PLACEHOLDER
        raise AnsibleLookupError(
            f"The store {store.place} has no {name!r} among its {self.kind}: run what makes it ({self.made_by}) first, "
            "or point the option store or the variable mcp_lan_store at the right store."
        )
