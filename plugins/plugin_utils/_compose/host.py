# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host has of a Compose project, asked in one go: by a small shell script, and read from what it prints."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

# No more than is asked for: the whole has the environment, with its secrets.
_CONTAINER = (
    '[{{json .Name}}, {{json .State.Status}}, {{if .State.Health}}{{json .State.Health.Status}}{{else}}""{{end}}, '
    "{{.RestartCount}}, {{json .Config.Labels}}, {{json .NetworkSettings.Ports}}]"
)
# A line begins with what it is about; what is not there has no line.
_LOOK = r"""
docker() { command docker {host} "$@"; }
docker network ls --format 'network	{{.Name}}	{{.Internal}}' || exit 9
for name in {containers}; do
  docker container inspect --format 'container	{format}' "$name" 2>/dev/null
done
for image in {images}; do
  docker image inspect --format "image	$image	{{.Id}}" "$image" 2>/dev/null
done
for volume in {volumes}; do
  docker volume inspect --format 'volume	{{.Name}}' "$volume" 2>/dev/null
done
for path in {paths}; do
  [ -e "$path" ] && printf 'path\t%s\n' "$path"
done
if [ -e {file} ]; then printf 'file\t%s\n' "$(base64 < {file} | tr -d '\n')"; fi
exit 0
"""
_HOLDERS = r"""
docker() { command docker {host} "$@"; }
docker ps --filter publish={port} --format 'the container {{.Names}}'
ss -Hltnp 'sport = :{port}' 2>/dev/null | sed -n 's/.*(("\([^"]*\)",pid=.*/the process \1/p'
exit 0
"""
_WORDS = r"""
docker() { command docker {host} "$@"; }
docker logs --tail 6 {container} 2>&1
exit 0
"""
NO_ANSWER = 9


@dataclass(frozen=True)
class Container:
    """A container as the engine has it."""

    status: str
    health: str
    restarts: int
    labels: dict[str, str]
    ports: tuple[str, ...]

    @property
    def well(self) -> bool:
        """Whether it runs, and is healthy as far as it says."""
        return self.status == "running" and self.health in ("", "healthy")


@dataclass
class Host:
    """What is there."""

    networks: dict[str, bool] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    volumes: set[str] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    file: str | None = None


def _filled(script: str, quote: Any, docker_host: str | None, **lists: Iterable[str] | str) -> str:
    """The script with its names in braces replaced, at once, so that nothing in a value is taken for one."""
    words = {name: [value] if isinstance(value, str) else value for name, value in lists.items()}
    filled = {name: " ".join(quote(word) for word in value) for name, value in words.items()}
    filled["format"] = _CONTAINER
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
) -> str:
    """The script that looks."""
    return _filled(
        _LOOK, quote, docker_host, containers=containers, images=images, volumes=volumes, paths=paths, file=file
    )


def holders(quote: Any, docker_host: str | None, port: str) -> str:
    """The script that says what has a port, a line each."""
    return _filled(_HOLDERS, quote, docker_host, port=port)


def words(quote: Any, docker_host: str | None, container: str) -> str:
    """The script that reads the last words of a container."""
    return _filled(_WORDS, quote, docker_host, container=container)


def seen(printed: str) -> Host:
    """What the script that looks has printed."""
    host = Host()
    for line in printed.splitlines():
        about, _tab, rest = line.partition("\t")
        if about == "network":
            name, _tab, internal = rest.partition("\t")
            host.networks[name] = internal == "true"
        elif about == "container":
            name, status, health, restarts, labels, ports = json.loads(rest)
            bound = tuple(each["HostPort"] for several in (ports or {}).values() for each in several or [])
            host.containers[name.lstrip("/")] = Container(status, health, restarts, labels or {}, bound)
        elif about == "image":
            reference, _tab, identity = rest.partition("\t")
            host.images[reference] = identity
        elif about == "volume":
            host.volumes.add(rest)
        elif about == "path":
            host.paths.add(rest)
        elif about == "file":
            host.file = base64.b64decode(rest).decode("utf-8", "replace")
    return host
