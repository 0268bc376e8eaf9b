#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI mcp-proxy 0.13.0 and npm mcp-remote 0.15.1, each between a client and a server of PyPI mcp 1.30.0 over streamable HTTP.
# Behaviour: when the client cancels a call, mcp-proxy itself answers that it was cancelled and does not tell the server: the
#   tool runs to its end. It repeats the server's capability for logging and takes a level, and passes on no message; it
#   passes on progress, and no change of the list of tools. A tool that asks the user is told that its client cannot.
#   mcp-remote passes on all of it.
# A good guess: what a proxy offers it passes on, and a call that is answered as cancelled has been cancelled.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages mcp==1.30.0 mcp-proxy==0.13.0
node_packages mcp-remote@0.15.1

cat >expected <<'EOF2'
no proxy: logging offered; progress 1, messages 1, changes 1; asked: accept; cancelled: answered, tool stopped
mcp-remote: logging offered; progress 1, messages 1, changes 1; asked: accept; cancelled: answered, tool stopped
mcp-proxy: logging offered; progress 1, messages 0, changes 0; asked: error; cancelled: answered, tool ran to its end
EOF2

cat >server.py <<'EOF2'
import asyncio, sys
from pathlib import Path
from mcp.server.fastmcp import Context, FastMCP
from pydantic import BaseModel

server = FastMCP("behind", host="127.0.0.1", port=int(sys.argv[1]), log_level="CRITICAL")


class Person(BaseModel):
    name: str


@server._mcp_server.set_logging_level()
async def set_level(level):
    pass


@server.tool()
async def tell(ctx: Context) -> str:
    await ctx.report_progress(1, 2)
    await ctx.info("half of it")
    await ctx.session.send_tool_list_changed()
    return "told"


@server.tool()
async def ask(ctx: Context) -> str:
    return (await ctx.elicit("Who?", Person)).action


@server.tool()
async def work(ctx: Context) -> str:
    Path("work").write_text("stopped")
    await asyncio.sleep(4)
    Path("work").write_text("ran to its end")
    return "done"


server.run("streamable-http")
EOF2
cat >client.py <<'EOF2'
import asyncio, sys
from collections import Counter
from pathlib import Path
from mcp import ClientSession, McpError, StdioServerParameters, types
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client

name, url, *command = sys.argv[1:]
seen = Counter()


async def heard(message):
    seen[getattr(getattr(message, "root", None), "method", None)] += 1


async def elicited(context, params):
    return types.ElicitResult(action="accept", content={"name": "Ann"})


async def progressed(progress, total, message):
    seen["progress"] += 1


async def main():
    through = stdio_client(StdioServerParameters(command=command[0], args=command[1:]), errlog=open("log", "a")) \
        if command else streamablehttp_client(url)
    async with through as streams, ClientSession(*streams[:2], message_handler=heard, elicitation_callback=elicited) as session:
        offered = (await session.initialize()).capabilities.logging is not None
        await session.set_logging_level("info")
        await session.call_tool("tell", {}, progress_callback=progressed)
        asked = await session.call_tool("ask", {})
        await asyncio.sleep(1)
        number = session._request_id
        call = asyncio.create_task(session.call_tool("work", {}))
        await asyncio.sleep(1)
        params = types.CancelledNotificationParams(requestId=number)
        await session.send_notification(types.ClientNotification(types.CancelledNotification(params=params)))
        try:
            await asyncio.wait_for(call, 2)
        except McpError:
            cancelled = "answered"
        await asyncio.sleep(4)
    print(f"{name}: logging {'offered' if offered else 'not offered'}; progress {seen['progress']}, "
          f"messages {seen['notifications/message']}, changes {seen['notifications/tools/list_changed']}; "
          f"asked: {'error' if asked.isError else asked.content[0].text}; "
          f"cancelled: {cancelled}, tool {Path('work').read_text()}")


asyncio.run(main())
EOF2

export NO_PROXY=127.0.0.1 MCP_REMOTE_CONFIG_DIR="$work/remote"
port="$(free_port)"
url="http://127.0.0.1:$port/mcp"
venv/bin/python server.py "$port" >>log 2>&1 &
server=$!
for _ in $(seq 60); do
    python3 -c "import socket; socket.create_connection(('127.0.0.1', $port))" 2>>log && break
    sleep 0.5
done
{
    venv/bin/python client.py "no proxy" "$url"
    venv/bin/python client.py mcp-remote "$url" node node_modules/.bin/mcp-remote "$url"
    venv/bin/python client.py mcp-proxy "$url" venv/bin/python -m mcp_proxy --transport streamablehttp "$url"
} >seen 2>>log
compare
