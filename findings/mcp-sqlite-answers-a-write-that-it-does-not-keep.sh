#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI mcp-server-sqlite 2025.4.25 (mcp 1.30.0), the tools write_query and read_query.
# Behaviour: it commits a statement whose text begins with INSERT, UPDATE, DELETE, CREATE, DROP or ALTER. Another one that
#   Python's sqlite3 has opened a transaction for (REPLACE; any of these behind a comment) is run, answered with an empty
#   list and rolled back. INSERT ... RETURNING is committed before its row is read, which SQLite refuses. No failure is
#   marked as an error: not this one, and not a read that is refused because it begins with WITH.
# A good guess: a write that is answered without an error was kept, and one that failed has isError.
# Seen: as below; of five ways to write a row three keep none.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages mcp-server-sqlite==2025.4.25 mcp==1.30.0

cat >expected <<'EOF'
INSERT: [{'affected_rows': 1}], error: False, rows kept: 1
REPLACE: [], error: False, rows kept: 0
a comment, INSERT: [], error: False, rows kept: 0
WITH ... INSERT: [], error: False, rows kept: 1
INSERT ... RETURNING: Database error: cannot commit transaction - SQL statements in progress, error: False, rows kept: 0
read with WITH: Error: Only SELECT queries are allowed for read_query, error: False
EOF

cat >probe.py <<'EOF'
import asyncio
import sqlite3

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

WRITES = {
    "INSERT": "INSERT INTO notes VALUES ({}, 'tea')",
    "REPLACE": "REPLACE INTO notes VALUES ({}, 'tea')",
    "a comment, INSERT": "-- what ann drinks\nINSERT INTO notes VALUES ({}, 'tea')",
    "WITH ... INSERT": "WITH new(id) AS (SELECT {}) INSERT INTO notes SELECT id, 'tea' FROM new",
    "INSERT ... RETURNING": "INSERT INTO notes VALUES ({}, 'tea') RETURNING id",
}


async def main():
    server = StdioServerParameters(command="venv/bin/mcp-server-sqlite", args=["--db-path", "notes.db"])
    with open("log", "a") as log:
        async with stdio_client(server, errlog=log) as streams, ClientSession(*streams) as session:
            await session.initialize()

            async def ask(tool, query):
                answer = await session.call_tool(tool, {"query": query})
                return f"{answer.content[0].text}, error: {answer.isError}"

            await ask("create_table", "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
            for number, (name, statement) in enumerate(WRITES.items()):
                said = await ask("write_query", statement.format(number))
                # By another program, as whoever opens the file next sees it.
                with sqlite3.connect("notes.db") as database:
                    query = "SELECT count(*) FROM notes WHERE id = ?"
                    (kept,) = database.execute(query, (number,)).fetchone()
                print(f"{name}: {said}, rows kept: {kept}")
            print("read with WITH:", await ask("read_query", "WITH one AS (SELECT 1 AS n) SELECT n FROM one"))


asyncio.run(main())
EOF

venv/bin/python probe.py >seen
compare
