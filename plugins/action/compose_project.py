# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of compose_project: looks at the host, writes the Compose file, and has Compose do what is left to be done.

The files are put together here, on the controller; ``community.docker.docker_compose_v2`` applies them on the host.
Where nothing differs it is not asked: a container carries the digest of all that it was made of.
"""

from __future__ import annotations

import json
import posixpath
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.action import image as image_action
from ansible_collections.mcp_lan.litellm.plugins.module_utils.image_build import explain_pull, references
from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import text_without_secrets, without_keys
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import files as given_files
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import host as on_host
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project, removal
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.action import OnHost
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.files import File, Files
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.host import Host
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError

OURS = "mcp_lan.service"
PROJECT = "com.docker.compose.project"
DIGEST = "mcp_lan.digest"
EVERYWHERE = ("", "0.0.0.0", "[::]")


@dataclass(frozen=True)
class Gone:
    """What is not to be there: containers, and with them networks and paths."""

    containers: list[str]
    networks: list[str]
    paths: list[str]


@dataclass
class Change:
    """What one pass is about, and what differs."""

    services: list[dict[str, Any]]
    host: Host
    written: project.Written
    described: dict[str, dict[str, Any]]
    files: Files
    gone: Gone
    former: list[str]

    @property
    def current(self) -> dict[str, dict[str, Any]]:
        """The services of the Compose file that is there."""
        return self.written.services

    @property
    def differing(self) -> list[dict[str, Any]]:
        """The services that do not run as they are described."""
        return [each for each in self.services if not self._runs_so(each["name"])]

    @property
    def kept(self) -> dict[str, dict[str, Any]]:
        """The services of the file that this pass is not about, off the networks that go."""
        others = self.current.keys() - self.described.keys() - set(self.gone.containers)
        return {name: project.off(self.current[name], self.gone.networks) for name in others}

    @property
    def kept_networks(self) -> dict[str, bool]:
        """The networks of the services that this pass is not about, and whether they are internal. A file of before
        does not say which are: then none is made, as one that was closed would be open.
        """
        if not any(self.written.networks.values()):
            return {}
        names = {name for each in self.kept.values() for name in each.get("networks") or []}
        return {name: self.written.networks.get(name, False) for name in names}

    @property
    def todo(self) -> list[dict[str, Any]]:
        """These, and those that are yet to become healthy."""
        differing = self.differing
        return [each for each in self.services if each in differing or not self.host.containers[each["name"]].well]

    def _runs_so(self, name: str) -> bool:
        described, found = self.described[name], self.host.containers.get(name)
        return (
            found is not None
            and self.current.get(name) == described
            and found.status == "running"
            and found.labels.get(DIGEST) == described["labels"][DIGEST]
            and found.image == self.host.images.get(described["image"])
            and not self.is_off(name)
        )

    def is_off(self, name: str) -> bool:
        """Whether it is on other networks than it was given, or one of its files was edited by hand, and perhaps read:
        Compose sees neither. One that is stopped cannot be started where its networks were made anew.
        """
        described, found = self.described[name], self.host.containers.get(name)
        networks = set(described.get("networks") or [described.get("network_mode")])
        if found is None:
            return False
        if found.status != "running":
            current = {network: one.id for network, one in self.host.networks.items()}
            return any(identity and identity != current.get(network) for network, identity in found.joined.items())
        edited = found.labels.get(DIGEST) == described["labels"][DIGEST] and any(
            not each.get("live") and self.host.sums.get(each["path"]) != self.files.files[each["path"]].digest
            for service in self.services
            if service["name"] == name
            for each in service.get("files") or []
        )
        return edited or set(found.networks) != networks

    def document(self, project_name: str, put_back: list[str]) -> dict[str, Any]:
        """The Compose file as it is to be, with some services as they were."""
        services = self.kept | self.described | {name: self.current[name] for name in put_back}
        paths = self.written.paths | {
            each["name"]: given_files.of([each]).paths() for each in self.services if each["name"] not in put_back
        }
        said = {
            network["name"]: network["internal"]
            for each in self.services
            for network in each.get("networks") or []
            if network.get("internal") is not None
        }
        internal = [name for name, closed in (self.written.networks | said).items() if closed]
        return project.document(project_name, services, paths, internal) if services else {}


class ActionModule(OnHost):
    """One pass: look, refuse, write, apply, wait."""

    argument_spec = {
        "project": {"type": "str", "required": True},
        "file": {"type": "path", "required": True},
        "state": {"type": "str", "choices": ["present", "checked", "absent"], "default": "present"},
        "services": {"type": "list", "elements": "dict", "default": []},
        "absent": {"type": "list", "elements": "str", "default": []},
        "absent_networks": {"type": "list", "elements": "str", "default": []},
        "absent_paths": {"type": "list", "elements": "path", "default": []},
        "absent_own": {"type": "bool", "default": False},
        "networks": {"type": "list", "elements": "dict", "default": []},
        "deployment": {"type": "str"},
        "data": {"type": "bool", "default": True},
        "docker_host": {"type": "str"},
        "engine_expected": {"type": "bool", "default": True},
    }

    # What is asked of the host.

    def _look(
        self,
        services: list[dict[str, Any]],
        gone: Gone | None = None,
        images: Iterable[str] = (),
        volumes: Iterable[str] = (),
    ) -> Host:
        gone = gone or Gone([], [], [])
        names = [each["name"] for each in services] + gone.containers
        names += [other for each in services for other in each.get("port_predecessors") or []]
        names += [other for each in services for other in (each.get("drain") or {}).get("containers", [])]
        sources = [mount.split(":")[0] for each in services for mount in each.get("volumes") or []]
        files = given_files.of(services)
        environments = [each["env_file"] for each in services if each.get("env_file")]
        said = self._engine_says(
            on_host.look(
                self._connection._shell.quote,
                self.options["docker_host"],
                file=self.options["file"],
                containers=dict.fromkeys(names),
                images=dict.fromkeys(images),
                volumes=[*volumes, *(source for source in sources if not source.startswith("/"))],
                paths=[source for source in sources if source.startswith("/")] + gone.paths,
                files=[*dict.fromkeys([*files.files, *files.folders, *environments])],
                folders=files.exclusive,
                deployment=[self.options["deployment"]] if self.options["deployment"] else [],
            )
        )
        return on_host.seen(said)

    def _look_at_any(self, services: list[dict[str, Any]]) -> Host:
        """As _look; a host whose engine is yet to be installed or started runs none of them."""
        try:
            return self._look(services)
        except UserError as error:
            if error.code != "engine_silent":
                raise
            return on_host.seen("")

    # What may be refused.

    @staticmethod
    def _refuse_nameless(services: list[dict[str, Any]]) -> None:
        for each in services:
            if not each.get("name") or not each.get("image"):
                raise UserError(
                    "A service needs a name and an image (container_service_name and container_service_image).",
                    "service_name_missing",
                )

    def _refuse_missing(self, services: list[dict[str, Any]], host: Host, files: Files) -> None:
        """Before the old container makes room for a new one that could not start."""
        there = host.paths | files.files.keys() | files.folders.keys()
        for each in services:
            sources = [mount.split(":")[0] for mount in each.get("volumes") or []]
            missing = [source for source in sources if source.startswith("/") and source not in there]
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
            tried = self._module("ansible.builtin.wait_for", host=host, port=int(port), state="stopped", timeout=3)
        finally:
            self._task.check_mode = check_mode
        if tried.get("failed") and "elapsed" not in tried:
            self._see(tried, f"Whether port {port} of {self.where} is free could not be seen")
        return not tried.get("failed")

    def _holder(self, port: str) -> str:
        script = on_host.holders(self._connection._shell.quote, self.options["docker_host"], port)
        return next(iter(self._shell(script)["stdout"].splitlines()), "another program")

    # What is done.

    def act(self) -> dict[str, Any]:
        """The module."""
        services = self.options["services"]
        if self.options["state"] == "checked":
            self._refuse_taken_ports(services, self._look_at_any(services))
            return {"changed": False}
        if self._task.check_mode and not self.options["engine_expected"]:
            # Where docker_engine would have installed one, check mode has nothing to ask.
            names = ", ".join(each["name"] for each in services)
            return {"changed": bool(services), "msg": f"Would start {names}, once there is an engine." if names else ""}
        if self.options["state"] == "absent":
            return self._removed()
        self._refuse_nameless(services)
        change, images = self._compared(services)
        host = change.host
        self._refuse_taken_ports(change.differing, host)
        document_before = (
            project.document(
                self.options["project"],
                change.current,
                change.written.paths,
                [name for name, closed in change.written.networks.items() if closed],
            )
            if host.file
            else {}
        )
        document = change.document(self.options["project"], [])
        differing, superfluous = change.files.differing(host), change.files.superfluous(host)
        folders = change.files.missing_folders(host)
        former = self._contents([each.path for each in differing if each.path in host.sums] + superfluous)
        result: dict[str, Any] = {"images": images, "diff": given_files.diffs(differing, superfluous, former)}
        if document_before != document:
            before, after = project.shown(document_before, document)
            name = self.options["file"]
            result["diff"].append({"before_header": name, "after_header": name, "before": before, "after": after})
        made = any(image["changed"] for image in images.values()) | self._make_networks(
            services, host, change.kept_networks
        )
        result["changed"] = made or bool(
            result["diff"]
            or differing
            or folders
            or change.differing
            or change.former
            or self._is_left(change.gone, host)
        )
        if self._task.check_mode:
            return result | self._returned(services, host)

        if self.options["absent_own"]:
            # While the file says what that is.
            self._remove_own(change)
        self._make_volumes(change.described, host)
        if document_before != document and document:
            differing = [*differing, self._compose_file(document)]
        self._place(differing, folders)
        self._remove_paths(superfluous)
        self._remove([*change.gone.containers, *change.former], host)
        if change.todo:
            host = self._applied(change, former)
        if document_before and not document:
            self._remove_paths([self.options["file"]])
        self._remove_networks(change.gone.networks, host)
        self._remove_paths([path for path in change.gone.paths if path in host.paths | change.host.paths])
        return result | self._returned(services, host)

    def _remove_own(self, change: Change) -> None:
        """The services that are to go, with what the file says of them: a folder in which others have something stays,
        and so does a network on which others are.
        """
        self._remove(change.gone.containers, change.host)
        paths, networks = change.written.own(change.gone.containers)
        self._clear([path for path in paths if path not in change.files.paths()])
        here = self._look([]).networks
        used = {name for each in change.described.values() for name in each.get("networks") or []}
        free = [name for name in networks if name not in used and name in here and not here[name].containers]
        self._remove_networks(free, change.host)

    def _clear(self, paths: list[str], folders: Iterable[str] = ()) -> list[str]:
        """Removes files, folders that are empty then, and further ones that are; of the paths those that stay."""
        cleared = self._shell(on_host.clearing(self._connection._shell.quote, paths, folders))
        self._see({"failed": cleared["rc"] != 0, "msg": cleared.get("stderr")}, "Files could not be removed")
        return str(cleared["stdout"]).splitlines()

    def _removed(self) -> dict[str, Any]:
        """All of the project, and its data if that is asked for."""
        options, first = self.options, self._look([])
        written = project.read(first.file, options["file"]) if first.file else project.Written()
        gone = Gone([*dict.fromkeys([*written.services, *first.deployed])], [], written.all_paths())
        host = self._look([], gone, volumes=written.volumes)
        ours = {name: each for name, each in host.containers.items() if OURS in each.labels}
        plan = removal.planned(options["file"], written, host, ours, keeps_data=options["data"])
        if plan.removed and not self._task.check_mode:
            self._remove(plan.doors, host)
            if plan.doors and plan.others:
                time.sleep(removal.SETTLES_IN)
            self._remove(plan.others, host)
            plan.found_held(self._remove_networks(plan.networks, host))
            for name in plan.volumes:
                self._have_none("volume", name)
            plan.found_filled(self._clear(plan.paths, [posixpath.dirname(options["file"])]))
            # Last, because until then it says what is yet to go.
            if plan.kept_networks or plan.kept_volumes:
                document = project.left(options["project"], plan.kept_networks, plan.kept_volumes)
                self._place([self._compose_file(document)], {})
        return {"changed": bool(plan.removed), "removed": plan.removed, "kept": plan.kept}

    def _compared(self, services: list[dict[str, Any]]) -> tuple[Change, dict[str, dict[str, Any]]]:
        """What is to be, beside what is there."""
        gone = Gone(
            *(
                [*self.options[kind], *(one for each in services for one in each.get(kind) or [])]
                for kind in ("absent", "absent_networks", "absent_paths")
            )
        )
        files = given_files.of(services)
        arguments = {each["name"]: self._image_arguments(each) for each in services}
        references_of = [
            reference
            for each in services
            for reference in (
                references(arguments[each["name"]]).values() if arguments[each["name"]] else [each["image"]]
            )
        ]
        host = self._look(services, gone, references_of)
        if not self._task.check_mode:
            self._refuse_missing(services, host, files)
        former = self._refuse_strangers(services, host)
        images = self._images(services, arguments, host)
        unseen = [each["image"] for each in images.values() if each["image"] not in host.images]
        if unseen:
            host.checked |= self._look([], images=unseen).checked
        described = {each["name"]: self._described(each, images[each["name"]], host) for each in services}
        written = project.read(host.file, self.options["file"]) if host.file else project.Written()
        return Change(services, host, written, described, files, gone, former), images

    def _returned(self, services: list[dict[str, Any]], host: Host) -> dict[str, Any]:
        addresses = {name: found.networks for name, found in host.containers.items()}
        named = [*self.options["networks"], *(one for each in services for one in each.get("networks") or [])]
        networks = {
            name: {"internal": found.internal, "subnets": found.subnets}
            for name in dict.fromkeys(network["name"] for network in named)
            if (found := host.networks.get(name))
        }
        return {
            "addresses": {each["name"]: addresses.get(each["name"], {}) for each in services},
            "networks": networks,
            "deployed": sorted(host.deployed),
        }

    @staticmethod
    def _is_left(gone: Gone, host: Host) -> bool:
        return bool(
            any(name in host.containers and OURS in host.containers[name].labels for name in gone.containers)
            or any(name in host.networks for name in gone.networks)
            or any(path in host.paths for path in gone.paths)
        )

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
        """The image of each service: there, or pulled or built now."""
        images: dict[str, dict[str, Any]] = {}
        missing = []
        for each in services:
            own = arguments[each["name"]]
            if own is None:
                if each["image"] not in host.images and not self._task.check_mode:
                    self._pull(str(each["image"]))
                images[each["name"]] = {"image": str(each["image"]), "source_used": "pull", "changed": False}
            elif found := image_action.present(own, image_action.load(image_action.IMAGES / own["name"]), host.images):
                images[each["name"]] = found
            else:
                missing.append(each)
        if missing:
            made = self._made_images([each["image"] for each in missing])
            images |= {each["name"]: image for each, image in zip(missing, made, strict=True)}
        return images

    def _pull(self, reference: str) -> None:
        """Has an image that is none of the collection's, so that it can be seen how it is run."""
        pulled = self._shell(on_host.pull(self._connection._shell.quote, self.options["docker_host"], reference))
        if pulled["rc"] != 0:
            said = f"{pulled.get('stdout')}\n{pulled.get('stderr')}"
            raise UserError(explain_pull(reference, said), "image_unavailable")

    def _made_images(self, images: list[dict[str, Any]]) -> list[dict[str, Any]]:
        task = self._task.copy()
        task.args = {"images": images, "docker_host": self.options["docker_host"]}
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
        return made["images"]

    @staticmethod
    def _described(each: dict[str, Any], image: dict[str, Any], host: Host) -> dict[str, Any]:
        """The service, with the digest of all that its container is made of, what it reads at its start among it."""
        described = project.service(each, image, checked=host.checked.get(image["image"], ()))
        files = given_files.of([each])
        more = {"": json.dumps(described, sort_keys=True)}
        if each.get("env_file") and each["env_file"] not in files.files:
            more[each["env_file"]] = host.sums.get(each["env_file"], "")
        described.setdefault("labels", {})[DIGEST] = given_files.digest(files, more)
        return described

    def _make_networks(self, services: list[dict[str, Any]], host: Host, kept: dict[str, bool]) -> bool:
        """The networks that are missing, and those that are to be closed or opened. kept: those of the other services
        of the file, as Compose asks for all of them.
        """
        said: dict[str, Any] = {}
        for network in [*self.options["networks"], *(one for each in services for one in each.get("networks") or [])]:
            if said.get(network["name"]) is None:
                said[network["name"]] = network.get("internal")
        said = {name: internal for name, internal in kept.items() if name not in host.networks} | said
        missing = {name: internal for name, internal in said.items() if name not in host.networks}
        others = {
            name: internal
            for name, internal in said.items()
            if name in host.networks and internal not in (None, host.networks[name].internal)
        }
        if (missing or others) and not self._task.check_mode:
            self._make(f"The networks {', '.join(missing)}", missing)
            for name, internal in others.items():
                # What is on it is taken from the one and put on the other.
                made = self._module(
                    "community.docker.docker_network",
                    name=name,
                    internal=internal,
                    docker_host=self.options["docker_host"],
                )
                self._see(made, f"The network {name} could not be made on {self.where}")
            host.networks.update(self._look([]).networks)
        return bool(missing or others)

    def _make_volumes(self, described: dict[str, dict[str, Any]], host: Host) -> None:
        missing = [name for name in project.document("", described).get("volumes", {}) if name not in host.volumes]
        self._make(f"The volumes {', '.join(missing)}", volumes=missing)

    def _make(self, what: str, networks: Mapping[str, bool | None] | None = None, volumes: Iterable[str] = ()) -> None:
        """All that is missing, in one go: a module for each takes a third of a second."""
        if networks or volumes:
            script = on_host.making(self._connection._shell.quote, self.options["docker_host"], networks or {}, volumes)
            made = self._shell(script)
            self._see(
                {"failed": made["rc"] != 0, "msg": made.get("stderr")}, f"{what} could not be made on {self.where}"
            )

    def _remove(self, names: list[str], host: Host) -> None:
        for name in names:
            if name in host.containers and OURS in host.containers[name].labels:
                self._have_none("container", name)

    def _remove_networks(self, names: list[str], host: Host) -> list[str]:
        """Those that stay, because services of a swarm are on them."""
        held = []
        for name in names:
            if name in host.networks and host.networks[name].driver != "overlay":
                self._have_none("network", name)
            elif name in host.networks and self._is_held(name):
                held.append(name)
        return held

    def _is_held(self, name: str) -> bool:
        """Removes a network of a swarm, unless a service is on it."""
        done = self._shell(on_host.no_network(self._connection._shell.quote, self.options["docker_host"], name))
        failed = done["rc"] not in (0, on_host.HELD)
        self._see(
            {"failed": failed, "msg": done.get("stderr")}, f"The network {name} could not be removed from {self.where}"
        )
        return bool(done["rc"] == on_host.HELD)

    def _have_none(self, kind: str, name: str) -> None:
        module = f"community.docker.docker_{kind}"
        gone = self._module(module, name=name, state="absent", docker_host=self.options["docker_host"])
        self._see(gone, f"The {kind} {name} could not be removed from {self.where}")

    def _compose_file(self, document: dict[str, Any]) -> File:
        """Only whoever is root reads it, because a person may put a secret into an environment."""
        return File(self.options["file"], project.text(document).encode(), 0o600, False)

    def _applied(self, change: Change, former: dict[str, tuple[int, bytes]]) -> Host:
        """Has them run; one that ran before and does not now is put back as it was."""
        off = [each for each in change.todo if change.is_off(each["name"])]
        drained = self._drain(change)
        try:
            if off:
                self._up(off, recreate="always")
            self._up(change.todo)
            host = self._look(change.services, change.gone)
            if any(not host.containers[each["name"]].well for each in change.todo):
                # Compose takes a container for healthy that runs and has no state of health yet, as it is just after
                # its start (2.26, pkg/compose/convergence.go): by now it has one, and is waited for.
                self._up(change.todo)
                host = self._look(change.services, change.gone)
        except UserError as error:
            raise UserError(f"{str(error).rstrip('.')}.{self._put_back(change, former)}", error.code) from None
        finally:
            if drained:
                self._engine("start", drained)
        return host

    def _drain(self, change: Change) -> list[str]:
        """Lets end what is under way, and what has yet to be written be written: the containers that were stopped."""
        drains = [
            each["drain"] for each in change.todo if each.get("drain") and self._is_running(change.host, each["name"])
        ]
        todo = {each["name"] for each in change.todo}
        stopped = [
            name
            for drain in drains
            for name in drain["containers"]
            if self._is_running(change.host, name) and name not in todo
        ]
        if stopped:
            self._engine("stop", stopped)
            time.sleep(max(int(drain["seconds"]) for drain in drains))
        return stopped

    @staticmethod
    def _is_running(host: Host, name: str) -> bool:
        return name in host.containers and host.containers[name].status == "running"

    def _engine(self, what: str, names: list[str]) -> None:
        done = self._shell(on_host.container(self._connection._shell.quote, self.options["docker_host"], what, names))
        reason = {"failed": done["rc"] != 0, "msg": done.get("stderr")}
        self._see(reason, f"On {self.where} docker could not {what} {', '.join(names)}")

    def _put_back(self, change: Change, former: dict[str, tuple[int, bytes]]) -> str:
        """What of the services that do not run now could be put back, as a sentence. With another image it is not:
        what the new one has made of its data the old one may not read.
        """
        host = self._look(change.services)
        back = [
            each
            for each in change.todo
            if not (each["name"] in host.containers and host.containers[each["name"]].well)
            and each["name"] in change.host.containers
            and change.host.containers[each["name"]].well
            and change.current.get(each["name"], {}).get("image") == change.described[each["name"]]["image"]
        ]
        if not back:
            return ""
        given = given_files.of(back)
        paths = given.files
        files = [
            # What was one of its files no more, and went from a folder of its own, is one again.
            File(path, content, mode, False, paths[path].owner if path in paths else "")
            for path, (mode, content) in former.items()
            if path in paths or posixpath.dirname(path) in given.exclusive
        ]
        names = [each["name"] for each in back]
        self._place([*files, self._compose_file(change.document(self.options["project"], names))], {})
        self._remove_paths([path for path in paths if path not in change.host.sums])
        try:
            self._up(back)
        except UserError:
            return f" As it was before, it does not come up any more either: {', '.join(names)} does not run."
        return f" {', '.join(names)} was put back as it was, and runs."

    def _up(self, services: list[dict[str, Any]], **more: Any) -> None:
        timeout = max(int(each.get("wait_timeout") or 120) for each in services)
        folder, name = posixpath.split(self.options["file"])
        applied = self._module(
            "community.docker.docker_compose_v2",
            project_src=folder,
            files=[name],
            project_name=self.options["project"],
            state="present",
            services=[each["name"] for each in services],
            dependencies=False,
            docker_host=self.options["docker_host"],
            wait=True,
            wait_timeout=timeout,
            **more,
        )
        if applied.get("failed"):
            raise UserError(self._why(services, applied), "service_not_running")

    def _why(self, services: list[dict[str, Any]], applied: dict[str, Any]) -> str:
        """Why it did not come up: the last words of the first container that is not well, else the engine's."""
        host = self._look(services)
        said = "\n".join(str(applied.get(part) or "") for part in ("stderr", "msg"))
        # One that Compose gave up on may have become well since.
        given_up = re.findall(r"container (\S+) is unhealthy", said)
        for each in services:
            found = host.containers.get(each["name"])
            if found and (found.status != "created") and (not found.well or each["name"] in given_up):
                script = on_host.words(self._connection._shell.quote, self.options["docker_host"], each["name"])
                return (
                    f"The container {each['name']} on {self.where} did not become healthy (it is {found.status}, "
                    f"{found.health or 'without a health check'}, restarted {found.restarts} times); its last words: "
                    f"{_masked(self._shell(script)['stdout'])}"
                )
        unmade = [each["name"] for each in services if not self._runs(host, each["name"])] or [services[0]["name"]]
        return f"The container {unmade[0]} could not be started on {self.where}: {_masked(said)[-600:]}"


def _masked(log: str) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", log)
    lines = dict.fromkeys(said for line in plain.splitlines() if (said := _said(line.strip())))
    return without_keys(text_without_secrets(re.sub(r"\s+", " ", " | ".join(lines)) or "none"))


def _said(line: str) -> str:
    """What a line of a log says: of one that is JSON its message, and of a traceback in it the end."""
    try:
        message = json.loads(line)["message"]
    except (ValueError, TypeError, KeyError):
        return line
    return next((part for part in reversed(str(message).splitlines()) if part.strip()), "").strip()
