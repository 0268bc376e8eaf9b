# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Compose file of a host: what the roles say of their services, in the words of the Compose specification.

Nothing here asks anything of a host. The specification is at https://github.com/compose-spec/compose-spec.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils.yaml_core import is_text, load_own

HEADER = (
    "# Written by the collection mcp_lan.litellm: changes belong in the inventory. Read it as you like, with\n"
    "# `docker compose ps`, `logs` and `restart`. The networks and the volumes are external, so that they outlive it.\n"
)
# Where it says what files and folders of the host go with a service; Compose leaves alone what begins with "x-".
PATHS = "x-mcp-lan-paths"
# Compose takes no `internal` of a network that is external. Where one is gone it is made as it was.
INTERNAL = "x-mcp-lan-internal"
# A text of several lines that YAML's block style gives back as it is.
_SCRIPT = re.compile(r"[ -~]*(\n[ -~]*)+", re.ASCII)
# What is a text in YAML 1.2, and a boolean, a number or a day to the YAML libraries of Go (gopkg.in/yaml.v2 and v3,
# resolve.go): `docker stack deploy` reads y as true.
_GO = re.compile(r"[yYnN]|[-+]?0[xXoObB]\w+|\d{4}-\d{1,2}-\d{1,2}", re.ASCII)
# A variable that an environment file may have: Compose takes names with dots and hyphens, too.
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
# The engine's least limit of memory in bytes, and its words for a size.
LEAST_MEMORY = 6 * 2**20
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([kmgt]?)i?b?", re.ASCII | re.IGNORECASE)
_FACTORS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
# What needs no quotes in an environment file, whoever reads it.
_PLAIN = re.compile(r"[\w./:@%+,=-]*", re.ASCII)


# A check costs the engine more than what it asks, as it has to start it in the container: 20 to 80 ms. One that follows
# another that found the service well waits first; another one asks again for some seconds until the service is well, so
# that a start is waited for no longer than it takes. The first one comes an interval after the start. Compose's
# start_interval would do as much, but Debian 12's engine (20.10) has none. What is in /dev/shm goes with each start.
# What hangs is not asked again: timeout ends with 124 then, and busybox's with 143.
_WELL, _WAITS, _TAKES, _ASKS, _PAUSE = "/dev/shm/well", 44, 5, 4, 0.5
_PATIENT = f"""\
end=$(($(date +%s) + {_ASKS}))
if [ -e {_WELL} ]; then rm {_WELL}; sleep {_WAITS}; end=0; fi
until timeout {_TAKES} "$@"; do
  [ $? -lt 124 ] && [ $(date +%s) -lt $end ] || exit 1
  sleep {_PAUSE}
done
true 2>/dev/null >{_WELL}
exit 0
"""


def _patient(test: list[str]) -> dict[str, Any]:
    """The health check of an image, which waits while all is well."""
    command = ["sh", "-c", *test[1:]] if test[0] == "CMD-SHELL" else test[1:]
    # Compose counts the interval from the end of one check to the beginning of the next.
    return {
        "test": ["CMD", "sh", "-c", _PATIENT, "check", *command],
        "interval": "200ms",
        "timeout": f"{_WAITS + 2 * _TAKES}s",
        "retries": 4,
    }


