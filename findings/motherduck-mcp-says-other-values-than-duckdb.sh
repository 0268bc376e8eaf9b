#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI mcp-server-motherduck 1.1.0 with duckdb 1.5.6, its tool `execute_query`, and JSON.parse of Node as what reads the answer.
# Behaviour: the answer is made of Python's values, not of DuckDB's words. A month is 30 days and a year 360, a time without
#   end is the last microsecond of 9999, nanoseconds are cut off, bytes are as Python prints them, a FLOAT has the digits of
#   a DOUBLE. One NaN, or one infinity, and the text is no JSON any more, so no row of it is read. Where one value
#   is longer than the limit there are no rows, and the count of rows is 0.
# A good guess: the model reads what DuckDB prints for the same query.
# Seen: as below, an expression, what DuckDB writes as text, and what the server answers.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages mcp-server-motherduck==1.1.0 duckdb==1.5.6 fastmcp==4.2.3 mcp==2.3.0

cat >expected <<'EOF2'
INTERVAL '1 month': 1 month | 30 days, 0:00:00
INTERVAL '1 year': 1 year | 360 days, 0:00:00
TIMESTAMP 'infinity': infinity | 9999-12-31 23:59:59.999999
TIMESTAMP_NS '2026-10-01 12:00:00.000000001': 2026-10-01 12:00:00.000000001 | 2026-10-01 12:00:00
'tea'::BLOB: tea | b'tea'
0.1::FLOAT: 0.1 | 0.10000000149011612
12345678901234567890::HUGEINT: 12345678901234567890 | 12345678901234567000
[1.10::DECIMAL(3, 2)]: [1.10] | ["1.10"]
'NaN'::DOUBLE: nan | not JSON
'Infinity'::DOUBLE: inf | not JSON
repeat('x', 50000): 50000 characters | no rows, rowCount 0
EOF2

cat >probe.py <<'EOF2'
import asyncio
import json

import duckdb
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

with open("expected") as expected:
    EXPRESSIONS = [line.rsplit(" | ", 1)[0].rpartition(": ")[0] for line in expected]


async def main():
    server = StdioServerParameters(command="venv/bin/mcp-server-motherduck", args=["--db-path", ":memory:", "--read-write"])
    async with Client(stdio_client(server)) as client:
        for expression in EXPRESSIONS:
            answer = await client.call_tool("execute_query", {"sql": f"SELECT {expression} AS value"})
            words = duckdb.sql(f"SELECT ({expression})::VARCHAR").fetchone()[0]
            said = words if len(words) < 1000 else f"{len(words)} characters"
            print(json.dumps([f"{expression}: {said}", answer.content[0].text]))


asyncio.run(main())
EOF2

cat >read.mjs <<'EOF2'
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
  const [said, text] = JSON.parse(line);
  let value;
  try {
    const { rows, rowCount } = JSON.parse(text);
    value = rows.length ? rows[0][0] : `no rows, rowCount ${rowCount}`;
  } catch {
    value = "not JSON";
  }
  console.log(`${said} | ${typeof value === "object" ? JSON.stringify(value) : value}`);
}
EOF2

venv/bin/python probe.py >answers 2>>log
node read.mjs <answers >seen
compare
