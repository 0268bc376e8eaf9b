# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stack file of a swarm: services of a Compose file of the collection, in what `docker stack deploy` reads.

Nothing here asks anything of a host. What Swarm says otherwise is translated, what it cannot say is refused; the table
is in docs/swarm.md. A stack file is one of Compose's version 3 (https://docs.docker.com/reference/compose-file/legacy-versions/,
https://docs.docker.com/engine/swarm/stack-deploy/).
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose import project
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.project import Written
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.yaml_core import load_own

HEADER = (
    "# Written by the collection mcp_lan.litellm from the Compose file beside it: changes belong in the inventory.\n"
    "# Read it as you like, with `docker stack ps`, `docker service ps` and `docker service logs`.\n"
)
DIGEST = "mcp_lan.digest"
# The environment file of a service, as its container has it.
_ENVIRONMENT = "/run/mcp_lan/environment"
# Said with the same word in both.
_SAME = ("user", "environment", "read_only", "cap_drop", "cap_add", "healthcheck", "extra_hosts", "ulimits", "logging")
# What Swarm does by itself: it names its containers, and one that is given as an image's ID is never pulled. It has no
# word for memory and swap together: an engine with swap lets a task have as much of it as it has memory. Ports that are
# exposed publish nothing.
_WITHOUT = ("container_name", "pull_policy", "memswap_limit", "expose")
# By these labels the site finds the containers of its Compose project: those of a swarm are none of them.
_LABELS_OF_PROJECT = ("mcp_lan.deployment", "mcp_lan.digest")
_RESTARTS = {"always": "any", "unless-stopped": "any", "on-failure": "on-failure", "no": "none"}
# What each tmpfs of Swarm is anyway (moby's daemon/oci_linux.go).
_TMPFS = {"rw", "noexec", "nosuid", "nodev", "mode=1777"}
_UNITS = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
# Swarm has no option for no-new-privileges, but an engine has one for all its containers: a container that does not
# have it does not start. Swarm takes a task out of the name service two seconds before it stops it (moby's
# daemon/cluster/executor/container/controller.go); whoever asks by an address that was looked up before has so many
# seconds more. $1: how many; the rest is the command.
_START = f"""\
if ! grep -q '^NoNewPrivs:[[:space:]]*1$' /proc/self/status; then
  echo 'The engine of this machine lets containers gain privileges: write "no-new-privileges": true into its' \\
    '/etc/docker/daemon.json and restart it.' >&2
  exit 1
fi
if [ -e {_ENVIRONMENT} ]; then . {_ENVIRONMENT}; fi
drain=$1
shift
if [ "$drain" = 0 ]; then exec "$@"; fi
"$@" &
child=$!
trap 'sleep "$drain"; kill -TERM "$child" 2>/dev/null' TERM
wait "$child"
code=$?
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  code=$?
done
exit "$code"
"""
# A variable of a shell.
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True)
class Image:
    """An image as the engine has it: its ID, by which no engine pulls it, and what it runs."""

    identity: str
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """A file of the host: its SHA-256, and whether everybody may read it."""

    digest: str
    is_open: bool

    @classmethod
    def of(cls, digest: str, mode: int) -> Found:
        """A config of a swarm is readable for everybody: what a group alone may read is none."""
        return cls(digest, bool(mode & 0o004))


@dataclass(frozen=True)
class Wanted:
    """A service of the stack.

    source: its name in the Compose file. replicas: how many, or none for one on each machine. environment: variables
    that are others here. without_networks: those of the Compose file that it is not on. shared_networks: further ones
    that are there. extra_networks: of the stack alone, with a route out. ports: of each machine, to one of its own.
    in_memory: volumes of which each task has an empty one of its own in memory. files: what files hold that are others
    here, by their paths in the container; all of them have to be mounted, and everybody may read them. drain: for how
    many seconds a task that is to end still answers. stop_timeout: seconds from then on for what is under way.
    """

    source: str
    replicas: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    without_networks: Sequence[str] = ()
    shared_networks: Sequence[str] = ()
    extra_networks: Sequence[str] = ()
    ports: Mapping[int, int] = field(default_factory=dict)
    in_memory: Sequence[str] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    constraints: Sequence[str] = ()
    drain: int = 0
    stop_timeout: int | None = None


