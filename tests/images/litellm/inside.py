# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside the image: code from the tests, with the real prisma-client-py connected to the database.

One line of JSON in, {"code": ..., "values": ...}, one line out: {"value": ...} or {"error", "code", "message"}.
The code is the body of an async function with `db`, `keys` (a table), `values`, `Json`, `errors`, `datetime`,
`timedelta`, `utc` and `asyncio`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sys
import textwrap

from prisma import Json, Prisma, errors


async def perform(db: Prisma, request: dict) -> dict:
    names = {
        "db": db,
        "keys": db.litellm_verificationtoken,
        "values": request["values"],
        "Json": Json,
        "errors": errors,
        "datetime": dt.datetime,
        "timedelta": dt.timedelta,
        "utc": dt.UTC,
        "asyncio": asyncio,
    }
    exec("async def body():\n" + textwrap.indent(textwrap.dedent(request["code"]), "    "), names)
    try:
        return {"value": await names["body"]()}
    except Exception as error:
        known = (getattr(error, "data", None) or {}).get("user_facing_error", {}) if hasattr(error, "data") else {}
        return {"error": type(error).__name__, "code": known.get("error_code"), "message": str(error)}


async def main() -> None:
    db = Prisma()
    await db.connect()
    for line in iter(sys.stdin.readline, ""):
        answer = await perform(db, json.loads(line))
        print(json.dumps(answer, default=str), flush=True)
    await db.disconnect()


asyncio.run(main())
