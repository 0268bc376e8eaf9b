# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tries every key of the store at the gateway, and holds what it may do against the inventory."""

from __future__ import annotations

import datetime
import hashlib
import time

from ansible_collections.mcp_lan.litellm.plugins.module_utils import capabilities
from ansible_collections.mcp_lan.litellm.plugins.module_utils.proof_state import blocked_by_inventory
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway import policy
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.action import GatewayAction
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.arguments import CONNECTION
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.client import readiness
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.keys import key_values
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.base import Context
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.kinds.registry import KINDS
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._gateway.mcp_credential import brought_by_client
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._secrets.stores import store_of
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._tls import trust
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._verify import (
    proof,
    proof_models,
    proof_requests,
    proof_wire,
    report,
)
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.request_rules import guard_digest

# What of a server's entry the proof has to know; its credential is nothing to it.
OF_A_SERVER = ("name", "state", "alias", "transport", "access_groups", "tools", "tool_display_names")
# A request that was tried elsewhere; `problem` is the sentence where it did not end as it has to.
ATTEMPT = {
    "name": {"type": "str", "required": True},
    "what": {"type": "str", "required": True},
    "status": {"type": "int", "required": True},
    "ok": {"type": "bool", "required": True},
    "problem": {"type": "str"},
}
# Options whose entries are known by their names.
NAMED = ("keys", "teams", "organizations", "mcp_servers", "toolsets", "models")
WITHOUT_SDK = "The Python that runs Ansible has no mcp (the MCP SDK): install it there."


class ActionModule(GatewayAction):
    """A difference between inventory and wire is a failure."""

    options = {
        **CONNECTION,
        "clients_url": {"type": "str"},
        "keys": {"type": "list", "elements": "dict", "required": True, "no_log": False},
        "teams": {"type": "list", "elements": "dict", "default": []},
        "organizations": {"type": "list", "elements": "dict", "default": []},
        "mcp_servers": {"type": "list", "elements": "dict", "required": True},
        "toolsets": {"type": "list", "elements": "dict", "default": []},
        "models": {"type": "list", "elements": "dict", "default": []},
        "model_servers": {"type": "list", "elements": "dict", "default": []},
        "ask_models": {"type": "str", "choices": list(proof_models.CHOICES), "default": "free"},
        "calls": {"type": "dict", "default": {}},
        "safe_tools": {"type": "dict", "default": {}},
        "depth": {"type": "str", "choices": list(proof.DEPTHS), "default": "smoke"},
        "front_door": {"type": "bool", "default": True},
        "guard": {"type": "bool", "default": True},
        "request_list": {"type": "str"},
        "attempts": {"type": "list", "elements": "dict", "default": [], "options": ATTEMPT},
        "audit_timeout": {"type": "int", "default": 30},
        "report": {"type": "path"},
        "store": {"type": "str"},
    }

    def act(self, given):
        """Try every key and report."""
        began = time.monotonic()
        _refuse_nameless(given)
        given["mcp_servers"] = [_server(one) for one in given["mcp_servers"]]
        store = store_of(self, given["store"], self.task_vars)
        named = {key["name"]: key_values.held(store, key["name"]) for key in given["keys"]}
        stored = {name: value for name, value in named.items() if value}
        self.secrets |= set(stored.values())
        client = self.connect(given)
        if "https://" in f"{given['api_url']} {given['clients_url']}":
            certificates = self.ca_certificates(given)
            proof_wire.TLS.set(trust.context(certificates, given["ca_path"], given["validate_certs"]))
        health = readiness(client)
        try:
            found = _tried(client, given, health["litellm_version"], stored)
        except ImportError:
            raise UserError(WITHOUT_SDK, "package_missing") from None
        # An adopted key's value is known to nobody here, so that it cannot be tried.
        own = {key["name"] for key in _present(given["keys"]) if not key.get("hash")}
        found["problems"] += [
            f"key '{name}' is not in the key store: run site.yml, which makes it" for name in sorted(own - set(stored))
        ]
        if health.get("db") != "connected":
            found["problems"].append(f"the gateway's database is '{health.get('db')}', not connected")
        result = {"changed": False, "version": health["litellm_version"], "database": health.get("db"), **found}
        result["seconds"] = round(time.monotonic() - began, 1)
        if given["report"]:
            # It is a record of this run, not a state of the controller: writing it is no change.
            try:
                report.write(given["report"], result, given["clients_url"] or given["api_url"], given["depth"])
            except UserError as error:
                if not found["problems"]:
                    raise
                found["problems"].append(str(error).rstrip("."))
        if found["problems"]:
            problems = "; ".join(found["problems"])
            return {**result, "failed": True, "msg": f"The wire is not what the inventory says: {problems}"}
        return result


def _refuse_nameless(given):
    for option in NAMED:
        for number, entry in enumerate(given[option]):
            if not entry.get("name"):
                raise UserError(f"{option}[{number}] has no name: give it its name.", "entry_invalid")


def _present(entries):
    return [entry for entry in entries if entry.get("state", "present") == "present"]


def _server(entry):
    known = {name: entry[name] for name in OF_A_SERVER if name in entry}
    return {**known, "client_credential": brought_by_client(entry)}


