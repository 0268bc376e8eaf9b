# Copyright (c) 2026 the mcp_lan.litellm maintainers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All of swarm_stack: looks at a manager of the swarm, writes the stack file, has the swarm take it, and waits.

The stack file is made here, on the controller, of the Compose file that the host has; `docker stack deploy` applies it
there. Where nothing differs it is not asked: a service carries the digest of all that it was made of.
"""

from __future__ import annotations

import posixpath
import re
import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.module_utils.secret_words import text_without_secrets, without_keys
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import host as on_host
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.action import OnHost
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.files import File
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._swarm import host as on_manager
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._swarm import stack as stacks
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._swarm.host import Host, Service
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._swarm.stack import Found, Stack, Wanted

# Between two looks at a swarm that is at work, in seconds. It takes up what it is told soon, not in the same moment.
PAUSE = 3
# So many tasks of one service in a row that have failed: the next one would as well.
ATTEMPTS = 3
# What of a host is amiss where the site is yet to make it, which it does not do in check mode.
OF_THE_SITE = ("path_missing", "image_unavailable", "swarm_network")


class ActionModule(OnHost):
    """One pass: look, refuse, write, deploy, wait."""

    argument_spec = {
        "name": {"type": "str", "required": True},
        "file": {"type": "path", "required": True},
        "state": {"type": "str", "choices": ["prepared", "present", "absent"], "default": "present"},
        "compose_file": {"type": "path"},
        "services": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "name": {"type": "str", "required": True},
                "source": {"type": "str", "required": True},
                "replicas": {"type": "int"},
                "env": {"type": "dict", "default": {}},
                "without_networks": {"type": "list", "elements": "str", "default": []},
                "shared_networks": {"type": "list", "elements": "str", "default": []},
                "extra_networks": {"type": "list", "elements": "str", "default": []},
                "published_ports": {"type": "list", "elements": "str", "default": []},
                "in_memory": {"type": "list", "elements": "str", "default": []},
                "files": {"type": "dict", "default": {}},
                "constraints": {"type": "list", "elements": "str", "default": []},
                "drain": {"type": "int", "default": 0},
                "stop_timeout": {"type": "int"},
            },
        },
        "networks": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "name": {"type": "str", "required": True},
                "internal": {"type": "bool", "default": False},
            },
        },
        "encrypted": {"type": "bool", "default": False},
        "wait_timeout": {"type": "int", "default": 300},
        "docker_host": {"type": "str"},
    }
    required_if = [("state", "present", ("compose_file", "services"))]

    def act(self) -> dict[str, Any]:
        """The module."""
        return getattr(self, f"_{self.options['state']}")()

    # What is asked of the host.

    def _asked(self, script: str, what: str) -> str:
        answer = self._shell(script)
        said = answer.get("stderr") or answer.get("stdout") or "nothing was said"
        self._see({"failed": answer["rc"] != 0, "msg": _masked(said)}, what)
        return str(answer["stdout"])

    def _look(self, images: list[str], networks: list[str]) -> Host:
        quote, engine = self._connection._shell.quote, self.options["docker_host"]
        look = on_manager.look(quote, engine, self.options["name"], images, networks)
        host = on_manager.seen(self._engine_says(look))
        if not host.is_manager and self.options["state"] != "absent":
            raise UserError(
                f"{self.where} is no manager of a swarm (its engine says {host.state or 'nothing'}): run `docker swarm "
                "init` there, or `docker swarm join` with a manager's token.",
                "swarm_missing",
            )
        return host

    def _read(self, paths: list[str]) -> dict[str, str]:
        """What files of the host hold."""
        return {path: content.decode("utf-8", "replace") for path, (_mode, content) in self._contents(paths).items()}

    def _found(self, paths: list[str]) -> dict[str, Found]:
        script = on_host.look(self._connection._shell.quote, self.options["docker_host"], file="", files=paths)
        there = on_host.seen(self._asked(script, f"The files of the services could not be read on {self.where}"))
        return {path: Found.of(there.sums[path], there.modes[path]) for path in paths if path in there.sums}

    # What is done.

    def _prepared(self) -> dict[str, Any]:
        """Networks that the containers of this host and services of the swarm can share."""
        wanted = {each["name"]: each["internal"] for each in self.options["networks"]}
        host = self._look([], list(wanted))
        off = [name for name, internal in wanted.items() if not self._serves(host, name, internal)]
        held = [name for name in off if name in host.networks and host.networks[name].driver == "overlay"]
        if held and host.services:
            raise UserError(
                f"The network {', '.join(held)} of {self.where} has to be made anew, and services of the stack "
                f"{self.options['name']} may be on it: run swarm.yml with -e swarm_state=absent first. Nothing has "
                "been changed.",
                "swarm_network",
            )
        for name in off:
            found = host.networks.get(name)
            strangers = [each for each, ours in (found.containers if found else {}).items() if not ours]
            if strangers:
                raise UserError(
                    f"The network {name} of {self.where} has to be made anew for the swarm, and {', '.join(strangers)} "
                    "is on it, which this collection did not make: take it off.",
                    "container_foreign",
                )
        if not self._task.check_mode:
            for name in off:
                self._make_network(name, wanted[name], host)
        return {"changed": bool(off), "networks": off}

    @staticmethod
    def _serves(host: Host, name: str, internal: bool) -> bool:
        return name in host.networks and host.networks[name].serves(internal)

    def _make_network(self, name: str, internal: bool, host: Host) -> None:
        found = host.networks.get(name)
        options = [
            *(["--internal"] if internal else []),
            *(["--opt", "encrypted"] if self.options["encrypted"] else []),
        ]
        script = on_manager.network(
            self._connection._shell.quote,
            self.options["docker_host"],
            name,
            options,
            stopped=found.containers if found else (),
            there=found is not None,
        )
        self._asked(script, f"The network {name} could not be made on {self.where}")

    def _present(self) -> dict[str, Any]:
        try:
            return self._deployed()
        except UserError as error:
            if not self._task.check_mode or error.code not in OF_THE_SITE:
                raise
            said = (
                f"The stack {self.options['name']} would be deployed; what it would be, check mode cannot say: {error}"
            )
            return {"changed": True, "diff": [], "msg": said}

    def _deployed(self) -> dict[str, Any]:
        texts = self._read([self.options["compose_file"], self.options["file"]])
        if self.options["compose_file"] not in texts:
            raise UserError(
                f"{self.where} has no {self.options['compose_file']}: run site.yml, which writes it.", "path_missing"
            )
        written = project.read(texts[self.options["compose_file"]], self.options["compose_file"])
        wanted = {each["name"]: _wanted(each) for each in self.options["services"]}
        host, stack = self._made(written, wanted)
        before = stacks.read(texts.get(self.options["file"], ""), self.options["file"])
        shown = project.shown(before, stack.document, stacks.HEADER)
        others = [path for path, text in stack.files.items() if self._read([path]).get(path) != text]
        unwell = [name for name, service in self._services(host, stack).items() if not service.well]
        left = host.services.keys() - self._services(host, stack).keys()
        result: dict[str, Any] = {"changed": bool(before != stack.document or others or unwell or left), "diff": []}
        if before != stack.document:
            name = self.options["file"]
            result["diff"] = [{"before_header": name, "after_header": name, "before": shown[0], "after": shown[1]}]
        if result["changed"] and not self._task.check_mode:
            self._deploy(stack)
            host = self._waited(stack, host)
            self._tidy(stack, host)
        return result | {"services": _told(self._services(host, stack))}

    def _made(self, written: project.Written, wanted: Mapping[str, Wanted]) -> tuple[Host, Stack]:
        named = [each.source for each in wanted.values() if each.source in written.services]
        host = self._look([written.services[name]["image"] for name in named], [])
        paths = [path for name in named for path in stacks.sources(written, name)]
        environments = [path for name in named for path in written.services[name].get("env_file") or []]
        texts = self._read(environments)
        missing = [path for path in environments if path not in texts]
        if missing:
            raise UserError(f"{self.where} has no {', '.join(missing)}: run site.yml, which writes it.", "path_missing")
        stack = stacks.made(
            self.options["name"],
            written,
            wanted,
            host.images,
            self._found(paths),
            texts,
            posixpath.splitext(self.options["file"])[0],
        )
        self._refuse_networks(host, [name for name, said in stack.document["networks"].items() if "external" in said])
        return host, stack

    def _refuse_networks(self, host: Host, names: list[str]) -> None:
        off = [
            name
            for name in names
            if name not in host.networks or not host.networks[name].serves(host.networks[name].internal)
        ]
        if off:
            raise UserError(
                f"{self.where} has {', '.join(off)} as networks of its own alone: run swarm.yml from its beginning, "
                "which makes them networks of the swarm.",
                "swarm_network",
            )

    def _services(self, host: Host, stack: Stack) -> dict[str, Service]:
        """The services of the stack as the swarm has them; one that was made of something else is not well."""
        found = {}
        for name, described in stack.document["services"].items():
            whole = f"{self.options['name']}_{name}"
            there = host.services.get(whole, Service())
            digest = described["deploy"]["labels"][stacks.DIGEST]
            found[whole] = there if there.digest == digest else Service(there.digest)
        return found

    def _deploy(self, stack: Stack) -> None:
        text = project.text(stack.document, stacks.HEADER)
        files = [File(path, each.encode(), 0o600, False) for path, each in stack.files.items()]
        folders = {posixpath.dirname(path): 0o700 for path in stack.files}
        self._place([*files, File(self.options["file"], text.encode(), 0o600, False)], folders)
        quote, engine = self._connection._shell.quote, self.options["docker_host"]
        self._asked(
            on_manager.deploy(quote, engine, self.options["name"], self.options["file"]),
            f"The swarm of {self.where} does not take {self.options['file']}",
        )

    def _waited(self, stack: Stack, before: Host) -> Host:
        """Until every task runs and is healthy, and nothing is being exchanged any more, twice in a row."""
        end, well = time.monotonic() + self.options["wait_timeout"], 0
        while True:
            time.sleep(PAUSE)
            host = self._look([], [])
            services = self._services(host, stack)
            well = well + 1 if all(each.well for each in services.values()) else 0
            if well == 2:
                return host
            for name, service in services.items():
                failed = sum(whose == name for task, whose in host.failed.items() if task not in before.failed)
                gave_up = host.services.get(name, Service()).update.startswith(("rollback", "paused"))
                if not service.well and (gave_up or failed >= ATTEMPTS or time.monotonic() > end):
                    raise UserError(self._why(name, host), "service_not_running")

    def _why(self, name: str, host: Host) -> str:
        service = host.services.get(name, Service())
        script = on_manager.words(self._connection._shell.quote, self.options["docker_host"], name)
        how = {
            "rollback_completed": ", and was put back as it was",
            "paused": ", and is left half exchanged",
        }.get(service.update, "")
        return (
            f"The service {name} did not come up on the swarm of {self.where} ({service.running} of {service.wanted} "
            f"run){how}; the last words of its tasks: {_masked(self._shell(script)['stdout'])}"
        )

    def _tidy(self, stack: Stack, host: Host) -> None:
        """What the stack had before. One that a service yet has in use stays."""
        left = {kind: getattr(host, kind) - stack.document.get(kind, {}).keys() for kind in ("configs", "secrets")}
        if any(left.values()):
            quote, engine = self._connection._shell.quote, self.options["docker_host"]
            self._asked(on_manager.tidy(quote, engine, **left), "Former configs and secrets could not be removed")

    def _absent(self) -> dict[str, Any]:
        texts = self._read([self.options["file"]])
        host = self._look([], [])
        changed = bool(texts or host.has_stack)
        if changed and not self._task.check_mode:
            if host.has_stack:
                quote, engine = self._connection._shell.quote, self.options["docker_host"]
                script = on_manager.absent(quote, engine, self.options["name"], self.options["wait_timeout"])
                self._asked(script, f"The stack {self.options['name']} could not be removed from {self.where}")
            self._remove_paths([posixpath.splitext(self.options["file"])[0]])
            # Last: by it a run that was ended here is gone on with.
            self._remove_paths([self.options["file"]])
        return {"changed": changed, "services": _told(host.services)}


def _told(services: Mapping[str, Service]) -> dict[str, dict[str, Any]]:
    return {
        name: {"running": each.running, "wanted": each.wanted, "ports": each.ports} for name, each in services.items()
    }


def _wanted(given: Mapping[str, Any]) -> Wanted:
    ports = {}
    for each in given["published_ports"]:
        read = re.fullmatch(r"(\d+):(\d+)", str(each))
        if read is None:
            raise UserError(
                f"The service {given['name']}: {each} is no PORT:CONTAINERPORT; Swarm publishes on all addresses of a "
                "machine.",
                "swarm_refused",
            )
        ports[int(read[1])] = int(read[2])
    return Wanted(
        source=given["source"],
        replicas=given["replicas"],
        environment={str(name): str(value) for name, value in given["env"].items()},
        without_networks=given["without_networks"],
        shared_networks=given["shared_networks"],
        extra_networks=given["extra_networks"],
        ports=ports,
        in_memory=given["in_memory"],
        files={str(path): str(text) for path, text in given["files"].items()},
        constraints=given["constraints"],
        drain=given["drain"],
        stop_timeout=given["stop_timeout"],
    )


def _masked(said: str) -> str:
    return without_keys(text_without_secrets(re.sub(r"\s+", " ", said).strip()[-800:] or "none"))
