# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a manager of a swarm has of a stack, asked in one go: by a small shell script, and read from what it prints."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._swarm.stack import DIGEST, Image

STACK = "com.docker.stack.namespace"
_NETWORK_FORMAT = "network\t{{json .Name}}\t{{json .Driver}}\t{{json .Attachable}}\t{{json .Internal}}"
_SERVICE_FORMAT = (
    "service\t{{.Spec.Name}}\t{{json .Spec.Labels}}\t{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}\t"
    "{{json .Endpoint.Spec.Ports}}"
)
_CONTAINER_FORMAT = '{{slice .Name 1}}\t{{index .Config.Labels "mcp_lan.service"}}'
# A line begins with what it is about; what is not there has no line.
_LOOK = r"""
docker() { command docker {host} "$@"; }
docker info --format 'swarm	{{.Swarm.LocalNodeState}}	{{.Swarm.ControlAvailable}}' || exit 9
networks=$(docker network ls --quiet) || exit 9
docker network inspect --format {network} $networks
for network in {networks}; do
  for container in $(docker ps --all --quiet --filter "network=$network"); do
    printf 'on\t%s\t%s\n' "$network" "$(docker inspect --format {container} "$container")"
  done
done
set -- {images}
for image; do
  found=$(docker image inspect "$image" 2>/dev/null) &&
    printf 'image\t%s\t%s\n' "$image" "$(printf %s "$found" | tr -d '\n')"
done
[ "$(docker info --format '{{.Swarm.ControlAvailable}}')" = true ] || exit 0
services=$(docker service ls --quiet --filter label={label}={stack})
docker service ls --filter label={label}={stack} --format 'replicas	{{.Name}}	{{.Replicas}}'
if [ -n "$services" ]; then
  docker service inspect --format {service} $services
  docker service ps --filter desired-state=shutdown --no-trunc \
    --format 'ended	{{.ID}}	{{.Name}}	{{.CurrentState}}' $services
fi
for kind in config secret; do
  docker "$kind" ls --filter label={label}={stack} --format "$kind	{{.Name}}"
done
docker network ls --filter label={label}={stack} --format 'own	{{.Name}}'
exit 0
"""
_NETWORK = r"""
docker() { command docker {host} "$@"; }
set -e
for container in {stopped}; do docker stop "$container" >/dev/null; done
if [ {there} = yes ]; then
  # A task that has ended holds it for some seconds.
  tries=20
  until said=$(docker network rm {name} 2>&1); do
    tries=$((tries - 1))
    if [ "$tries" = 0 ]; then printf '%s\n' "$said" >&2; exit 1; fi
    sleep 1
  done
fi
docker network create --driver overlay --attachable {options} {name} >/dev/null
"""
_DEPLOY = r"""
docker() { command docker {host} "$@"; }
# No image is looked for in a registry: each is given by its ID, or by what a person wrote.
docker stack deploy --compose-file {file} --resolve-image never --prune {stack}
"""
_LEFT = r"""
docker() { command docker {host} "$@"; }
for config in {configs}; do docker config rm "$config" >/dev/null 2>&1; done
for secret in {secrets}; do docker secret rm "$secret" >/dev/null 2>&1; done
exit 0
"""
_ABSENT = r"""
docker() { command docker {host} "$@"; }
end=$(($(date +%s) + {seconds}))
# Its tasks are given time to end, on each machine: until then they hold its networks, which are the last to go.
until said=$(docker stack rm {stack} 2>&1); left=$(docker network ls --quiet --filter label={label}={stack}) &&
  [ -z "$left$(docker ps --quiet --filter label={label}={stack})" ]
do
  if [ "$(date +%s)" -ge "$end" ]; then printf '%s\n' "$said" >&2; exit 1; fi
  sleep 1
done
"""
_WORDS = r"""
docker() { command docker {host} "$@"; }
docker service ps --no-trunc --format '{{.Node}}: {{.Error}}' {service} | grep -v ': $' | head -1
docker service logs --raw --tail 6 {service} 2>&1
exit 0
"""
NO_ANSWER = 9


@dataclass(frozen=True)
class Network:
    """A network as the engine has it, and the names of the containers on it with what the collection calls them."""

    driver: str
    attachable: bool
    internal: bool
    containers: dict[str, str] = field(default_factory=dict)

    def serves(self, internal: bool) -> bool:
        """Whether services of a swarm and containers of a host can both be on it, with a route out or without."""
        return self.driver == "overlay" and self.attachable and self.internal == internal


@dataclass
class Service:
    """A service of the stack: the digest of what it was made of, its tasks that run and should, how its last exchange
    ended ("completed", "updating", "rollback_completed", "paused", or nothing), and the ports of machines that it has.
    """

    digest: str = ""
    running: int = 0
    wanted: int = 0
    update: str = ""
    ports: list[int] = field(default_factory=list)

    @property
    def well(self) -> bool:
        """Whether all of it runs, and nothing of it is being exchanged."""
        return self.wanted > 0 and self.running == self.wanted and self.update in ("", "completed")


