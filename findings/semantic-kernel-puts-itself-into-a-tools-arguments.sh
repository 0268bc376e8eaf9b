#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI semantic-kernel 1.45.0, tools of a server of mcp 1.30.0.
# Behaviour: five names of arguments are the kernel's own. Whatever the model says for `service`, `execution_settings` or
#   `arguments`, the server gets the settings of the kernel's model, those of the request, or all arguments of the call;
#   `kernel` cannot be sent and `tool_name` is given twice, so that these calls fail. A tool whose name is an attribute of
#   the plugin is left out, and one with a dot in its name takes all others along. Of a tool without a description the model
#   is told what functools.partial is.
# A good guess: what the server's schema names, and the model says by it, arrives at the server.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages semantic-kernel==1.45.0 mcp==1.30.0

cat >expected <<'EOF'
offered of call close find name restart scale start stop: call find restart scale start stop
restart(service="nginx"): arrives as service={'ai_model_id': 'model', 'service_id': 'model', 'instruction_role': 'system'}
start(kernel="6.12"): fails
scale(execution_settings="small"): arrives as execution_settings={'extension_data': {}}
find(tool_name="hammer"): fails
call(method="put", arguments={"key": 1}): arrives as method='put' arguments={'method': 'put', 'arguments': {'key': 1}}
stop(unit="nginx"): arrives as unit='nginx'
stop is described as: partial(func, *args, **keywords) - new function with partial application
offered of stop user.get: raises
EOF

cat >server.py <<'EOF'
import sys

from mcp.server.fastmcp import FastMCP

server = FastMCP("names", log_level="CRITICAL")
TOOLS = {
    "call": lambda method, arguments: f"{method=} {arguments=}",
    "find": lambda tool_name: f"{tool_name=}",
    "restart": lambda service: f"{service=}",
    "scale": lambda execution_settings: f"{execution_settings=}",
    "start": lambda kernel: f"{kernel=}",
    "stop": lambda unit: f"{unit=}",
}
for name in sys.argv[1:]:
    server.add_tool(TOOLS.get(name, lambda: "done"), name=name)
server.run()
EOF

cat >probe.py <<'EOF'
import asyncio
import json
import logging
import sys

from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.chat_completion_client_base import ChatCompletionClientBase
from semantic_kernel.connectors.mcp import MCPStdioPlugin
from semantic_kernel.functions import KernelArguments

logging.disable()
CALLS = [("restart", {"service": "nginx"}), ("start", {"kernel": "6.12"}), ("scale", {"execution_settings": "small"}),
         ("find", {"tool_name": "hammer"}), ("call", {"method": "put", "arguments": {"key": 1}}), ("stop", {"unit": "nginx"})]


async def show(names, calls):
    server = MCPStdioPlugin("names", sys.executable, args=["server.py", *names], load_prompts=False)
    async with server:
        kernel = Kernel(services=[ChatCompletionClientBase(ai_model_id="model")])
        try:
            plugin = kernel.add_plugin(server)
        except Exception:
            print(f"offered of {' '.join(names)}: raises")
            return
        print(f"offered of {' '.join(names)}:", *sorted(plugin.functions))
        for name, arguments in calls:
            said = ", ".join(f"{key}={json.dumps(value)}" for key, value in arguments.items())
            try:
                answer = await kernel.invoke(plugin[name], KernelArguments(**arguments))
                print(f"{name}({said}): arrives as {answer.value[0].text}")
            except Exception:
                print(f"{name}({said}): fails")
        print("stop is described as:", plugin["stop"].description.splitlines()[0])


async def main():
    await show(["call", "close", "find", "name", "restart", "scale", "start", "stop"], CALLS)
    await show(["stop", "user.get"], [])


asyncio.run(main())
EOF

venv/bin/python probe.py >seen 2>>log
compare
