# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a module's arguments through the engine to its result. A module says which kind it is, and no more."""

from __future__ import annotations

import json
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible_collections.mcp_lan.litellm.plugins.module_utils import client as http
from ansible_collections.mcp_lan.litellm.plugins.module_utils.arguments import CONNECTION, secret_values
from ansible_collections.mcp_lan.litellm.plugins.module_utils.engine import Engine, Step
from ansible_collections.mcp_lan.litellm.plugins.module_utils.gateway_error import GatewayError
from ansible_collections.mcp_lan.litellm.plugins.module_utils.resources import KINDS

CHANGING = ("created", "changed", "removed")


def connect(module: AnsibleModule, connections: int = 4) -> http.Client:
    if http.REQUESTS_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("requests"), exception=http.REQUESTS_IMPORT_ERROR)
    parameters = module.params
    return http.Client(
        parameters["api_url"],
        parameters["master_key"],
        timeout=parameters["timeout"],
        retries=parameters["retries"],
        validate_certs=parameters["validate_certs"],
        ca_path=parameters["ca_path"],
        connections=connections,
    )


def run_resource(kind: str) -> None:
    """The whole of a module for one object of this kind."""
    resource = KINDS[kind]
    module = AnsibleModule(
        argument_spec={**CONNECTION, **resource.module_spec()},
        required_if=resource.required_if(),
        supports_check_mode=True,
    )
    entry = {name: module.params[name] for name in (*resource.fields, "state")}
    module.no_log_values.update(secret_values({kind: [entry]}))
    given = {name: module.params.get(name) for name in ("value", "successor")}
    values, successors = ({} if one is None else {entry["name"]: one} for one in given.values())
    try:
        client = connect(module)
        minted = {entry["name"]: module.params["minted"]} if module.params.get("minted") else {}
        engine = Engine(client, values=values, successors=successors, minted=minted)
        steps = engine.plan({kind: [entry]})
        if engine.withdrawn and not module.check_mode:
            module.exit_json(changed=False, outcome="unchanged", changes=[], withdrawn=engine.withdrawn)
        if not module.check_mode:
            engine.apply(steps)
    except GatewayError as error:
        module.fail_json(msg=str(error))
    (step,) = steps
    if step.error:
        module.fail_json(msg=step.sentence())
    module.exit_json(
        changed=step.action in CHANGING,
        outcome=step.action,
        changes=step.changes,
        diff=diff(steps),
        **({"withdrawn": engine.withdrawn} if engine.withdrawn else {}),
        **{kind: _now(engine, step, module.check_mode)},
    )


def run_info(kind: str) -> None:
    """The whole of a module that reads the objects of this kind."""
    resource = KINDS[kind]
    module = AnsibleModule(
        argument_spec={**CONNECTION, "names": {"type": "list", "elements": "str"}}, supports_check_mode=True
    )
    try:
        client = connect(module)
        engine = Engine(client)
        found = engine.look(kind)
    except GatewayError as error:
        module.fail_json(msg=str(error))
    names = module.params["names"]
    listed = [
        {**_without_secrets(resource, one.state), "id": one.id, "owned": one.owned}
        for name, one in sorted(found.items())
        if names is None or name in names
    ]
    module.exit_json(changed=False, **{resource.plural: listed})


def _now(engine: Engine, step: Step, pretended: bool) -> dict[str, Any]:
    """The object as it is after the run, or would be."""
    if step.action == "removed":
        return {}
    resource = KINDS[step.kind]
    if pretended or step.action == "unchanged":
        state = {**(step.found.state if step.found else {}), **(step.after if step.action != "unchanged" else {})}
        identifier = step.found.id if step.found else resource.new_id(step.name)
        return _without_secrets(resource, {**state, "name": step.name, "id": identifier}) if state else {}
    there = resource.match(engine.ctx, step.wanted)
    return _without_secrets(resource, {**there.state, "id": there.id})


def _without_secrets(resource: Any, state: dict[str, Any]) -> dict[str, Any]:
    hidden = {name for name, one in resource.fields.items() if one.no_log or one.secret}
    return resource.shown({name: value for name, value in state.items() if name not in hidden})


def diff(steps: list[Step]) -> dict[str, str]:
    """The differing fields of all objects, and nothing else."""
    texts = {}
    for side in ("before", "after"):
        shown = {}
        for step in steps:
            if step.action in CHANGING or (step.action == "failed" and (step.before or step.after)):
                shown[f"{step.kind} {step.name}"] = getattr(step, side)
        texts[side] = json.dumps(shown, indent=2, sort_keys=True, default=str) + "\n" if shown else ""
    return texts