@dataclass
class Host:
    """What is there."""

    state: str = ""
    is_manager: bool = False
    networks: dict[str, Network] = field(default_factory=dict)
    images: dict[str, Image] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    configs: set[str] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    own_networks: set[str] = field(default_factory=set)
    """Of the stack alone."""
    failed: dict[str, str] = field(default_factory=dict)
    """Tasks that have failed or were refused, by their IDs, and of which service."""

    @property
    def has_stack(self) -> bool:
        """Whether anything of the stack is there."""
        return bool(self.services or self.configs or self.secrets or self.own_networks)


def _filled(script: str, quote: Callable[[str], str], docker_host: str | None, **given: Iterable[str] | str) -> str:
    """The script with its names in braces replaced, at once, so that nothing in a value is taken for one."""
    words = {name: [value] if isinstance(value, str) else value for name, value in given.items()}
    filled = {name: " ".join(quote(word) for word in value) for name, value in words.items()}
    filled |= {"host": f"--host={quote(docker_host)}" if docker_host else "", "label": STACK}
    formats = {"network": _NETWORK_FORMAT, "container": _CONTAINER_FORMAT, "service": _SERVICE_FORMAT}
    filled = {name: quote(text) for name, text in formats.items()} | filled
    return re.sub(r"\{(" + "|".join(filled) + r")\}", lambda found: filled[found[1]], script)


def look(
    quote: Callable[[str], str], docker_host: str | None, stack: str, images: Iterable[str], networks: Iterable[str]
) -> str:
    """The script that looks. networks: those whose containers are to be known."""
    return _filled(_LOOK, quote, docker_host, stack=stack, images=images, networks=networks)


def network(
    quote: Callable[[str], str],
    docker_host: str | None,
    name: str,
    options: Iterable[str],
    *,
    stopped: Iterable[str],
    there: bool,
) -> str:
    """The script that makes an overlay network, in the place of another one if that is there."""
    said = "yes" if there else "no"
    return _filled(_NETWORK, quote, docker_host, name=name, options=options, stopped=stopped, there=said)


def deploy(quote: Callable[[str], str], docker_host: str | None, stack: str, file: str) -> str:
    """The script that has the swarm take the stack file."""
    return _filled(_DEPLOY, quote, docker_host, stack=stack, file=file)


def tidy(quote: Callable[[str], str], docker_host: str | None, configs: Iterable[str], secrets: Iterable[str]) -> str:
    """The script that removes configs and secrets of the stack that it has no more; one that is in use stays."""
    return _filled(_LEFT, quote, docker_host, configs=configs, secrets=secrets)


def absent(quote: Callable[[str], str], docker_host: str | None, stack: str, seconds: int) -> str:
    """The script that removes the stack, and waits until its networks have gone: until no task is on them."""
    return _filled(_ABSENT, quote, docker_host, stack=stack, seconds=str(seconds))


def words(quote: Callable[[str], str], docker_host: str | None, service: str) -> str:
    """The script that prints why a service does not run: what the swarm says of a task, and the last of its log."""
    return _filled(_WORDS, quote, docker_host, service=service)


def seen(printed: str) -> Host:
    """What the script has printed."""
    host = Host()
    for line in printed.splitlines():
        about, _tab, rest = line.partition("\t")
        if read := _READ.get(about):
            read(host, rest.split("\t"))
    return host


def _swarm(host: Host, parts: list[str]) -> None:
    host.state, host.is_manager = parts[0], parts[1] == "true"


def _network(host: Host, parts: list[str]) -> None:
    name, driver, attachable, internal = (json.loads(part) for part in parts)
    host.networks[name] = Network(driver, attachable, internal)


def _on(host: Host, parts: list[str]) -> None:
    name, container, ours = parts
    if name in host.networks:
        host.networks[name].containers[container] = ours


def _image(host: Host, parts: list[str]) -> None:
    (image,) = json.loads(parts[1])
    config: dict[str, Any] = image.get("Config") or {}
    host.images[parts[0]] = Image(image["Id"], tuple(config.get("Entrypoint") or ()), tuple(config.get("Cmd") or ()))


def _replicas(host: Host, parts: list[str]) -> None:
    running, wanted = re.findall(r"\d+", parts[1])[:2]
    service = host.services.setdefault(parts[0], Service())
    service.running, service.wanted = int(running), int(wanted)


def _service(host: Host, parts: list[str]) -> None:
    service = host.services.setdefault(parts[0], Service())
    service.digest, service.update = json.loads(parts[1]).get(DIGEST, ""), parts[2]
    service.ports = [each["PublishedPort"] for each in json.loads(parts[3]) or []]


def _ended(host: Host, parts: list[str]) -> None:
    identity, name, state = parts
    if state.startswith(("Failed", "Rejected")):
        host.failed[identity] = name.rpartition(".")[0]


_READ: dict[str, Callable[[Host, list[str]], None]] = {
    "swarm": _swarm,
    "network": _network,
    "on": _on,
    "image": _image,
    "replicas": _replicas,
    "service": _service,
    "ended": _ended,
    "config": lambda host, parts: host.configs.add(parts[0]),
    "secret": lambda host, parts: host.secrets.add(parts[0]),
    "own": lambda host, parts: host.own_networks.add(parts[0]),
}
