# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host has of a Compose project, asked in one go: by a small shell script, and read from what it prints."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# No more than is asked for: the whole has the environment, with its secrets.
_CONTAINER = (
    '[{{json .Name}}, {{json .State.Status}}, {{if .State.Health}}{{json .State.Health.Status}}{{else}}""{{end}}, '
    "{{.RestartCount}}, {{json .Config.Labels}}, {{json .NetworkSettings.Ports}}, {{json .Image}}, "
    "{{json .NetworkSettings.Networks}}]"
)
_NETWORK = (
    "[{{json .Name}}, {{json .Internal}}, {{json .IPAM.Config}}, {{json .Containers}}, {{json .Id}}, {{json .Driver}}]"
)
# A line begins with what it is about; what is not there has no line.
_LOOK = r"""
docker() { command docker {host} "$@"; }
# One that takes the connection and says nothing is asked for nothing else.
networks=$(timeout 30 docker {host} network ls --format '{{.Name}}') || exit 9
docker network inspect --format 'network	{network}' $networks 2>/dev/null
set -- {containers}
# The client prints those that are there, and complains of the others.
if [ $# -gt 0 ]; then docker container inspect --format 'container	{format}' "$@" 2>/dev/null; fi
for deployment in {deployment}; do
  docker ps --all --filter "label=mcp_lan.deployment=$deployment" --format 'of	{{.Names}}'
done
# The whole of them: what an image does not have a template of the client may refuse to name.
images() {
  found=$(docker image inspect "$@" 2>/dev/null) || return 1
  printf 'images\t%s\t%s\n' "$*" "$(printf %s "$found" | tr -d '\n')"
}
set -- {images}
if [ $# -gt 0 ] && ! images "$@"; then
  for image; do images "$image"; done
fi
set -- {volumes}
if [ $# -gt 0 ]; then docker volume inspect --format 'volume	{{.Name}}' "$@" 2>/dev/null; fi
for path in {paths}; do
  [ -e "$path" ] && printf 'path\t%s\n' "$path"
done
set -- {files}
if [ $# -gt 0 ]; then
  stat -c 'mode	%a	%u	%n' "$@" 2>/dev/null
  sha256sum "$@" 2>/dev/null | sed 's/^\([0-9a-f]*\)  /sum	\1	/'
fi
for folder in {folders}; do
  find "$folder" -maxdepth 1 -type f 2>/dev/null | sed 's/^/in	/'
done
if [ -e {file} ]; then printf 'file\t%s\n' "$(base64 < {file} | tr -d '\n')"; fi
exit 0
"""
_CONTENTS = r"""
for path in {paths}; do
  [ -f "$path" ] && printf '%s\t%s\t%s\n' "$path" "$(stat -c %a "$path")" "$(base64 < "$path" | tr -d '\n')"
done
exit 0
"""
# Each file takes its place at once, so that a run that is ended leaves the one or the other.
_PLACE = r"""
set -e
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xzf {archive} -C "$work" --no-same-owner
cd "$work"
while read -r kind name mode owner path; do
  if [ "$kind" = folder ]; then
    mkdir -p "$path"
    chmod "$mode" "$path"
  else
    mkdir -p "$(dirname "$path")"
    cp "$name" "$path.mcp-lan-new"
    [ "$owner" = - ] || chown "$owner" "$path.mcp-lan-new"
    chmod "$mode" "$path.mcp-lan-new"
    mv -f "$path.mcp-lan-new" "$path"
  fi
done < list
"""
_REMOVE = r"""
rm -rf -- {paths}
"""
# Children first; a folder goes once nothing is in it.
_CLEAR = r"""
for path in {paths}; do
  if [ -d "$path" ]; then
    rmdir "$path" 2>/dev/null || printf '%s\n' "$path"
  else
    rm -f "$path" || exit 1
  fi
done
rmdir {folders} 2>/dev/null
exit 0
"""
_HOLDERS = r"""
docker() { command docker {host} "$@"; }
docker ps --filter publish={port} --format 'the container {{.Names}}'
ss -Hltnp 'sport = :{port}' 2>/dev/null | sed -n 's/.*(("\([^"]*\)",pid=.*/the process \1/p'
exit 0
"""
_CONTAINERS = r"""
docker() { command docker {host} "$@"; }
docker container {what} {names}
"""
# A network that is closed to the world outside comes among the second ones.
_MAKE = r"""
docker() { command docker {host} "$@"; }
for network in {open}; do docker network create "$network" >/dev/null || exit; done
for network in {closed}; do docker network create --internal "$network" >/dev/null || exit; done
for volume in {volumes}; do docker volume create "$volume" >/dev/null || exit; done
"""
# The tasks of a swarm that have just ended hold a network for some seconds; its services do for good.
_NO_NETWORK = r"""
docker() { command docker {host} "$@"; }
tries=20
until said=$(docker network rm {name} 2>&1); do
  case $said in *'in use by service'*) exit {held} ;; esac
  tries=$((tries - 1))
  if [ "$tries" = 0 ]; then printf '%s\n' "$said" >&2; exit 1; fi
  sleep 1
done
"""
_PULL = r"""
docker() { command docker {host} "$@"; }
docker pull --quiet {image}
"""
_WORDS = r"""
docker() { command docker {host} "$@"; }
docker logs --tail 6 {container} 2>&1
exit 0
"""
NO_ANSWER, HELD = 9, 3