@dataclass
class Stack:
    """The stack file, and what goes with it of files of the host, by their paths."""

    document: dict[str, Any]
    files: dict[str, str]


def _refuse(service: str, what: str) -> NoReturn:
    raise UserError(f"The service {service} cannot run in a swarm: {what}", "swarm_refused")


def sources(written: Written, service: str) -> list[str]:
    """The files of the host that a service reads: those that are mounted, and its environment."""
    described = written.services[service]
    return [*(described.get("env_file") or []), *(path for path, _target in _mounted(written, service))]


def _mounted(written: Written, service: str) -> list[tuple[str, str]]:
    """The files that were written for it and that it has mounted, each with where that is in its container."""
    described, found = written.services[service], []
    binds = [each for each in described.get("volumes") or [] if each["type"] == "bind"]
    environments = described.get("env_file") or []
    for bind in binds:
        inside = [
            (path, bind["target"] + path[len(bind["source"]) :])
            for path in written.paths.get(service, [])
            if (path == bind["source"] or path.startswith(f"{bind['source']}/")) and path not in environments
        ]
        if not inside:
            _refuse(service, f"it reads {bind['source']} of its host, which no other machine has.")
        if not bind.get("read_only"):
            _refuse(service, f"it writes to {bind['source']} of its host, which no other machine has.")
        found += inside
    return found


def environment(text: str, place: str) -> str:
    """An environment file of the collection as lines for a shell. place: what messages call it."""
    values = project.read_env_file(text, place)
    for name in values:
        if not _NAME.fullmatch(name):
            raise UserError(f"{place}: a shell has no variable {name}: give it another name.", "swarm_refused")
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())


def made(
    name: str,
    written: Written,
    wanted: Mapping[str, Wanted],
    images: Mapping[str, Image],
    files: Mapping[str, Found],
    texts: Mapping[str, str],
    folder: str,
) -> Stack:
    """The stack of this name.

    wanted: its services, by their names in it, which are host names on their networks. images: by the references of the
    Compose file. files: of the host, by their paths. texts: what is in the environment files. folder: of the host, for
    environments and for files that are others than those of the Compose project.
    """
    stack = Stack({"version": "3.9", "services": {}, "networks": {}, "configs": {}, "secrets": {}}, {})
    for service, want in wanted.items():
        if want.source not in written.services:
            raise UserError(
                f"The Compose file has no service {want.source}: run site.yml, which writes it.", "path_missing"
            )
        _add(stack, name, service, want, written, images, files, texts, folder)
    stack.document = {part: value for part, value in stack.document.items() if value}
    return stack


def read(text: str, place: str) -> dict[str, Any]:
    """A stack file; nothing where somebody has broken it, as it is written anew then."""
    try:
        project.read(text, place)
    except UserError:
        return {}
    return load_own(text) or {}


def _add(
    stack: Stack,
    name: str,
    service: str,
    want: Wanted,
    written: Written,
    images: Mapping[str, Image],
    files: Mapping[str, Found],
    texts: Mapping[str, str],
    folder: str,
) -> None:
    described = written.services[want.source]
    image = images.get(described["image"])
    if image is None:
        raise UserError(
            f"The service {want.source} cannot run in a swarm: its image {described['image']} is not on this machine. "
            "Run site.yml, which makes it.",
            "image_unavailable",
        )
    made = {"image": image.identity, **_command(described, image, want.drain)}
    made |= {word: described[word] for word in _SAME if word in described}
    made |= _translated(want.source, described)
    if want.environment:
        others = {variable: _literal(value) for variable, value in want.environment.items()}
        made["environment"] = {**described.get("environment", {}), **others}
    networks = _networks(want, described)
    made["networks"] = networks
    stack.document["networks"] |= {each: {"external": True} for each in networks if each not in want.extra_networks}
    # Of the stack alone: a port of the machine leads to a container by a network that has a route out.
    stack.document["networks"] |= {each: {"driver": "overlay", "name": each} for each in want.extra_networks}
    if want.ports:
        made["ports"] = [
            {"target": inside, "published": published, "protocol": "tcp", "mode": "host"}
            for published, inside in want.ports.items()
        ]
    volumes = [*made.pop("volumes", []), *_volumes(want, described)]
    if volumes:
        made["volumes"] = volumes
    _give_files(stack, name, service, made, want, written, files, folder)
    _give_environment(stack, name, service, made, want.source, written, texts, folder)
    grace = want.stop_timeout if want.stop_timeout is not None else _seconds(described.get("stop_grace_period", "20s"))
    made["stop_grace_period"] = f"{want.drain + grace}s"
    labels = {key: value for key, value in (described.get("labels") or {}).items() if key not in _LABELS_OF_PROJECT}
    made["labels"] = labels
    made["deploy"] = _deployed(want, described, labels)
    made["deploy"]["labels"] = {**labels, DIGEST: _digest(made)}
    stack.document["services"][service] = made


