# Loads config.yaml as LiteLLM does when it starts, without its database: what stops it there is the last line.
# SPDX-License-Identifier: GPL-3.0-or-later
import asyncio
import os

os.environ.pop("DATABASE_URL", None)

from litellm.proxy import proxy_server as server

# The guard is only loaded with the request filter around the application, which is put there with the first request.
server.app.middleware_stack = server.app.build_middleware_stack()
asyncio.run(server.proxy_config.load_config(router=None, config_file_path="/etc/litellm/config.yaml"))
