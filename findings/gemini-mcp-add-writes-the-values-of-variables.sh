#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# npm @google/gemini-cli 0.61.0 and @qwen-code/qwen-code 0.24.4, `mcp add` in a file that has another server already.
# Behaviour: adding one server writes the values of today's variables into the entries of all others: what referred to a
#   variable is text from then on, unless the variable is not set. The comments stay, so it does not look as if the entries
#   were written anew, and the new one keeps its own reference until the next is added. `${NAME:-default}` becomes the
#   default in Gemini CLI, and is not known to Qwen Code, which was made from it.
# A good guess: the file gets one more entry.
# Seen: as below, `there` being what the variable said at that time.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
node_packages @google/gemini-cli@0.61.0 @qwen-code/qwen-code@0.24.4

cat >expected <<'EOF2'
gemini, args of one: ["there/notes","$UNSET","default"]
gemini, header of two: ${PLACE}
gemini, header of two after three was added: there
gemini, comment: kept
qwen, args of one: ["there/notes","$UNSET","${UNSET:-default}"]
qwen, header of two: ${PLACE}
qwen, header of two after three was added: there
qwen, comment: kept
EOF2

cat >before <<'EOF2'
{
  // notes of the team
  "mcpServers": {"one": {"command": "notes", "args": ["$PLACE/notes", "$UNSET", "${UNSET:-default}"]}}
}
EOF2
cat >shown.mjs <<'EOF2'
import { readFileSync } from "node:fs";

const [, , name, what] = process.argv;
const text = readFileSync(`home/.${name}/settings.json`, "utf8");
const { one, two } = JSON.parse(text.replace(/^ *\/\/.*$/gm, "")).mcpServers;
if (what === "first") {
  console.log(`${name}, args of one: ${JSON.stringify(one.args)}`);
  console.log(`${name}, header of two: ${two.headers["X-Place"]}`);
} else {
  console.log(`${name}, header of two after three was added: ${two.headers["X-Place"]}`);
  console.log(`${name}, comment: ${text.includes("// notes of the team") ? "kept" : "lost"}`);
}
EOF2

mkdir folder home home/.gemini home/.qwen
export HOME="$work/home" PLACE=there
for name in gemini qwen; do
    cp before "home/.$name/settings.json"
    add() {
        (cd folder && "../node_modules/.bin/$name" mcp add --scope user "$@" </dev/null >>../log 2>&1)
    }
    # shellcheck disable=SC2016 # the reference is the program's
    add two http://127.0.0.1:1/mcp --transport http --header 'X-Place: ${PLACE}'
    node shown.mjs "$name" first
    add three notes
    node shown.mjs "$name" last
done >seen
compare