def _tried(client, given, version, stored):
    """What was found, by the policy of the inventory."""
    servers = _present(given["mcp_servers"])
    keys = [key for key in _present(given["keys"]) if key["name"] in stored]
    url = given["clients_url"] or given["api_url"]
    grants = _grants(given, keys, servers)
    values = {key["name"]: stored[key["name"]] for key in keys}
    before = {name: _counted(client, value) for name, value in values.items()}
    native = capabilities.for_version(version)
    found = proof.prove(
        api_url=url,
        admin_url=given["api_url"],
        admin=given["master_key"],
        values=values,
        grants=grants,
        servers=servers,
        desired=given["calls"],
        native_lists=native.tool_permissions or given["guard"],
        safe_tools=given["safe_tools"],
        depth=given["depth"],
        ids=_ids(client) if native.call_time_check else {},
        blocked={key["name"]: blocked_by_inventory(key, _present(given["teams"])) for key in keys},
        offers=native.prompts_and_resources and given["guard"],
    )
    found["models"], wrong = _models(client, native, given, url)
    found["problems"] += wrong
    found["attempts"] = []
    if given["guard"]:
        # With a key that may do something just now, where there is one.
        valid = min(
            found["virtual_keys"], key=lambda one: one["state"] != "", default={"name": next(iter(values), None)}
        )
        rows, wrong = proof_requests.attempt_all(url, values.get(valid["name"]), given["front_door"], given["api_url"])
        elsewhere = [{name: value for name, value in one.items() if name != "problem"} for one in given["attempts"]]
        found["attempts"] = rows + elsewhere
        found["problems"] += wrong + [one["problem"] for one in given["attempts"] if one.get("problem")]
    found["problems"] += _audit(client, values, before, found["virtual_keys"], given["audit_timeout"])
    if given["guard"]:
        found["problems"] += _guard_problem(client, guard_digest(), given["request_list"])
    return found


def _grants(given, keys, servers):
    """What each key may use; an entry that is to go may name what has gone."""
    teams, organizations, toolsets = (_present(given[name]) for name in ("teams", "organizations", "toolsets"))
    return policy.effective(keys, teams, organizations, servers, toolsets)


def _guard_problem(client, digest, request_list=None):
    """A gateway whose guard is not loaded, or whose guard or list is another one than it was given, is a problem.

    request_list: the digest of the list that the inventory means, where it is known.
    """
    shown = str(client.get("/active/callbacks"))
    if "mcp_lan_guard sha256:" not in shown:
        return ["the guard is not loaded at the gateway, so scopes are not held: see the container's log for why"]
    if f"mcp_lan_guard sha256:{digest}" not in shown:
        return [
            "the gateway runs another guard than this collection's: run site.yml, which restarts it with the right one"
        ]
    if request_list and f"mcp_lan_guard sha256:{digest} requests:{request_list}" not in shown:
        return [
            "the gateway holds requests to another list than the inventory's: run site.yml, which restarts it with the "
            "right one"
        ]
    return []


def _ids(client):
    """The servers' ids, by which newer versions want a tool called over REST."""
    return {server.get("server_name"): server["server_id"] for server in client.get("/v1/mcp/server")}


def _models(client, version, given, clients_url):
    """How each declared model does, and a sentence for each name in a list of models that means none."""
    current = KINDS["model"].list(Context(client, version))
    known = {one["model_name"] for one in current}
    known |= {group for one in current for group in one["model_info"].get("access_groups") or []}
    (answer,) = proof_wire.send(clients_url, [proof_wire.Request("GET", "/v1/models", given["master_key"])])
    known |= set(proof_models.listed(answer))
    problems = [
        f"{title} '{one['name']}' names the model '{name}', which the gateway does not have; "
        + proof_models.hint(near, known)
        for title, listed in (("key", given["keys"]), ("team", given["teams"]))
        for one in _present(listed)
        for name, near in proof_models.unknown(one.get("models") or [], known).items()
    ]
    models = [proof_models.facts_of(one) for one in _present(given["models"])]
    rows = proof_models.prove(clients_url, given["master_key"], models, given["ask_models"], given["model_servers"])
    return rows, problems + [row["problem"] for row in rows if row["problem"]]


_DAY = datetime.timedelta(days=1)


def _rows(client, value, since):
    """A key's rows of the spend log, the newest first, and how many there are: from 1.108 on it counts to 10,000."""
    return client.get(
        "/spend/logs/ui",
        api_key=hashlib.sha256(value.encode()).hexdigest(),
        start_date=since,
        end_date=(datetime.datetime.now(datetime.UTC) + _DAY).strftime("%Y-%m-%d %H:%M:%S"),
        page=1,
        page_size=1,
    )


def _counted(client, value):
    """Since when a key's rows are counted, by the gateway's own clock, and how many there are: those of a second."""
    since = (datetime.datetime.now(datetime.UTC) - _DAY).strftime("%Y-%m-%d %H:%M:%S")
    newest = _rows(client, value, since)["data"]
    if not newest:
        return since, 0
    since = newest[0]["startTime"][:19].replace("T", " ")
    return since, _rows(client, value, since)["total"]


def _audit(client, values, before, keys, patience):
    """Wait until the calls of each key are rows of the spend log; the sentences for those that are not."""
    problems = []
    end = time.monotonic() + patience
    for key in keys:
        name = key["name"]
        called = sum(word == "called" for call in key["calls"] for word in call["ways"].values())
        key["audited"] = 0
        since, there = before[name]
        while called:
            key["audited"] = _rows(client, values[name], since)["total"] - there
            if key["audited"] >= called or time.monotonic() > end:
                break
            time.sleep(0.1)
        if key["audited"] < called:
            problems.append(
                f"key '{name}' made {called} calls and the spend log shows {key['audited']} of them "
                f"after {patience} s: see proxy_batch_write_at and whether disable_spend_logs "
                "is set in litellm_gateway_config"
            )
    return problems
