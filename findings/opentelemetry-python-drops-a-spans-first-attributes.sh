#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# PyPI opentelemetry-sdk 1.45.2 and npm @opentelemetry/sdk-trace-base 2.12.1: a span with more attributes than its limit of 128.
# Behaviour: JavaScript keeps the first 128, Python the last 128: what a span was started with goes first. Of a call to a
#   model whose messages are attributes, two to each, Python loses the model's name and the user, then the system prompt,
#   and JavaScript the question that was asked.
# A good guess: an attribute above the limit is not taken, as the specification has it, and what was set first is safe.
# Seen: as below; from 64 messages on no span of Python can be found by its model.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
python_packages opentelemetry-sdk==1.45.2
node_packages @opentelemetry/api@1.9.1 @opentelemetry/sdk-trace-base@2.12.1

cat >expected <<'EOF'
python
  63 messages: model kept, user kept, system prompt kept, question kept; dropped 0
  64 messages: model gone, user gone, system prompt kept, question kept; dropped 2
  65 messages: model gone, user gone, system prompt gone, question kept; dropped 4
javascript
  63 messages: model kept, user kept, system prompt kept, question kept; dropped 0
  64 messages: model kept, user kept, system prompt kept, question gone; dropped 2
  65 messages: model kept, user kept, system prompt kept, question gone; dropped 4
EOF

cat >span.py <<'EOF'
from opentelemetry.sdk.trace import TracerProvider

print("python")
for messages in (63, 64, 65):
    span = TracerProvider().get_tracer("gateway").start_span("chat", attributes={"model": "gpt", "user": "ann"})
    for number in range(messages):
        span.set_attribute(f"prompt.{number}.role", "user" if number else "system")
        span.set_attribute(f"prompt.{number}.content", "text")
    span.end()
    keys = {"model": "model", "user": "user", "system prompt": "prompt.0.content", "question": f"prompt.{messages - 1}.content"}
    kept = [f"{what} {'kept' if key in span.attributes else 'gone'}" for what, key in keys.items()]
    print(f"  {messages} messages: {', '.join(kept)}; dropped {span.dropped_attributes}")
EOF
cat >span.mjs <<'EOF'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';

console.log('javascript');
for (const messages of [63, 64, 65]) {
  const span = new BasicTracerProvider().getTracer('gateway').startSpan('chat', { attributes: { model: 'gpt', user: 'ann' } });
  for (let number = 0; number < messages; number += 1) {
    span.setAttribute(`prompt.${number}.role`, number ? 'user' : 'system');
    span.setAttribute(`prompt.${number}.content`, 'text');
  }
  span.end();
  const keys = { model: 'model', user: 'user', 'system prompt': 'prompt.0.content', question: `prompt.${messages - 1}.content` };
  const kept = Object.entries(keys).map(([what, key]) => `${what} ${key in span.attributes ? 'kept' : 'gone'}`);
  console.log(`  ${messages} messages: ${kept.join(', ')}; dropped ${span.droppedAttributesCount}`);
}
EOF

{
    venv/bin/python span.py
    node span.mjs
} >seen 2>>log
compare
