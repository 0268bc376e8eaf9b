#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# npm @modelcontextprotocol/server-filesystem 2026.8.31, its tool `edit_file`.
# Behaviour: an edit of one line writes the whole file with LF line ends, and the diff that it answers with shows the one
#   line alone. Although `oldText` "must match exactly", leading blanks are ignored when there is no exact match, and the
#   new lines get the first line's indentation: a statement leaves its block. Where the text stands several times, the
#   first place is changed, without a word about the others.
# A good guess: what the diff does not show is as it was, and a text that does not match exactly is refused.
# Seen: as below; the Python function is no longer valid.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
node_packages @modelcontextprotocol/server-filesystem@2026.8.31 @modelcontextprotocol/sdk@1.32.2
mkdir files

cat >expected <<'EOF'
"[a]\r\nx=1\r\ny=2\r\n" becomes "[a]\nx=1\ny=3\n"; lines in the diff: -y=2 +y=3
"def f():\n    if x:\n        y()\n" becomes "def f():\n    if z:\n    y()\n"; lines in the diff: -    if x: -        y() +    if z: +    y()
"port=1\nport=1\n" becomes "port=2\nport=1\n"; lines in the diff: +port=2 -port=1
EOF

cat >probe.mjs <<'EOF'
import { readFileSync, realpathSync, writeFileSync } from "node:fs";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const folder = realpathSync("files");
const client = new Client({ name: "probe", version: "1" });
await client.connect(new StdioClientTransport({
  command: "node_modules/.bin/mcp-server-filesystem", args: [folder], stderr: "ignore" }));
async function edit(before, oldText, newText) {
  const path = `${folder}/file`;
  writeFileSync(path, before);
  const answer = await client.callTool({ name: "edit_file", arguments: { path, edits: [{ oldText, newText }] } });
  const changed = answer.content[0].text.split("\n").filter((line) => /^[-+](?![-+])/.test(line));
  const after = JSON.stringify(readFileSync(path, "utf8"));
  console.log(`${JSON.stringify(before)} becomes ${after}; lines in the diff: ${changed.join(" ")}`);
}
await edit("[a]\r\nx=1\r\ny=2\r\n", "y=2", "y=3");
await edit("def f():\n    if x:\n        y()\n", "if x:\n  y()", "if z:\n  y()");
await edit("port=1\nport=1\n", "port=1", "port=2");
await client.close();
EOF

node probe.mjs >seen
compare
