#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# jiter 0.19.0 (the JSON reader of OpenAI's and Anthropic's SDKs), pydantic-core 2.41.5, httpx 0.28.1.
# Behaviour: `from_json(..., allow_inf_nan=False)` refuses the words Infinity and NaN alone. A number that is too large for a
#   double, as 1e400, is valid JSON, and comes out as Python's infinity, with and without the option; pydantic-core's reader,
#   which is made of the same parser, does so too. Only float_mode="decimal" keeps what was written. What was read so cannot
#   be sent on: httpx writes JSON without infinities and raises ValueError.
# A good guess: with allow_inf_nan=False no infinity comes out, so that what was read from JSON can be written as JSON again.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"

cat >expected <<'EOF'
jiter, the word Infinity: ValueError
jiter, the number 1e400: [inf]
jiter, the number 1e400, float_mode="decimal": [Decimal('1E+400')]
pydantic_core, the word Infinity: ValueError
pydantic_core, the number 1e400: [inf]
httpx, sent on: ValueError
EOF

python_packages jiter==0.19.0 pydantic-core==2.41.5 httpx==0.28.1

venv/bin/python - >seen 2>log <<'EOF'
import httpx
import jiter
import pydantic_core


def said(what, read):
    try:
        answer = read()
    except ValueError as error:
        answer = type(error).__name__
    print(f"{what}: {answer}")


def number():
    return jiter.from_json(b"[1e400]", allow_inf_nan=False)


said("jiter, the word Infinity", lambda: jiter.from_json(b"[Infinity]", allow_inf_nan=False))
said("jiter, the number 1e400", number)
said(
    'jiter, the number 1e400, float_mode="decimal"',
    lambda: jiter.from_json(b"[1e400]", allow_inf_nan=False, float_mode="decimal"),
)
said("pydantic_core, the word Infinity", lambda: pydantic_core.from_json(b"[Infinity]", allow_inf_nan=False))
said("pydantic_core, the number 1e400", lambda: pydantic_core.from_json(b"[1e400]", allow_inf_nan=False))
said("httpx, sent on", lambda: httpx.Request("POST", "http://localhost/", json=number()).content)
EOF

compare
