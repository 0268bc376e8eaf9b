# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a Compose project and its host goes when all of it is removed, in which order, and what stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.host import Container, Host
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.project import Written

# LiteLLM writes every 3 seconds what it has yet to write of the requests that it answered (proxy_batch_write_at).
SETTLES_IN = 5


@dataclass
class Removal:
    """The containers that let requests in and go first, the others in their order, and all else by its kind."""

    doors: list[str]
    others: list[str]
    networks: list[str]
    volumes: list[str]
    paths: list[str]
    kept_networks: list[str]
    kept_volumes: list[str]
    kept_paths: list[str] = field(default_factory=list)

    @property
    def removed(self) -> dict[str, list[str]]:
        """What goes, by kind; a kind of which nothing goes is left out, and so is what goes with its folder."""
        whole = [path for path in self.paths if path not in self.kept_paths]
        kinds = {
            "containers": self.doors + self.others,
            "networks": self.networks,
            "paths": [path for path in whole if not any(path.startswith(f"{folder}/") for folder in whole)],
            "volumes": self.volumes,
        }
        return {kind: sorted(names) for kind, names in kinds.items() if names}

    @property
    def kept(self) -> dict[str, list[str]]:
        """What stays, by kind; likewise."""
        kinds = {"networks": self.kept_networks, "paths": self.kept_paths, "volumes": self.kept_volumes}
        return {kind: sorted(names) for kind, names in kinds.items() if names}

    def found_held(self, networks: list[str]) -> None:
        """On these of the networks are services of a swarm."""
        self.networks = [name for name in self.networks if name not in networks]
        self.kept_networks += networks

    def found_filled(self, folders: Iterable[str]) -> None:
        """Of the paths these are folders in which others have something."""
        self.kept_paths = [path for path in self.paths if path in set(folders)]


def planned(file: str, written: Written, host: Host, ours: Mapping[str, Container], *, keeps_data: bool) -> Removal:
    """What goes of a project whose Compose file says this, with these containers; ``file`` goes with the last of it.

    A network on which others have put a container stays.
    """
    holding_data = {
        name
        for name, each in written.services.items()
        if any(mount.get("type") == "volume" for mount in each.get("volumes", []))
    }
    doors = sorted(name for name in ours if ours[name].ports)
    others = sorted(ours.keys() - set(doors), key=lambda name: (name in holding_data, name))
    networks = [name for name in written.networks if name in host.networks]
    shared = [name for name in networks if set(host.networks[name].containers) - ours.keys()]
    paths = [path for path in dict.fromkeys(written.all_paths()) if path in host.paths]
    volumes = sorted(host.volumes)
    made = Removal(
        doors,
        others,
        [name for name in networks if name not in shared],
        [] if keeps_data else volumes,
        paths,
        shared,
        volumes if keeps_data else [],
    )
    if host.file is not None and not made.kept:
        made.paths.append(file)
    return made
