#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# npm jsonc-parser 3.3.1, the editor behind VS Code's settings and much that writes to them: `modify` and `applyEdits`.
# Behaviour: with a key that stands twice, `parse` reads the last one and `modify` changes the first, so that an edit
#   succeeds and has no effect. Removing a member takes the comments up to the next member along, also the one that
#   describes the next; removing the last one leaves its own comment behind, on the member before it.
# A good guess: reading back gives what was written, and a comment stays with what it stands at.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
node_packages jsonc-parser@3.3.1

cat >expected <<'EOF'
set "a" to 9 in {"a": 1, "a": 2}: {"a": 9, "a": 2}, which reads {"a":2}
remove "a": {|  "b": 2|}
remove "b": {|  // about a|  "a": 1 // of b|}
EOF

cat >probe.mjs <<'EOF'
import { applyEdits, modify, parse } from "jsonc-parser";

const change = (text, path, value) =>
  applyEdits(text, modify(text, path, value, { formattingOptions: { insertSpaces: true, tabSize: 2 } }));
const twice = change('{"a": 1, "a": 2}', ["a"], 9);
console.log(`set "a" to 9 in {"a": 1, "a": 2}: ${twice}, which reads ${JSON.stringify(parse(twice))}`);
const above = '{\n  // about a\n  "a": 1,\n  // about b\n  "b": 2\n}';
console.log('remove "a":', change(above, ["a"], undefined).replaceAll("\n", "|"));
const beside = '{\n  // about a\n  "a": 1,\n  "b": 2 // of b\n}';
console.log('remove "b":', change(beside, ["b"], undefined).replaceAll("\n", "|"));
EOF

node probe.mjs >seen
compare