def service(given: Mapping[str, Any], image: Mapping[str, Any], *, checked: Sequence[str] = ()) -> dict[str, Any]:
    """One service, as the role container_service describes it: its options without their prefix.

    image: what the module image returns. checked: the health check that the image has of its own.
    """
    networks = given.get("networks") or []
    memory = given.get("memory")
    # What is waited for is not given up before: an image's own time to start may be too short for a small machine.
    starts = {"start_period": f"{int(given['wait_timeout'])}s"} if given.get("wait_timeout") else {}
    own = dict(given.get("healthcheck") or {})
    if isinstance(own.get("test"), str):
        own["test"] = ["CMD-SHELL", own["test"]]
    # Of what others have published nobody knows whether there is a shell in it.
    test = _texts(own.get("test") or checked or image.get("healthcheck"))
    known = image["source_used"] == "build" or image.get("healthcheck")
    if known and test and test[0].startswith("CMD") and not {"interval", "disable"} & set(own):
        healthcheck = {**own, **_patient(test)}
    else:
        healthcheck = dict(own)
    if checked or "test" in healthcheck:
        healthcheck = starts | healthcheck
    parts: dict[str, Any] = {
        "container_name": given["name"],
        "image": image["image"],
        # What is built here is nowhere to be pulled from.
        "pull_policy": "never" if image["source_used"] == "build" else "missing",
        "entrypoint": _texts(given.get("entrypoint")),
        "command": _texts(given.get("command")),
        "user": given.get("user") or image.get("user"),
        "environment": {str(name): str(value) for name, value in (given.get("env") or {}).items()},
        "env_file": [given["env_file"]] if given.get("env_file") else [],
        "networks": _networks(networks),
        "network_mode": "" if networks else "bridge",
        "expose": _texts(given.get("expose")),
        "ports": _texts(given.get("published_ports")),
        "volumes": [_volume(each) for each in given.get("volumes") or []],
        "tmpfs": _texts(given.get("tmpfs")),
        "mem_limit": memory,
        "memswap_limit": memory,
        "shm_size": given.get("shm_size"),
        "pids_limit": int(given["pids_limit"]) if given.get("pids_limit") else None,
        "ulimits": dict(_ulimit(each) for each in given.get("ulimits") or []),
        "read_only": bool(given.get("read_only", True)) and bool(image.get("read_only", True)),
        "cap_drop": ["ALL"],
        "cap_add": _texts(given.get("capabilities")),
        "security_opt": ["no-new-privileges"],
        "healthcheck": healthcheck,
        "extra_hosts": {str(name): str(address) for name, address in (given.get("extra_hosts") or {}).items()},
        "labels": {str(name): str(value) for name, value in (given.get("labels") or {}).items()},
        "logging": _logging(given),
        "restart": given.get("restart_policy") or "unless-stopped",
        "stop_grace_period": f"{int(given.get('stop_timeout') or 20)}s",
    }
    return {name: _escaped(value) for name, value in parts.items() if value not in (None, "", [], {})}


# Who reads what is logged learns by these whose it is.
_LOG_LABELS = "mcp_lan.service,mcp_lan.deployment"


def _logging(given: Mapping[str, Any]) -> dict[str, Any]:
    """Where the engine keeps what a service says, within bounds (https://docs.docker.com/engine/logging/configure/)."""
    driver = given.get("log_driver") or "json-file"
    bounds = {
        "max-size": str(given.get("log_max_size") or "10m"),
        "max-file": str(given.get("log_max_files") or 3),
    }
    # Of what is sent elsewhere the engine keeps a copy for `docker compose logs`.
    kept = {f"cache-{name}": value for name, value in bounds.items()}
    sent = {"tag": "{{.Name}}", "labels": _LOG_LABELS, **kept}
    # A server that does not keep up, or is gone, holds up no service: what it does not take is lost.
    freely = {"mode": "non-blocking", "max-buffer-size": "4m"}
    own: dict[str, dict[str, str]] = {
        "json-file": {**bounds, "labels": _LOG_LABELS},
        "local": bounds,
        "journald": sent,
        "syslog": {**sent, "syslog-format": "rfc5424micro", **freely},
    }
    options = own[driver] | {str(name): str(value) for name, value in (given.get("log_options") or {}).items()}
    return {"driver": driver, "options": options}


def _texts(values: Iterable[Any] | None) -> list[str]:
    return [str(value) for value in values or []]


def _networks(networks: list[Mapping[str, Any]]) -> Any:
    if any(network.get("aliases") for network in networks):
        return {
            network["name"]: {"aliases": list(network["aliases"])} if network.get("aliases") else {}
            for network in networks
        }
    return [network["name"] for network in networks]


def off(service: Mapping[str, Any], networks: Iterable[str]) -> dict[str, Any]:
    """A service of a Compose file, off these networks. One that would be on none stays, as Compose would put it on one
    that is open.
    """
    gone, now = set(networks), service.get("networks") or []
    stays = (
        {name: now[name] for name in now if name not in gone}
        if isinstance(now, dict)
        else [name for name in now if name not in gone]
    )
    return {**service, "networks": stays} if stays else dict(service)


