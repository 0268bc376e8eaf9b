# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of gateway_check: what is declared is judged on the controller, by the code that will make it true."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import shlex
import sys

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.mcp_lan.litellm.plugins.action import image
from ansible_collections.mcp_lan.litellm.plugins.module_utils.capabilities import CapabilityError, for_version
from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import without_keys
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._clients import declared
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import ApiError, UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.action import plain
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import checked
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import REQUESTS_IMPORT_ERROR, Client
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys import key_values
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys.lifecycle import terms_of
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS as RESOURCES
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import PLURALS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.reconciler import Reconciler
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._models import judged
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.checks import check
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.environment import check_environment
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._proxy_config.routing import (
    ALIASES,
    aliases_of,
    fallbacks_of,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.secret_values import known_master_key
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.store import PLACEHOLDER
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores import store_of
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls.trust import trusted
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify.proof_models import hint, unknown
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.model_queues import KINDS, VARIABLE, named

REFUSED = 401
# What the rest of a run imports on the controller, by the package's name.
NEEDED = {"requests": "requests", "mcp": "mcp>=1.12,<2", "httpx": "httpx"}
# Of the 2.x of mcp the client is another, and without httpx.
FITS = {"mcp": re.compile(r"1\.(1[2-9]|[2-9]\d|\d{3,})(\D.*)?")}

# What is judged as the modules are given it that make it true; config.yaml is written of its own types.
PLAIN = ("entries", "environment", "secret_environment")


class ActionModule(ActionBase):
    """Judges everything, then fails with all that is wrong."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp=None, task_vars=None):
        """The module."""
        super().run(tmp, task_vars)
        given = self._task.args
        self._task.args = {**given, **{name: plain(given[name]) for name in PLAIN if name in given}}
        _validated, arguments = self.validate_argument_spec(
            argument_spec={
                "version": {"type": "str", "required": True},
                "image": {"type": "dict"},
                "config": {"type": "dict"},
                "environment": {"type": "dict"},
                "secret_environment": {"type": "dict", "no_log": True},
                "entries": {"type": "dict", "default": {}},
                "clients": {"type": "list", "elements": "raw", "default": []},
                "rotate": {"type": "dict", "default": {}},
                "purge": {"type": "bool", "default": False},
                "queues": {"type": "list", "elements": "dict", "default": []},
                "api_url": {"type": "str"},
                "master_key": {"type": "str", "no_log": True},
                "store": {"type": "str"},
            }
        )
        if missing := [package for module, package in NEEDED.items() if not _there(module)]:
            return {"failed": True, "msg": _joined([_without(missing)]), "code": "package_missing"}
        version = arguments["version"]
        wrong = self._version_and_image(version, arguments["image"])
        if not wrong:
            wrong = self._config(version, arguments["config"])
            # They are held against the configuration.
            entries = [] if wrong else self._entries(version, arguments, task_vars)
            wrong += self._environment(arguments) + entries
        sentences = [without_keys(one, arguments["master_key"]) for one in wrong]
        if sentences:
            return {"failed": True, "msg": _joined(sentences), "code": "declaration_refused"}
        return {"changed": False}

    @staticmethod
    def _version_and_image(version, desired):
        try:
            for_version(version)
            if desired is not None:
                folder = image.IMAGES / "litellm"
                given = {name: value for name, value in desired.items() if value}
                image.ActionModule.complete(
                    {"name": "litellm", "version": version, **given}, image.load(folder), folder
                )
        except CapabilityError as error:
            return [f"litellm_gateway_version: {error}."]
        except AnsibleActionFail as error:
            return [f"litellm_gateway_version: {error.message}"]
        return []

    @staticmethod
    def _config(version, config):
        try:
            check(config or {}, version)
        except UserError as error:
            return [f"{error}" if str(error).endswith("?") else f"{error}."]
        return []

    @staticmethod
    def _environment(arguments):
        wrong = []
        for option in ("environment", "secret_environment"):
            try:
                check_environment(arguments[option] or {}, f"litellm_gateway_{option}")
            except UserError as error:
                wrong.append(f"{error}.")
        return wrong

    def _entries(self, version, arguments, task_vars):
        try:
            terms_of(None, arguments["rotate"])
        except UserError as error:
            return [f"litellm_{error}"]
        unknown = sorted(set(arguments["entries"]) - set(PLURALS))
        if unknown:
            raise AnsibleActionFail(f"entries: there are no {unknown[0]}; it takes {', '.join(sorted(PLURALS))}.")
        try:
            entries = checked(arguments["entries"])
        except UserError as error:
            return [f"litellm_{sentence}" for sentence in error.sentences]
        wrong = self._judged(entries, version, arguments)
        if wrong:
            return wrong
        try:
            store = store_of(self, arguments["store"], task_vars)
            own = known_master_key(store, arguments["api_url"])
            given = arguments["master_key"]
            clients = self._clients(arguments["clients"], entries, store)
            seen = self._at_the_gateway(version, arguments, given or own, entries, store)
        except ApiError as error:
            # A key from the store is written to the gateway's container by this very run; one that is given is not.
            if given and error.status == REFUSED:
                return [f"{error} (litellm_master_key is set in the inventory; left out, the store's own is used.)"]
            seen = None
        except UserError as error:
            return [str(error)]
        if seen is not None:
            return clients + seen
        alone = not (given or own)
        models = self._names(entries, arguments, {}) if alone else []
        return (
            clients
            + models
            + Reconciler(None, version=version, rotate=arguments["rotate"]).refusals(entries, alone=alone)
        )

    @staticmethod
    def _judged(entries, version, arguments):
        config = arguments["config"] or {}
        given = (arguments["environment"], arguments["secret_environment"], config.get("environment_variables"))
        environment = None if given[0] is None else {name: one[name] for one in given if one for name in one}
        configured = [
            {"name": one["credential_name"], "values": one["credential_values"]}
            for one in config.get("credential_list") or []
        ]
        models, credentials = entries.get("model", []), entries.get("credential", [])
        return judged.refusals(models, [*credentials, *configured], version, environment, config.get("router_settings"))

    @staticmethod
    def _clients(clients, entries, store):
        named = {one.get("key") for one in clients if isinstance(one, dict) and isinstance(one.get("key"), str)}
        keys = {one["name"] for one in entries.get("key", []) if one.get("state", "present") == "present"}
        return declared.refusals(clients, keys | {one for one in named - keys if store.get("keys", one)})

    def _names(self, entries, arguments, found):
        """A sentence for each name that means nothing; found: what the gateway has, by kind."""
        asked = named(arguments["queues"])
        owners = []
        for field, kind in KINDS.items():
            known = {one["name"] for one in entries.get(kind, []) if one.get("state", "present") == "present"}
            known |= set(found.get(kind, {}))
            owners += [
                f"{VARIABLE}: there is no {kind} {name!r}; {hint(near, known)}"
                for name, near in unknown(asked[field], known).items()
            ]
        models = self._models(entries, arguments, found, asked["models"])
        return models + self._credentials(entries, arguments["config"] or {}, found) + owners

    @staticmethod
    def _credentials(entries, config, found):
        """A sentence for each model that names a credential which there is not."""
        known = {one["credential_name"] for one in config.get("credential_list") or []}
        known |= {one["name"] for one in entries.get("credential", []) if one.get("state", "present") == "present"}
        known |= set(found.get("credential", {}))
        asked = {
            one["name"]: one["litellm_params"].get("litellm_credential_name")
            for one in entries.get("model", [])
            if one.get("state", "present") == "present" and one.get("litellm_params")
        }
        place = "litellm_params.litellm_credential_name"
        return [
            f"model {name!r}: {place}: there is no credential {one!r}; {hint(near, known)}"
            for name, credential in asked.items()
            if credential and credential != PLACEHOLDER
            for one, near in unknown([str(credential)], known).items()
        ]

    @staticmethod
    def _models(entries, arguments, found, queued):
        """A sentence for each name in a list of models that means none; queued: those of the queues."""
        present = [one for one in entries.get("model", []) if one.get("state", "present") == "present"]
        config = arguments["config"] or {}
        names = {one["name"] for one in present} | {one["model_name"] for one in config.get("model_list") or []}
        names |= {one.raw["model_name"] for one in found.get("model", {}).values()}
        aliases = aliases_of(config)
        wrong = [
            f"litellm_gateway_config.router_settings.{ALIASES}.{alias}: there is no model {name!r}; {hint(near, names)}"
            for alias, model in aliases.items()
            for name, near in unknown([model], names).items()
        ]
        names |= set(aliases)
        fallbacks = sorted({(place, name) for place, *both in fallbacks_of(config) for name in both if name != "*"})
        wrong += [
            f"litellm_gateway_config.{place}: there is no model {name!r}; {hint(near, names)}"
            for place, name in fallbacks
            for name, near in unknown([name], names).items()
        ]
        wrong += [
            f"{VARIABLE}: there is no model {name!r}; {hint(near, names)}"
            for name, near in unknown(queued, names).items()
        ]
        for one in (*present, *(each.state for each in found.get("model", {}).values())):
            names |= set((one.get("model_info") or {}).get("access_groups") or [])
        return wrong + [
            f"{RESOURCES[kind].title} {one['name']!r}: models: there is no model {name!r}; {hint(near, names)}"
            for kind in ("key", "team", "user", "organization", "access_group")
            for one in entries.get(kind, [])
            if one.get("state", "present") == "present"
            for name, near in unknown(one.get("models") or [], names | _kept(found, kind, one)).items()
        ]

    def _at_the_gateway(self, version, arguments, master_key, entries, store):
        """What the running gateway would refuse; None where none runs that could tell."""
        api_url = arguments["api_url"]
        if not (api_url and master_key) or REQUESTS_IMPORT_ERROR:
            return None
        values = key_values.stored(store, entries.get("key", []))
        engine = Reconciler(
            Client(api_url, master_key, timeout=5, retries=0, ca_certificates=trusted(store)),
            values=values,
            rotate=arguments["rotate"],
        )
        if engine.version != version:
            return None
        purge = entries if arguments["purge"] else ()
        steps = engine.plan(entries, purge, watched=("model", "credential"))
        refused = [step.sentence() for step in steps if step.error]
        return [*self._names(entries, arguments, engine.ctx.found), *refused]


def _kept(found, kind, entry):
    """The models that the gateway's own object names already, whatever they mean."""
    current = found.get(kind, {}).get(entry["name"])
    return set(current.state["models"]) if current else set()


def _there(module):
    """Whether a package is installed, in a version that will do."""
    if importlib.util.find_spec(module) is None:
        return False
    try:
        return module not in FITS or FITS[module].fullmatch(importlib.metadata.version(module)) is not None
    except importlib.metadata.PackageNotFoundError:
        return True  # put there in another way than by pip: it says no version


def _without(packages):
    """All of them at once, with the command that installs them."""
    command = " ".join(shlex.quote(package) for package in packages)
    return (
        f"The Python that runs Ansible ({sys.executable}) has no {' and no '.join(packages)}: "
        f"{sys.executable} -m pip install {command} (with pipx: pipx inject ansible {command})."
    )


def _joined(sentences):
    if len(sentences) == 1:
        return f"{sentences[0]} Nothing has been changed."
    return "\n".join([*sentences, "Nothing has been changed."])