def _command(described: Mapping[str, Any], image: Image, drain: int) -> dict[str, Any]:
    """What the container runs, begun by _START: an entrypoint of one's own takes the place of the image's."""
    entrypoint = described.get("entrypoint") or [_literal(word) for word in image.entrypoint]
    # With another entrypoint the engine passes over the image's command.
    own = [] if described.get("entrypoint") else [_literal(word) for word in image.command]
    command = [*entrypoint, *(described.get("command") or own)]
    return {"entrypoint": ["sh", "-c", _literal(_START), "start", str(drain)], "command": command}


def _literal(text: str) -> str:
    """As Compose, docker stack deploy reads $NAME as a variable, and $$ as a dollar sign."""
    return text.replace("$", "$$")


def _translated(source: str, described: Mapping[str, Any]) -> dict[str, Any]:
    """What a stack file says in other words: tmpfs as volumes. What it cannot say at all is refused."""
    elsewhere = {*_SAME, *_WITHOUT, "image", "entrypoint", "command", "env_file", "networks", "ports", "volumes"}
    elsewhere |= {"tmpfs", "shm_size", "mem_limit", "pids_limit", "restart", "labels", "stop_grace_period"}
    for word, value in described.items():
        if word == "security_opt" and value == ["no-new-privileges"]:
            continue
        if word not in elsewhere:
            _refuse(source, f"Swarm has no {word}, which is {json.dumps(value)} in the Compose file.")
    tmpfs = [_tmpfs(source, each) for each in described.get("tmpfs") or []]
    if described.get("shm_size"):
        tmpfs.append(_in_memory("/dev/shm", _bytes(source, described["shm_size"])))
    return {"volumes": tmpfs} if tmpfs else {}


def _tmpfs(source: str, written: str) -> dict[str, Any]:
    path, _colon, options = written.partition(":")
    size = None
    for option in filter(None, options.split(",")):
        if option.startswith("size="):
            size = _bytes(source, option[len("size=") :])
        elif option not in _TMPFS:
            _refuse(source, f"a tmpfs of Swarm cannot have the option {option}, as {path} has it.")
    return _in_memory(path, size)


def _in_memory(path: str, size: int | None) -> dict[str, Any]:
    return {"type": "tmpfs", "target": path, **({"tmpfs": {"size": size}} if size else {})}


def _bytes(source: str, written: str) -> int:
    read = re.fullmatch(r"(\d+(?:\.\d+)?) ?([bkmgt]?)i?b?", str(written).lower())
    if read is None:
        _refuse(source, f"a tmpfs of Swarm has a size in bytes, and {written} is none that is read here.")
    return int(float(read[1]) * _UNITS[read[2]])


def _seconds(written: str) -> int:
    return int(written.rstrip("s"))


def _networks(want: Wanted, described: Mapping[str, Any]) -> dict[str, Any]:
    if not described.get("networks"):
        _refuse(want.source, "it is on no network of its own, and the engine's bridge is none of a swarm.")
    own = described["networks"]
    aliases = own if isinstance(own, dict) else dict.fromkeys(own)
    chosen = {each: dict(said or {}) for each, said in aliases.items() if each not in want.without_networks}
    return chosen | {each: {} for each in (*want.shared_networks, *want.extra_networks)}


