#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI opentelemetry-api 1.45.2 and npm @opentelemetry/core 2.12.1: each one's propagator of W3C baggage, on its own and in a row.
# Behaviour: Python writes a space as + as in a form, and JavaScript reads + as itself. A plus sign that stands in a header
#   Python reads as a space, and what follows a semicolon, a property of the entry, as part of the value; it passes both on
#   like that. Python to Python and JavaScript to JavaScript agree, so tests in one language show nothing.
# A good guess: baggage is percent-encoded, and both SDKs, of one project and for one standard, read alike.
# Seen: as below; a team named "blue team" is "blue+team" two services later.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages opentelemetry-api==1.45.2
node_packages @opentelemetry/api@1.9.1 @opentelemetry/core@2.12.1

cat >expected <<'EOF'
set to "blue team"
  python sends     team=blue+team
  javascript sends team=blue%20team
  python > python: "blue team"
  python > javascript: "blue+team"
  python > python > javascript: "blue+team"
  javascript > python: "blue team"
  javascript > javascript: "blue team"
  javascript > python > javascript: "blue+team"
arriving as team=a+b;source=curl
  javascript: "a+b", sends on team=a%2Bb;source=curl
  python: "a b;source=curl", sends on team=a+b%3Bsource%3Dcurl
EOF

# Each reads a header or is given a value, and prints the value and the header it sends.
cat >python.py <<'EOF'
import json, sys
from opentelemetry import baggage
from opentelemetry.baggage.propagation import W3CBaggagePropagator

how, text = sys.argv[1:]
carrier, propagator = {}, W3CBaggagePropagator()
context = baggage.set_baggage("team", text) if how == "set" else propagator.extract({"baggage": text})
propagator.inject(carrier, context)
print(json.dumps([baggage.get_baggage("team", context), carrier["baggage"]]))
EOF
cat >javascript.mjs <<'EOF'
import * as api from '@opentelemetry/api';
import { W3CBaggagePropagator } from '@opentelemetry/core';

const [how, text] = process.argv.slice(2);
const carrier = {}, propagator = new W3CBaggagePropagator();
const context = how === 'set'
  ? api.propagation.setBaggage(api.ROOT_CONTEXT, api.propagation.createBaggage({ team: { value: text } }))
  : propagator.extract(api.ROOT_CONTEXT, { baggage: text }, api.defaultTextMapGetter);
propagator.inject(context, carrier, api.defaultTextMapSetter);
console.log(JSON.stringify([api.propagation.getBaggage(context).getEntry('team').value, carrier.baggage]));
EOF

cat >row.py <<'EOF'
import json, subprocess

COMMANDS = {"python": ["venv/bin/python", "python.py"], "javascript": ["node", "javascript.mjs"]}


def service(name, how, text):
    return json.loads(subprocess.run([*COMMANDS[name], how, text], check=True, capture_output=True).stdout)


print('set to "blue team"')
for name in COMMANDS:
    print(f"  {name + ' sends':16}", service(name, "set", "blue team")[1])
for first in COMMANDS:
    for others in (["python"], ["javascript"], ["python", "javascript"]):
        header = service(first, "set", "blue team")[1]
        for name in others:
            value, header = service(name, "read", header)
        print(f"  {' > '.join([first, *others])}: {json.dumps(value)}")
print("arriving as team=a+b;source=curl")
for name in reversed(COMMANDS):
    value, header = service(name, "read", "team=a+b;source=curl")
    print(f"  {name}: {json.dumps(value)}, sends on {header}")
EOF

venv/bin/python row.py >seen 2>>log
compare
