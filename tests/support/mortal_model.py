# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of a model (slow_model.py) that counts what reaches it, and dies as servers do."""

from __future__ import annotations

import docker
import guarded_gateway
import requests
import services

MODEL = guarded_gateway.ROOT / "tests/support/slow_model.py"
# So that the container, and its address, outlive the process.
RUN = "python3 /srv/slow_model.py {seconds} & echo $! > /tmp/pid; wait; sleep infinity"
DEATHS = ("refused", "silent", "gone")


class Server:
    """In a container of this name; each answer takes so many seconds."""

    def __init__(self, network: str, image: str, name: str, seconds: float) -> None:
        self.container = guarded_gateway.run(
            docker.from_env(),
            name,
            image,
            ["-c", RUN.format(seconds=seconds)],
            network,
            entrypoint="sh",
            healthcheck={"test": ["NONE"]},
            volumes={str(MODEL): {"bind": "/srv/slow_model.py", "mode": "ro"}},
        )
        self.url = f"http://{services.address(self.container, network)}:8000"

    def parameters(self, **more) -> dict:
        """What a deployment says in order to be this server."""
        # LiteLLM 1.77.3 needs the provider for its checks before a call, as docs/models.md says.
        provider = "hosted_vllm"
        own = {"model": f"{provider}/slow", "custom_llm_provider": provider, "api_base": f"{self.url}/v1"}
        return {**own, "api_key": "none", **more}

    def seen(self) -> int:
        """How many requests have reached it."""
        return requests.get(f"{self.url}/seen", timeout=30).json()["requests"]

    def die(self, how: str) -> None:
        """C(refused): its process ends, and its machine says so; C(silent): it takes connections and does not answer;
        C(gone): nothing has its address any more.
        """
        if how == "refused":
            self.container.exec_run(["sh", "-c", "kill -9 $(cat /tmp/pid)"])
        elif how == "silent":
            self.container.pause()
        else:
            self.container.kill()

    def remove(self) -> None:
        self.container.remove(force=True)
