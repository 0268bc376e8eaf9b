# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of compose_project: looks at the host, writes the Compose file, and has Compose do what is left to be done.

The file is put together here, on the controller; ``community.docker.docker_compose_v2`` applies it on the host.
"""

from __future__ import annotations

import posixpath
import re
import time
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.mcp_lan.litellm.plugins.action import image as image_action
from ansible_collections.mcp_lan.litellm.plugins.module_utils.image_build import references
from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import text_without_secrets, without_keys
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import host as on_host
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.host import Host
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError

OURS = "mcp_lan.service"
PROJECT = "com.docker.compose.project"
EVERYWHERE = ("", "0.0.0.0", "[::]")


class ActionModule(ActionBase):
    """One pass: look, refuse, write, apply, wait."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The module."""
        super().run(tmp, task_vars)
        _validated, self.options = self.validate_argument_spec(
            argument_spec={
                "project": {"type": "str", "required": True},
                "file": {"type": "path", "required": True},
                "state": {"type": "str", "choices": ["present", "checked"], "default": "present"},
                "services": {"type": "list", "elements": "dict", "default": []},
                "absent": {"type": "list", "elements": "str", "default": []},
                "networks": {"type": "list", "elements": "dict", "default": []},
                "docker_host": {"type": "str"},
            }
        )
        self.task_vars = task_vars or {}
        self.where = self.task_vars.get("inventory_hostname", "the host")
        try:
            return self._run()
        except UserError as error:
            return {"failed": True, "msg": str(error), "code": error.code}
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)

    # What is asked of the host.

    def _shell(self, script: str) -> dict[str, Any]:
        """Runs a script on the host, with the task's environment."""
        command = f"{self._compute_environment_string()} sh -c {self._connection._shell.quote(script)}".strip()
        return self._low_level_execute_command(command, sudoable=True)

    def _module(self, module: str, /, **arguments: Any) -> dict[str, Any]:
        """A module on the host, in this task's check mode."""
        given = {key: value for key, value in arguments.items() if value is not None}
        return self._execute_module(module, module_args=given, task_vars=self.task_vars)

    def _look(self, services: list[dict[str, Any]], absent: list[str], images: list[str]) -> Host:
        names = [each["name"] for each in services] + absent
        names += [other for each in services for other in each.get("port_predecessors") or []]
        sources = [mount.split(":")[0] for each in services for mount in each.get("volumes") or []]
        answer = self._shell(
            on_host.look(
                self._connection._shell.quote,
                self.options["docker_host"],
                file=self.options["file"],
                containers=names,
                images=images,
                volumes=[source for source in sources if not source.startswith("/")],
                paths=[source for source in sources if source.startswith("/")],
            )
        )
        if answer["rc"] == 0:
            return on_host.seen(answer["stdout"])
        reason = (answer.get("stderr") or answer.get("stdout") or "it says nothing").strip().splitlines()[-1]
        raise UserError(f"The container engine of {self.where} does not answer ({reason}): start it.", "engine_silent")

    # What may be refused.

    def _refuse_missing(self, services: list[dict[str, Any]], host: Host) -> None:
        """Before the old container makes room for a new one that could not start."""
        for each in services:
            sources = [mount.split(":")[0] for mount in each.get("volumes") or []]
            missing = [source for source in sources if source.startswith("/") and source not in host.paths]
            if missing:
                raise UserError(
                    f"The container {each['name']} is to be given {', '.join(missing)}, which {self.where} does not "
                    "have: create it, or change the path.",
                    "path_missing",
                )

    def _refuse_strangers(self, services: list[dict[str, Any]], host: Host) -> list[str]:
        """The containers that an earlier release made under these names; another's is not touched."""
        former = []
        for each in services:
            found = host.containers.get(each["name"])
            if not found or found.labels.get(PROJECT) == self.options["project"]:
                continue
            if OURS not in found.labels:
                raise UserError(
                    f"{self.where} has a container {each['name']} that this collection did not make: rename or remove "
                    "it, or give the collection's another name.",
                    "container_foreign",
                )
            former.append(each["name"])
        return former

    def _refuse_taken_ports(self, services: list[dict[str, Any]], host: Host) -> None:
        for each in services:
            names = [each["name"], *(each.get("port_predecessors") or [])]
            own = {port for name in names if name in host.containers for port in host.containers[name].ports}
            variables = each.get("port_variables") or []
            for at, published in enumerate(each.get("published_ports") or []):
                address, _colon, port = str(published).rpartition(":")[0].rpartition(":")
                if not port or port in own or self._is_free(address, port):
                    continue
                way_out = f"set {variables[at]} to a free one" if at < len(variables) else "choose another port"
                raise UserError(
                    f"Port {port} of {self.where} is taken by {self._holder(port)}: stop it, or {way_out}.",
                    "port_taken",
                )

    def _is_free(self, address: str, port: str) -> bool:
        host = "127.0.0.1" if address in EVERYWHERE else address
        # It only looks, and looks in check mode as well.
        check_mode, self._task.check_mode = self._task.check_mode, False
        try:
            tried = self._module("ansible.builtin.wait_for", host=host, port=int(port), state="stopped", timeout=1)
        finally:
            self._task.check_mode = check_mode
        return not tried.get("failed")

    def _holder(self, port: str) -> str:
        script = on_host.holders(self._connection._shell.quote, self.options["docker_host"], port)
        return next(iter(self._shell(script)["stdout"].splitlines()), "another program")

    # What is done.

    def _run(self) -> dict[str, Any]:
        services, absent = self.options["services"], self.options["absent"]
        if self.options["state"] == "checked":
            self._refuse_taken_ports(services, self._look(services, [], []))
            return {"changed": False}
        arguments = {each["name"]: self._image_arguments(each) for each in services}
        wanted = [reference for given in arguments.values() if given for reference in references(given).values()]
        host = self._look(services, absent, wanted)
        if not self._task.check_mode:
            self._refuse_missing(services, host)
        former = self._refuse_strangers(services, host)

        current = project.read(host.file, self.options["file"]) if host.file else {}
        images = self._images(services, arguments, host)
        described = {each["name"]: self._described(each, images[each["name"]]) for each in services}
        kept = {name: each for name, each in current.items() if name not in absent}
        before = project.document(self.options["project"], current) if host.file else {}
        after = project.document(self.options["project"], kept | described) if kept | described else {}
        changing = [
            each
            for each in services
            if current.get(each["name"]) != described[each["name"]] or not self._runs(host, each["name"])
        ]
        self._refuse_taken_ports(changing, host)

        made = self._make_networks(services, host) | any(image["changed"] for image in images.values())
        result: dict[str, Any] = {"changed": made or before != after, "images": images}
        if before != after:
            text_before, text_after = project.shown(before, after)
            name = self.options["file"]
            result["diff"] = {"before_header": name, "after_header": name, "before": text_before, "after": text_after}
        gone = self._remove([*absent, *former], host)
        result["changed"] = result["changed"] or gone
        if self._task.check_mode:
            result["changed"] = result["changed"] or bool(changing)
            if services and not result["changed"]:
                # Compose alone knows whether an environment file is another one.
                result["changed"] = bool(self._compose("present", [each["name"] for each in services]).get("changed"))
            return result
        self._make_volumes(described, host)
        if before != after:
            self._write(project.text(after) if after else None)
        if services:
            result["changed"] = self._apply(services) or result["changed"]
        return result

    @staticmethod
    def _runs(host: Host, name: str) -> bool:
        return name in host.containers and host.containers[name].status == "running"

    def _image_arguments(self, each: dict[str, Any]) -> dict[str, Any] | None:
        """For one of the collection's own images: the module's arguments, complete."""
        given = each.get("image")
        if not isinstance(given, dict):
            return None
        given = {key: value for key, value in given.items() if value not in (None, "", {})}
        context = image_action.IMAGES / given["name"]
        arguments = image_action.ActionModule.complete(given, image_action.load(context), context)
        return arguments | {"docker_host": self.options["docker_host"]}

    def _images(
        self, services: list[dict[str, Any]], arguments: dict[str, dict[str, Any] | None], host: Host
    ) -> dict[str, dict[str, Any]]:
        """The image of each service: there, or pulled or built now, which is said as it takes its time."""
        images = {each["name"]: self._present_image(each, arguments[each["name"]], host) for each in services}
        missing = [each for each in services if images[each["name"]] is None]
        for number, each in enumerate(missing, 1):
            began = time.monotonic()
            which = f"image {number} of {len(missing)}, {each['image']['name']}"
            if not self._task.check_mode:
                self._display.display(f"  {which}: being pulled or built on {self.where} ...")
            made = self._made_image(each)
            images[each["name"]] = made
            if not self._task.check_mode:
                how = "pulled" if made["source_used"] == "pull" else "built"
                self._display.display(f"  {which}: {how} in {time.monotonic() - began:.0f} s")
        return {name: image for name, image in images.items() if image}

    @staticmethod
    def _present_image(each: dict[str, Any], arguments: dict[str, Any] | None, host: Host) -> dict[str, Any] | None:
        if arguments is None:
            return {"image": str(each["image"]), "source_used": "pull", "user": "", "changed": False}
        if arguments.get("rebuild"):
            return None
        for source, reference in references(arguments).items():
            if reference in host.images:
                definition = image_action.load(image_action.IMAGES / arguments["name"])
                user = image_action.user_of(definition, arguments["version"], source)
                return {"image": reference, "source_used": source, "user": user, "changed": False}
        return None

    def _made_image(self, each: dict[str, Any]) -> dict[str, Any]:
        task = self._task.copy()
        task.args = {key: value for key, value in each["image"].items() if value not in (None, "", {})}
        if self.options["docker_host"]:
            task.args["docker_host"] = self.options["docker_host"]
        action = self._shared_loader_obj.action_loader.get(
            "mcp_lan.litellm.image",
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )
        made = action.run(task_vars=self.task_vars)
        if made.get("failed"):
            raise UserError(str(made.get("msg", "")), "image_unavailable")
        return {key: made[key] for key in ("image", "source_used", "user", "changed", "note") if key in made}

    @staticmethod
    def _described(each: dict[str, Any], image: dict[str, Any]) -> dict[str, Any]:
        # What is built here is nowhere to be pulled from.
        policy = "never" if image["source_used"] == "build" else "missing"
        return project.service(each, image["image"], policy, image.get("user") or "")

    def _make_networks(self, services: list[dict[str, Any]], host: Host) -> bool:
        """The networks that are missing, and those that are to be closed or opened."""
        changed = False
        said: dict[str, Any] = {}
        for network in [*self.options["networks"], *(one for each in services for one in each.get("networks") or [])]:
            if said.get(network["name"]) is None:
                said[network["name"]] = network.get("internal")
        for name, internal in said.items():
            if name in host.networks and internal in (None, host.networks[name]):
                continue
            changed = True
            if not self._task.check_mode:
                made = self._module(
                    "community.docker.docker_network",
                    name=name,
                    internal=internal,
                    docker_host=self.options["docker_host"],
                )
                self._see(made, f"The network {name} could not be made on {self.where}")
        return changed

    def _make_volumes(self, described: dict[str, dict[str, Any]], host: Host) -> None:
        for name in project.document("", described).get("volumes", {}):
            if name not in host.volumes:
                made = self._module(
                    "community.docker.docker_volume", name=name, docker_host=self.options["docker_host"]
                )
                self._see(made, f"The volume {name} could not be made on {self.where}")

    def _remove(self, names: list[str], host: Host) -> bool:
        found = [name for name in names if name in host.containers and OURS in host.containers[name].labels]
        for name in found if not self._task.check_mode else []:
            gone = self._module(
                "community.docker.docker_container",
                name=name,
                state="absent",
                docker_host=self.options["docker_host"],
            )
            self._see(gone, f"The container {name} could not be removed from {self.where}")
        return bool(found)

    def _see(self, result: dict[str, Any], what: str) -> None:
        if result.get("failed"):
            reason = re.sub(r"\s+", " ", str(result.get("msg", "")))[:600]
            raise UserError(f"{what}: {reason}", "host_failed")

    def _write(self, text: str | None) -> None:
        """The file; only whoever is root reads it, because a person may put a secret into an environment."""
        path = self.options["file"]
        if text is None:
            self._see(self._module("ansible.builtin.file", path=path, state="absent"), f"{path} could not be removed")
            return
        folder = self._module("ansible.builtin.file", path=posixpath.dirname(path), state="directory")
        self._see(folder, f"The folder of {path} could not be made")
        source = self._connection._shell.join_path(self._make_tmp_path(), "compose.yaml")
        self._transfer_data(source, text)
        self._fixup_perms2((source,))
        written = self._module("ansible.builtin.copy", src=source, dest=path, mode="0600", remote_src=True)
        self._see(written, f"{path} could not be written")

    def _compose(self, state: str, names: list[str], **more: Any) -> dict[str, Any]:
        folder, name = posixpath.split(self.options["file"])
        return self._module(
            "community.docker.docker_compose_v2",
            project_src=folder,
            files=[name],
            project_name=self.options["project"],
            state=state,
            services=names,
            dependencies=False,
            docker_host=self.options["docker_host"],
            **more,
        )

    def _apply(self, services: list[dict[str, Any]]) -> bool:
        names = [each["name"] for each in services]
        applied = self._up(services)
        restart = [each["name"] for each in services if each.get("restart")]
        moved = {action.get("id") for action in applied.get("actions", []) if action.get("what") == "container"}
        restart = [name for name in restart if name not in moved]
        if restart:
            self._see(self._compose("restarted", restart), f"{', '.join(restart)} could not be restarted")
            self._up(services)
        host = self._look(services, [], [])
        if any(not host.containers[name].well for name in names if name in host.containers):
            # Compose takes a container for healthy that runs and has no state of health yet, as it is just after its
            # start (2.26, pkg/compose/convergence.go): by now it has one, and is waited for.
            self._up(services)
        return bool(applied.get("changed") or restart)

    def _up(self, services: list[dict[str, Any]]) -> dict[str, Any]:
        timeout = max(int(each.get("wait_timeout") or 120) for each in services)
        applied = self._compose("present", [each["name"] for each in services], wait=True, wait_timeout=timeout)
        if applied.get("failed"):
            raise UserError(self._why(services, applied), "service_not_running")
        return applied

    def _why(self, services: list[dict[str, Any]], applied: dict[str, Any]) -> str:
        """Why it did not come up: the last words of the first container that is not well, else the engine's."""
        host = self._look(services, [], [])
        for each in services:
            found = host.containers.get(each["name"])
            if found and (found.status != "created") and not found.well:
                script = on_host.words(self._connection._shell.quote, self.options["docker_host"], each["name"])
                return (
                    f"The container {each['name']} on {self.where} did not become healthy (it is {found.status}, "
                    f"{found.health or 'without a health check'}, restarted {found.restarts} times); its last words: "
                    f"{_masked(self._shell(script)['stdout'])}"
                )
        unmade = [each["name"] for each in services if not self._runs(host, each["name"])] or [services[0]["name"]]
        said = _masked("\n".join(str(applied.get(part) or "") for part in ("stderr", "msg"))) or "nothing was said"
        return f"The container {unmade[0]} could not be started on {self.where}: {said[-600:]}"


def _masked(log: str) -> str:
    lines = dict.fromkeys(line.strip() for line in log.splitlines() if line.strip())
    return without_keys(text_without_secrets(re.sub(r"\s+", " ", " | ".join(lines)) or "none"))
