# Python runs this before everything else in an MCP server's container: there it is sitecustomize.py, in PYTHONPATH.
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts a lock on what uvicorn serves: who asks has to show the token of which MCP_LAN_GATEWAY_SHA256 is the digest.

The server shares a network with the gateway alone; this keeps out who is on the host. Over loopback, from inside the
container, nothing is asked for: that is how its health is looked at. Each other request is a line of the log, with the
identity that the gateway's own log names it by.
"""

import hashlib
import hmac
import importlib.util
import json
import os
import sys
import time
from datetime import UTC, datetime
from importlib.abc import MetaPathFinder

HEADER = b"x-mcp-lan-gateway"
REQUEST_ID = b"x-request-id"
SERVICE = os.environ.get("MCP_LAN_SERVICE")
DIGEST = "MCP_LAN_GATEWAY_SHA256"
REFUSAL = b"Only its gateway may ask this MCP server: ask the gateway, or set mcp_service_gateway_only to false."
SERVED = "uvicorn.config"


class GatewayOnly:
    """ASGI: an application behind the lock."""

    def __init__(self, app, digest):
        self.app = app
        self.digest = digest

    def is_own(self, scope):
        peer = (scope.get("client") or ("",))[0]
        return scope["type"] == "lifespan" or peer == "::1" or peer.startswith("127.")

    async def told(self, scope, receive, send):
        """The application's answer, and its line."""
        since, status = time.monotonic(), None

        async def see(message):
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, see)
        finally:
            # Who has shown the token has set this header: the gateway, which has it from its front door.
            identity = dict(scope["headers"]).get(REQUEST_ID, b"").decode("latin-1")
            line = {
                "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
                "level": "INFO" if status and status < 400 else "ERROR",
                "service": SERVICE,
                "request_id": identity or None,
                "message": f"{scope.get('method', scope['type'])} {scope['path']}",
                "status": status,
                "seconds": round(time.monotonic() - since, 3),
            }
            said = {name: value for name, value in line.items() if value is not None}
            print(json.dumps(said, separators=(",", ":")), file=sys.stderr, flush=True)

    def allows(self, scope):
        if self.is_own(scope):
            return True
        shown = [value for name, value in scope["headers"] if name == HEADER]
        return len(shown) == 1 and hmac.compare_digest(hashlib.sha256(shown[0]).hexdigest(), self.digest)

    async def __call__(self, scope, receive, send):
        if self.allows(scope):
            await (self.app if self.is_own(scope) else self.told)(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(REFUSAL)).encode())]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": REFUSAL})


def lock(module, digest):
    """All that uvicorn serves from now on."""
    load = module.Config.load

    def locked(config):
        load(config)
        config.loaded_app = GatewayOnly(config.loaded_app, digest)

    module.Config.load = locked


class _AfterImport(MetaPathFinder):
    """Locks uvicorn when it is imported, if it ever is."""

    def __init__(self, digest):
        self.digest = digest

    def find_spec(self, name, path=None, target=None):
        if name != SERVED:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            lock(module, self.digest)

        spec.loader.exec_module = exec_module
        return spec


if os.environ.get(DIGEST):
    sys.meta_path.insert(0, _AfterImport(os.environ[DIGEST]))
