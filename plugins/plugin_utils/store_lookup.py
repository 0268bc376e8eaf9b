# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lookups of the store share."""

from __future__ import annotations

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.mcp_lan.litellm.plugins.module_utils.store import PLACEHOLDER, FileStore, StoreError

VARIABLE = "mcp_lan_store"


class StoreLookup(LookupBase):
    kind: str
    made_by: str

    def run(self, terms, variables=None, **kwargs):
        # The variable may itself be a template, which has to be resolved before it is read as a path.
        named = {name: self._templar.template(variables[name]) for name in [VARIABLE] if name in (variables or {})}
        self.set_options(var_options=named, direct=kwargs)
        store = FileStore(self.get_option("store"))
        missing = self.get_option("missing")
        if missing is None:
            missing = "placeholder" if (variables or {}).get("ansible_check_mode") else "error"
        return [self._read(store, str(name), missing) for name in terms]

    def _read(self, store: FileStore, name: str, missing: str) -> str:
        try:
            value = store.get(self.kind, name)
        except StoreError as error:
            raise AnsibleLookupError(str(error)) from None
        if value is not None:
            return value
        if missing == "placeholder":
            return PLACEHOLDER
        raise AnsibleLookupError(
            f"The store {store.path} has no {name!r} among its {self.kind}: run what makes it ({self.made_by}) first, "
            "or point the option store or the variable mcp_lan_store at the right store."
        )
