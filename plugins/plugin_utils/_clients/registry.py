# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All the client programs by name."""

from __future__ import annotations

import importlib
import pkgutil

from . import programs
from .declaration import Client

_MODULES = [
    importlib.import_module(f"{programs.__name__}.{found.name}") for found in pkgutil.iter_modules(programs.__path__)
]
CLIENTS: dict[str, Client] = {module.CLIENT.name: module.CLIENT for module in _MODULES}
_NAMES = {alias: client for client in CLIENTS.values() for alias in (client.name, *client.aliases)}


def find(name: str) -> Client:
    """Return a client by name, or say which there are."""
    client = _NAMES.get(name.lower().replace("_", "-"))
    if client is None:
        raise ValueError(f"there is no client {name!r}; known are {', '.join(sorted(CLIENTS))}")
    return client
