# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of an engine that does not answer."""

from __future__ import annotations

import pytest
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._compose.action import OnHost
from ansible_collections.mcp_lan.litellm.plugins.plugin_utils._errors import UserError

SOCKET = "unix:///var/run/docker.sock"


class Silent(OnHost):
    """On a host whose client says this."""

    def __init__(self, said: str) -> None:
        self.where, self.said = "gateway", said

    def _shell(self, script: str) -> dict:
        return {"rc": 9, "stdout": "", "stderr": self.said}

    def act(self) -> dict:
        return {"networks": self._engine_says("docker network ls")}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        # As Docker 20.10 says it, and 28.
        (
            f"Got permission denied while trying to connect to the Docker daemon socket at {SOCKET}: Get "
            '"http://x": dial unix /var/run/docker.sock: connect: permission denied\n',
            r"permission denied\): let Ansible become root \(become: true\), or add the user to the group docker\.$",
        ),
        (
            f"permission denied while trying to connect to the Docker daemon socket at {SOCKET}\n",
            r": let Ansible become root \(become: true\), or add the user to the group docker\.$",
        ),
        (
            f"Cannot connect to the Docker daemon at {SOCKET}. Is the docker daemon running?\n",
            r"running\?\): start it\.$",
        ),
        ("", r"\(it says nothing\): start it\.$"),
    ],
)
def test_the_way_out_is_that_of_what_it_says(said, sentence):
    with pytest.raises(UserError, match=sentence) as told:
        Silent(said).act()
    assert told.value.code == "engine_silent"