def _volumes(want: Wanted, described: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for each in described.get("volumes") or []:
        if each["type"] != "volume":
            continue
        if each["source"] not in want.in_memory:
            _refuse(want.source, f"what is in its volume {each['source']} is on one machine alone.")
        found.append(_in_memory(each["target"], None))
    return found


def _give_files(
    stack: Stack,
    name: str,
    service: str,
    made: dict[str, Any],
    want: Wanted,
    written: Written,
    files: Mapping[str, Found],
    folder: str,
) -> None:
    """Files that anybody may read as Swarm's configs, the others as its secrets. A name has the digest of what is in
    it: neither can be changed, and a service with another one is rolled.
    """
    mounted = _mounted(written, want.source)
    if missing := sorted(want.files.keys() - {target for _path, target in mounted}):
        _refuse(want.source, f"it reads no {', '.join(missing)}, which is to be another file here.")
    for path, target in mounted:
        if target in want.files:
            text, place = want.files[target], posixpath.join(folder, service + target.replace("/", "-"))
            stack.files[place] = text
            _give_file(stack, name, made, place, target, Found(hashlib.sha256(text.encode()).hexdigest(), True))
        elif path in files:
            _give_file(stack, name, made, path, target, files[path])


def _give_file(stack: Stack, name: str, made: dict[str, Any], path: str, target: str, found: Found) -> None:
    kind, mode = ("configs", 0o444) if found.is_open else ("secrets", 0o400)
    key = f"{name}_{found.digest[:16]}"
    stack.document[kind][key] = {"name": key, "file": path}
    owner = ("0", "0") if found.is_open else _owner(made)
    made.setdefault(kind, []).append(_given(key, target, *owner, mode))


def _give_environment(
    stack: Stack,
    name: str,
    service: str,
    made: dict[str, Any],
    source: str,
    written: Written,
    texts: Mapping[str, str],
    folder: str,
) -> None:
    """Its environment file as a secret that _START reads: in the service's own environment it would be shown to whoever
    may look at the service, on each manager.
    """
    paths = written.services[source].get("env_file") or []
    if not paths:
        return
    text = "".join(environment(texts[path], path) for path in paths)
    key = f"{name}_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    place = posixpath.join(folder, f"{service}.env")
    stack.files[place] = text
    stack.document["secrets"][key] = {"name": key, "file": place}
    made.setdefault("secrets", []).append(_given(key, _ENVIRONMENT, *_owner(made), 0o400))


def _given(key: str, target: str, user: str, group: str, mode: int) -> dict[str, Any]:
    return {"source": key, "target": target, "uid": user, "gid": group, "mode": mode}


def _owner(made: Mapping[str, Any]) -> tuple[str, str]:
    user, _colon, group = str(made.get("user") or "0").partition(":")
    return user, group or user


def _deployed(want: Wanted, described: Mapping[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """How it is spread and exchanged. Without a port of the machine the next task is there before the last one goes."""
    order = "stop-first" if want.ports else "start-first"
    limits = {"memory": described.get("mem_limit"), "pids": described.get("pids_limit")}
    parts: dict[str, Any] = {
        **({"mode": "global"} if want.replicas is None else {"mode": "replicated", "replicas": want.replicas}),
        # Each task has its own address: the mesh and virtual addresses take a kernel with IPVS, and hide who asks.
        "endpoint_mode": "dnsrr",
        "placement": {"constraints": list(want.constraints)} if want.constraints else None,
        "resources": {"limits": {key: value for key, value in limits.items() if value}},
        "restart_policy": {"condition": _RESTARTS[described.get("restart", "no")], "delay": "5s"},
        "update_config": {"parallelism": 1, "order": order, "failure_action": "rollback", "monitor": "10s"},
        "rollback_config": {"parallelism": 1, "order": order},
    }
    return {key: value for key, value in parts.items() if value}


def _digest(made: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()