def _volume(written: str) -> dict[str, Any]:
    """As a mount, because a missing folder is then an error and not made by the engine."""
    source, target, *options = written.split(":")
    mount: dict[str, Any] = {"type": "bind" if source.startswith("/") else "volume", "source": source, "target": target}
    if "ro" in ",".join(options).split(","):
        mount["read_only"] = True
    if mount["type"] == "bind":
        mount["bind"] = {"create_host_path": False}
    return mount


def bytes_of(size: str) -> float | None:
    """A size (C(512m), C(1.5 GB), C(4Gi); powers of 1024) in bytes; None where it is none."""
    found = _SIZE.fullmatch(size)
    return float(found[1]) * _FACTORS[found[2].lower()] if found else None


def _ulimit(written: str) -> tuple[str, Any]:
    name, _equals, limit = written.replace("=", ":", 1).partition(":")
    soft, _colon, hard = limit.partition(":")
    return name, {"soft": int(soft), "hard": int(hard)} if hard else int(soft)


def asked(test: Sequence[str]) -> list[str]:
    """The health check as it was given, of one that may wait while all is well."""
    return ["CMD", *test[5:]] if test[1:3] == ["sh", "-c"] and test[4:5] == ["check"] else list(test)


def _escaped(value: Any) -> Any:
    """Compose reads $NAME in a text as a variable of its own environment, and $$ as a dollar sign."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, list):
        return [_escaped(each) for each in value]
    if isinstance(value, dict):
        return {name: _escaped(each) for name, each in value.items()}
    return value


def unescaped(value: Any) -> Any:
    """What stands in a Compose file, as the container gets it."""
    if isinstance(value, str):
        return value.replace("$$", "$")
    if isinstance(value, list):
        return [unescaped(each) for each in value]
    if isinstance(value, dict):
        return {name: unescaped(each) for name, each in value.items()}
    return value


@dataclass(frozen=True)
class Written:
    """What a Compose file of the collection has: its services, the paths that were written for each of them, its
    networks, with whether they are internal, and the names of its volumes.
    """

    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    paths: dict[str, list[str]] = field(default_factory=dict)
    networks: dict[str, bool] = field(default_factory=dict)
    volumes: tuple[str, ...] = ()

    def all_paths(self) -> list[str]:
        """The paths of all of them, their environment files among these."""
        environments = [path for each in self.services.values() for path in each.get("env_file") or []]
        return [*environments, *(path for each in self.paths.values() for path in each)]

    def own(self, names: Iterable[str]) -> tuple[list[str], list[str]]:
        """The paths that were written for these services alone, and the networks that no other one is on."""
        gone = set(names)
        kept = {path for name, each in self.paths.items() if name not in gone for path in each}
        shared = {net for name, each in self.services.items() if name not in gone for net in each.get("networks") or []}
        paths = {path for name in gone for path in self.paths.get(name, ())}
        networks = {net for name in gone for net in self.services.get(name, {}).get("networks") or []}
        return sorted(paths - kept), sorted(networks - shared)


def read(text: str, place: str) -> Written:
    """A Compose file of the collection. One of an earlier release has no paths."""
    try:
        whole = load_own(text) or {}
        parts = [whole.get(name) or {} for name in ("services", PATHS, "networks", "volumes")]
        services, paths, networks, volumes = parts
        if all(isinstance(each, dict) for each in (*parts, *services.values())) and all(
            isinstance(each, list) for each in paths.values()
        ):
            closed = {name: bool((each or {}).get(INTERNAL)) for name, each in networks.items()}
            return Written(services, paths, closed, tuple(volumes))
    except (yaml.YAMLError, AttributeError):
        pass
    raise UserError(
        f"{place} is not the Compose file that the collection wrote: remove it, and it is written anew by site.yml.",
        "compose_file_invalid",
    )


def document(
    project: str,
    services: Mapping[str, Mapping[str, Any]],
    paths: Mapping[str, list[str]] | None = None,
    internal: Iterable[str] = (),
) -> dict[str, Any]:
    """The Compose file of these services, with the paths of the host that were written for them, and which of their
    networks are internal.
    """
    networks = sorted({name for each in services.values() for name in each.get("networks", [])})
    volumes = sorted(
        {
            mount["source"]
            for each in services.values()
            for mount in each.get("volumes", [])
            if mount.get("type") == "volume"
        }
    )
    external: dict[str, Any] = {"external": True}
    closed = set(internal)
    parts = {
        "name": project,
        "services": {name: dict(services[name]) for name in sorted(services)},
        "networks": {name: external | ({INTERNAL: True} if name in closed else {}) for name in networks},
        "volumes": {name: dict(external) for name in volumes},
        PATHS: {name: sorted(each) for name, each in sorted((paths or {}).items()) if name in services and each},
    }
    return {name: value for name, value in parts.items() if value}


def left(project: str, networks: Iterable[str], volumes: Iterable[str]) -> dict[str, Any]:
    """The Compose file of a project whose services are gone, and of which these are left."""
    parts = {"networks": networks, "volumes": volumes}
    external = {kind: {name: {"external": True} for name in sorted(names)} for kind, names in parts.items()}
    return {"name": project, "services": {}} | {kind: names for kind, names in external.items() if names}


class Dumper(yaml.SafeDumper):
    """Indents lists, as people write them, has no anchors, shows a script line by line, and has in quotes what is a
    text to PyYAML and a number to Compose and Docker, which read YAML 1.2 (1e3).
    """

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_str(self, data: str) -> yaml.Node:
        style = "|" if _SCRIPT.fullmatch(data) else None if is_text(data) and not _GO.fullmatch(data) else "'"
        return self.represent_scalar("tag:yaml.org,2002:str", data, style=style)


Dumper.add_representer(str, Dumper.represent_str)


def text(written: Mapping[str, Any], header: str = HEADER) -> str:
    """It, as it stands in the file."""
    # Ansible's texts carry marks of where they come from, which YAML has no form for.
    plain = json.loads(json.dumps(written))
    body = yaml.dump(plain, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=10_000)
    return header + body


def shown(before: Mapping[str, Any], after: Mapping[str, Any], header: str = HEADER) -> tuple[str, str]:
    """Both as texts for a diff: of the environment the names, and whether a value is another one."""
    old, new = copy.deepcopy(dict(before)), copy.deepcopy(dict(after))
    for name, each in new.get("services", {}).items():
        former = old.get("services", {}).get(name, {}).get("environment", {})
        for variable, value in each.get("environment", {}).items():
            same = variable not in former or former[variable] == value
            each["environment"][variable] = "(not shown)" if same else "(not shown, another one)"
    for each in old.get("services", {}).values():
        each.get("environment", {}).update(dict.fromkeys(each.get("environment", {}), "(not shown)"))
    return text(old, header) if old else "", text(new, header)


def env_file(values: Mapping[str, Any]) -> str:
    """An environment file: one NAME=value a line, in quotes where Compose would read more into it than is written.

    Between double quotes Compose expands $NAME and backslashes, so both are escaped. Single quotes would not do: a
    backslash before the closing one takes it along (compose-go's dotenv, as of Compose 2.26).
    """
    lines = []
    for name, value in values.items():
        written = str(value)
        if not _PLAIN.fullmatch(written):
            for one, escaped in (("\\", "\\\\"), ('"', '\\"'), ("$", "\\$"), ("\n", "\\n"), ("\r", "\\r")):
                written = written.replace(one, escaped)
            written = f'"{written}"'
        lines.append(f"{name}={written}\n")
    return "".join(lines)


# A line of it. Whatever is escaped between the quotes stands for itself, but for the ends of lines.
_VARIABLE = re.compile(r"([^\s=]+)=(?:\"((?:[^\"\\]|\\.)*)\"|([\w./:@%+,=-]*))", re.ASCII)
_ENDS = {"n": "\n", "r": "\r"}


def read_env_file(written: str, place: str) -> dict[str, str]:
    """An environment file of the collection: the values by their names."""
    values = {}
    for line in filter(None, written.split("\n")):
        found = _VARIABLE.fullmatch(line)
        if not found:
            raise UserError(
                f"{place} is not an environment file that the collection wrote: run site.yml, which writes it anew.",
                "compose_file_invalid",
            )
        name, quoted, simple = found.groups()
        values[name] = re.sub(r"\\(.)", lambda one: _ENDS.get(one[1], one[1]), quoted) if quoted else simple or ""
    return values
