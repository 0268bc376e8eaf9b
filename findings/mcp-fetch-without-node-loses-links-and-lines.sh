#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI mcp-server-fetch 2026.10.24 with readabilipy 0.3.0, one page, with and without Node on the server's PATH.
# Behaviour: without Node, as in a slim image for Python, the model gets another page: no link has its address, code is one line
#   without indentation, what was struck out stands beside what replaced it, images and their words are gone, and the foot of
#   the page is there. With Node the page's own heading is gone. Only the server's log says so. Its packages for Node it installs
#   with npm inside Python's folder when the first page is fetched; here they were put there before.
# A good guess: a Python package gives the same page everywhere, or an error where something is missing.
# Seen: as below, without the empty lines; the code no longer says what depends on `ready`, and the price is two numbers.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages mcp-server-fetch==2026.10.24 readabilipy==0.3.0 markdownify==1.2.3 beautifulsoup4==4.15.0 mcp==2.3.0

cat >expected <<'EOF'
with Node
  Install the package as below and start it. It listens on the loopback address as long as its configuration says nothing
  else, and what it did is in its log. What has changed is in [the changes](https://docs.example/changes).
  ```
  if ready:
      start()
  stop()
  ```
  It costs ~~9~~ 12 a month. ![Plans and what they cost](https://docs.example/plan.png)
without Node
  Notes 2.0
  # Notes 2.0
  Install the package as below and start it. It listens on the loopback address as long as its configuration says nothing else, and what it did is in its log. What has changed is in the changes.
  ```
  if ready: start() stop()
  ```
  It costs 9 12 a month.
  Written by the team
EOF

mkdir page
cat >page/index.html <<'EOF'
<html><head><title>Notes 2.0</title></head><body>
<main><article><h1>Notes 2.0</h1>
<p>Install the package as below and start it. It listens on the loopback address as long as its configuration says nothing
else, and what it did is in its log. What has changed is in <a href="https://docs.example/changes">the changes</a>.</p>
<pre><code>if ready:
    start()
stop()
</code></pre>
<p>It costs <del>9</del> 12 a month. <img src="https://docs.example/plan.png" alt="Plans and what they cost"></p>
</article></main><footer>Written by the team</footer></body></html>
EOF

cat >client.py <<'EOF'
import asyncio
import os
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main(path, url):
    args = ["-m", "mcp_server_fetch", "--allow-private-ips", "--ignore-robots-txt"]
    server = StdioServerParameters(command=os.path.abspath("venv/bin/python"), args=args, env={"PATH": path})
    async with stdio_client(server) as streams, ClientSession(*streams) as session:
        await session.initialize()
        text = (await session.call_tool("fetch", {"url": url})).content[0].text
        print(*(f"  {line}" for line in text.splitlines()[1:] if line), sep="\n")


asyncio.run(main(*sys.argv[1:]))
EOF

(
    cd venv/lib/python3.*/site-packages/readabilipy/javascript
    node_packages --save-exact @mozilla/readability@0.6.0 jsdom@26.1.0 minimist@1.2.8
)
port="$(free_port)"
python3 -m http.server --bind 127.0.0.1 --directory page "$port" >>log 2>&1 &
server=$!
for attempt in 1 2 3 4 5 6 7 8 9 10; do
    python3 -c "import socket; socket.create_connection(('127.0.0.1', $port))" 2>>log && break
    sleep "0.$attempt"
done
mkdir nothing
{
    echo "with Node"
    venv/bin/python client.py "$PATH" "http://127.0.0.1:$port/"
    echo "without Node"
    venv/bin/python client.py "$work/nothing" "http://127.0.0.1:$port/"
} >seen 2>>log
compare
