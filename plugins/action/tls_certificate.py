# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has the controller's store hold the certificate of a server, with its key, and the authorities that clients trust."""

from __future__ import annotations

import base64
import datetime
from pathlib import Path

from ansible.plugins.action import ActionBase
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError, action_failure
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores import store_of
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls import certificate as certificates
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls.trust import RECORD

SECRET = "front_door_tls"
AUTHORITY = "front_door_ca"
# What goes where there is no TLS any more. The authority stays, so that who trusts it need not be told of another one.
KEPT = (("records", RECORD), ("secrets", SECRET))


class ActionModule(ActionBase):
    """Nothing that is secret is given back: roles read it by the lookup secret."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        _checked, given = self.validate_argument_spec(
            argument_spec={
                "state": {"type": "str", "choices": ["present", "checked", "trusted", "absent"], "default": "present"},
                "names": {"type": "list", "elements": "str", "default": []},
                "certificate": {"type": "str", "default": ""},
                "private_key": {"type": "str", "default": "", "no_log": False},
                "ca_certificate": {"type": "str", "default": ""},
                "remote_src": {"type": "bool", "default": False},
                "valid_days": {"type": "int", "default": 90},
                "renew_days": {"type": "int", "default": 30},
                "store": {"type": "str"},
            }
        )
        self._task_vars, self._now = task_vars, datetime.datetime.now(datetime.UTC)
        try:
            store = store_of(self, given["store"], task_vars)
            if given["state"] in ("present", "checked"):
                given["names"] = _names(given)
                _refuse_options(given)
            if given["state"] == "checked":
                if given["certificate"]:
                    self._given_one(given)
                return {"changed": False}
            if self._task.check_mode:
                return self._made_true(store, given)
            if given["state"] == "absent" and not any(store.get(*place) for place in KEPT):
                return {"changed": False}
            with store.locked():
                return self._made_true(store, given)
        except UserError as error:
            raise action_failure(error, "{error} Nothing has been changed.") from None

    def _made_true(self, store, given):
        """Each entry is written whole; the authority first, so that no certificate is without its own."""
        desired: dict[tuple[str, str], str] = dict.fromkeys(KEPT, "")
        about = {}
        if given["state"] == "trusted" and given["ca_certificate"]:
            desired[KEPT[0]] = self._authorities(given)
        if given["state"] == "present":
            if given["certificate"]:
                pair, trusted = self._given_one(given)
                why = "another one was given"
            else:
                pair, authority, why = self._issued(store, given)
                desired = {("secrets", AUTHORITY): authority.text(), **desired}
                trusted = authority.public
            desired |= {KEPT[0]: trusted, KEPT[1]: pair.text()}
            about = {"not_after": pair.ends.isoformat(), "names": sorted(pair.names)}
        differing = [place for place, text in desired.items() if (store.get(*place) or "") != text.rstrip("\n")]
        if not self._task.check_mode:
            for place in differing:
                if desired[place]:
                    store.put(*place, desired[place].rstrip("\n"))
                else:
                    store.remove(*place)
        if not differing:
            return {"changed": False, **about}
        shown = "".join(
            f"{kind}/{name}: {'another one' if desired[kind, name] else 'none'}\n" for kind, name in differing
        )
        reason = {"reason": why} if about else {}
        return {"changed": True, **about, **reason, "diff": {"before": "", "after": shown}}

    def _given_one(self, given):
        """The pair that files hold, and the authorities that clients are to trust for it."""
        where, key_where = given["certificate"], given["private_key"]
        pair = certificates.read(self._read(given, where), self._read(given, key_where), where, key_where)
        certificates.refuse_unfit(pair, given["names"], where, self._now)
        if not given["ca_certificate"]:
            return pair, ""
        return pair, self._authorities(given)

    def _authorities(self, given):
        return certificates.authorities(self._read(given, given["ca_certificate"]), given["ca_certificate"])

    def _issued(self, store, given):
        """The one of the store, or another where that does not serve any more; its authority; and why."""
        names, days, now = given["names"], given["renew_days"], self._now
        authority = certificates.kept(store.get("secrets", AUTHORITY))
        # In time, so that machines have the new one long before anything that it issues is all that there is.
        if (
            authority is None
            or authority.ends_within(given["valid_days"] + 365, now)
            or not certificates.speaks_for(authority, names)
        ):
            authority = certificates.new_authority(names, now, authority)
        current = certificates.kept(store.get("secrets", SECRET))
        why = _why_another(current, authority, names, days, now)
        return certificates.issue(authority, names, given["valid_days"], now) if why else current, authority, why

    def _read(self, given, path):
        """A file of the controller, or of the host."""
        if not given["remote_src"]:
            try:
                return Path(path).expanduser().read_bytes()
            except OSError as error:
                raise UserError(
                    f"{path} cannot be read on this machine, which runs Ansible ({error.strerror}): correct the path "
                    "or its mode, or set front_door_tls_remote_src where it is on the gateway host.",
                    "certificate_invalid",
                ) from None
        answer = self._execute_module("ansible.builtin.slurp", module_args={"src": path}, task_vars=self._task_vars)
        if answer.get("failed"):
            where = (self._task_vars or {}).get("inventory_hostname", "the host")
            raise UserError(f"{path} cannot be read on {where}: correct the path or its mode.", "certificate_invalid")
        return base64.b64decode(answer["content"])


def _names(given):
    """The names as a certificate has them. A star lets every name through, and is none."""
    return sorted({certificates.plain(name) for name in given["names"]} - {"*"})


def _refuse_options(given):
    if not given["names"] and not given["certificate"]:
        raise UserError(
            "A certificate needs a name, and front_door_hosts has none: write by which names clients call the gateway.",
            "options_invalid",
        )
    odd = next((name for name in given["names"] if not name.isascii()), None)
    if odd:
        raise UserError(
            f"{odd} has letters that no name in the DNS has: write it in front_door_hosts as it is there (xn--...).",
            "options_invalid",
        )
    if bool(given["certificate"]) != bool(given["private_key"]):
        raise UserError(
            "front_door_tls_certificate and front_door_tls_private_key belong together: give both, or neither to have "
            "a certificate made.",
            "options_invalid",
        )
    if not given["certificate"] and (given["remote_src"] or given["ca_certificate"]):
        raise UserError(
            "front_door_tls_remote_src and front_door_tls_ca_certificate are about a certificate that is given: set "
            "front_door_tls_certificate and front_door_tls_private_key too, or leave them out.",
            "options_invalid",
        )
    if not 0 < given["renew_days"] < given["valid_days"] <= 825:
        raise UserError(
            "front_door_tls_renew_days is less than front_door_tls_valid_days, and that 825 at most, which is what "
            "Apple's systems take.",
            "options_invalid",
        )


def _why_another(current, authority, names, days, now):
    """Why the current certificate does not serve, or nothing."""
    if current is None:
        return "there was none"
    if not certificates.issued_by(current, authority):
        return "it is of another authority"
    if current.names != set(names):
        return "the names are others"
    if current.ends_within(days, now):
        return f"it ends on {current.ends:%Y-%m-%d}"
    return ""