@dataclass(frozen=True)
class Container:
    """A container as the engine has it."""

    status: str
    health: str
    restarts: int
    labels: dict[str, str]
    ports: tuple[str, ...]
    image: str
    networks: dict[str, str]
    """The networks that it is on, with its address there; stopped, it has none."""
    joined: dict[str, str] = field(default_factory=dict)
    """The same, with their ids."""

    @property
    def well(self) -> bool:
        """Whether it runs, and is healthy as far as it says."""
        return self.status == "running" and self.health in ("", "healthy")


@dataclass(frozen=True)
class Network:
    """A network as the engine has it: whether it is closed, its subnets, each with Subnet and perhaps Gateway, and the
    names of the running containers on it.
    """

    internal: bool
    subnets: list[dict[str, str]]
    containers: tuple[str, ...] = ()
    id: str = ""
    driver: str = "bridge"


@dataclass
class Host:
    """What is there. Of a file it is the mode (an octal number), the owner (a user's number) and the SHA-256 that are
    known.
    """

    networks: dict[str, Network] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    checked: dict[str, list[str]] = field(default_factory=dict)
    """Of the images those that have a health check, and which."""
    volumes: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    modes: dict[str, int] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    deployed: list[str] = field(default_factory=list)
    file: str | None = None


def _filled(script: str, quote: Any, docker_host: str | None, **lists: Iterable[str] | str) -> str:
    """The script with its names in braces replaced, at once, so that nothing in a value is taken for one."""
    words = {name: [value] if isinstance(value, str) else value for name, value in lists.items()}
    filled = {name: " ".join(quote(word) for word in value) for name, value in words.items()}
    filled["format"], filled["network"] = _CONTAINER, _NETWORK
    filled["host"] = f"--host={quote(docker_host)}" if docker_host else ""
    return re.sub(r"\{(" + "|".join(filled) + r")\}", lambda found: filled[found[1]], script)


def look(
    quote: Any,
    docker_host: str | None,
    *,
    file: str,
    containers: Iterable[str] = (),
    images: Iterable[str] = (),
    volumes: Iterable[str] = (),
    paths: Iterable[str] = (),
    files: Iterable[str] = (),
    folders: Iterable[str] = (),
    deployment: Iterable[str] = (),
) -> str:
    """The script that looks: at files and folders as they are, at what else is in some folders, and for the containers
    of a deployment.
    """
    return _filled(
        _LOOK,
        quote,
        docker_host,
        containers=containers,
        images=images,
        volumes=volumes,
        paths=paths,
        files=files,
        folders=folders,
        deployment=deployment,
        file=file,
    )


def contents(quote: Any, paths: Iterable[str]) -> str:
    """The script that reads files."""
    return _filled(_CONTENTS, quote, None, paths=paths)


def place(quote: Any, archive: str) -> str:
    """The script that puts the files of an archive of files.py in their places."""
    return _filled(_PLACE, quote, None, archive=archive)


