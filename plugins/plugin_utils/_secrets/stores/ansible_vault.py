# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory as FileStore keeps it, each of its files encrypted by Ansible Vault."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.vault import VaultLib, VaultSecret, is_encrypted, match_encrypt_secret
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import FileStore

FORM = "ansible-vault:DIRECTORY"


def open_store(plugin: Any, place: str, variables: Mapping[str, Any]) -> AnsibleVaultStore:
    """The store of this place, with the vault secrets of the run."""
    return AnsibleVaultStore(place, plugin._loader._vault.secrets)


class AnsibleVaultStore(FileStore):
    """ansible-vault:<directory>, opened and sealed with the vault secrets that the run was given."""

    def __init__(self, place: str, secrets: Sequence[tuple[str, VaultSecret]] | None):
        super().__init__(os.path.expandvars(place.partition(":")[2]))
        self.place = f"ansible-vault:{self.path}"
        self._secrets = list(secrets or ())

    def _opened(self, text: str, file: Path) -> str:
        if not is_encrypted(text):
            raise UserError(
                f"{file} is not encrypted, as all of {self.place} has to be: copy a store of plain files with "
                "playbooks/copy_store.yml into a new directory.",
                "store_failed",
            )
        try:
            return self._vault().decrypt(text).decode("utf-8")
        except AnsibleError:
            raise UserError(
                f"{file} cannot be decrypted with the vault password that this run was given: give the one that "
                "the store was made with.",
                "store_failed",
            ) from None

    def _sealed(self, text: str) -> str:
        vault = self._vault()
        try:
            vault_id, secret = match_encrypt_secret(self._secrets, constants.DEFAULT_VAULT_ENCRYPT_IDENTITY)
            return vault.encrypt(text, secret, vault_id).decode("utf-8")
        except AnsibleError as error:
            raise UserError(f"{self.place} cannot be written: {error}", "store_failed") from None

    def _vault(self) -> VaultLib:
        if not self._secrets:
            raise UserError(
                f"The store {self.place} is encrypted and this run was given no vault password: add "
                "--vault-password-file FILE or --vault-id ID, or set vault_password_file in ansible.cfg.",
                "store_failed",
            )
        return VaultLib(self._secrets)