def removal(quote: Any, paths: Iterable[str]) -> str:
    """The script that removes files and folders."""
    return _filled(_REMOVE, quote, None, paths=paths)


def clearing(quote: Any, paths: Iterable[str], folders: Iterable[str]) -> str:
    """The script that removes files, and folders that are empty then; of the paths it prints those that are not."""
    return _filled(_CLEAR, quote, None, paths=sorted(paths, reverse=True), folders=folders)


def holders(quote: Any, docker_host: str | None, port: str) -> str:
    """The script that says what has a port, a line each."""
    return _filled(_HOLDERS, quote, docker_host, port=port)


def container(quote: Any, docker_host: str | None, what: str, names: Iterable[str]) -> str:
    """The script that stops or starts containers."""
    return _filled(_CONTAINERS, quote, docker_host, what=what, names=names)


def making(
    quote: Any, docker_host: str | None, networks: Mapping[str, bool | None], volumes: Iterable[str] = ()
) -> str:
    """The script that creates networks and volumes. networks: the name of each to whether it is internal."""
    closed = [name for name, internal in networks.items() if internal]
    others = [name for name, internal in networks.items() if not internal]
    return _filled(_MAKE, quote, docker_host, open=others, closed=closed, volumes=volumes)


def no_network(quote: Any, docker_host: str | None, name: str) -> str:
    """The script that removes a network of a swarm; it ends with HELD where a service is on it."""
    return _filled(_NO_NETWORK, quote, docker_host, name=name, held=str(HELD))


def pull(quote: Any, docker_host: str | None, image: str) -> str:
    """The script that pulls an image."""
    return _filled(_PULL, quote, docker_host, image=image)


def words(quote: Any, docker_host: str | None, container: str) -> str:
    """The script that reads the last words of a container."""
    return _filled(_WORDS, quote, docker_host, container=container)


def read(printed: str) -> dict[str, tuple[int, bytes]]:
    """What the script that reads files has printed: of each path the mode and the content."""
    lines = (line.split("\t") for line in printed.splitlines() if line.count("\t") == 2)
    return {path: (int(mode, 8), base64.b64decode(content)) for path, mode, content in lines}


def seen(printed: str) -> Host:
    """What the script that looks has printed."""
    host = Host()
    for line in printed.splitlines():
        about, _tab, rest = line.partition("\t")
        if about == "network":
            name, internal, subnets, joined, identity, driver = json.loads(rest)
            # An overlay network lists its load balancer, "lb-" and its name, among the IDs of containers.
            names = tuple(each["Name"] for key, each in (joined or {}).items() if not key.startswith("lb-"))
            host.networks[name] = Network(internal, subnets or [], names, identity, driver)
        elif about == "container":
            name, status, health, restarts, labels, ports, image, joined = json.loads(rest)
            bound = tuple(each["HostPort"] for several in (ports or {}).values() for each in several or [])
            addresses = {network: each.get("IPAddress", "") for network, each in (joined or {}).items()}
            ids = {network: each.get("NetworkID", "") for network, each in (joined or {}).items()}
            host.containers[name.lstrip("/")] = Container(
                status, health, restarts, labels or {}, bound, image, addresses, ids
            )
        elif about == "images":
            references, found = rest.split("\t", 1)
            for reference, image in zip(references.split(), json.loads(found), strict=True):
                host.images[reference] = image["Id"]
                test = ((image.get("Config") or {}).get("Healthcheck") or {}).get("Test") or []
                if test and test[0].startswith("CMD"):
                    host.checked[reference] = test
        elif about == "volume":
            host.volumes.add(rest)
        elif about == "path":
            host.paths.add(rest)
        elif about == "mode":
            mode, owner, path = rest.split("\t", 2)
            host.modes[path], host.owners[path] = int(mode, 8), owner
        elif about == "sum":
            digest, _tab, path = rest.partition("\t")
            host.sums[path] = digest
        elif about == "of":
            host.deployed.append(rest)
        elif about == "in":
            host.listed.add(rest)
        elif about == "file":
            host.file = base64.b64decode(rest).decode("utf-8", "replace")
    return host
