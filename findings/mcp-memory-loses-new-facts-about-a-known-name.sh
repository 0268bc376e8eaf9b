#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# npm @modelcontextprotocol/server-memory 2026.8.31, the knowledge graph.
# Behaviour: `create_entities` for a name that exists drops the observations that come with it, and says so only by
#   leaving the entity out of its answer. `search_nodes` looks for the query as one piece within one field, so two words
#   that both belong to an entity find nothing. A relation between names that do not exist is stored; one unknown name in
#   `add_observations` drops the whole call's facts.
# A good guess: creating again adds the new facts or fails, and a search takes words.
# Seen: as below.
# shellcheck source=findings/lib.bash
. "$(dirname "$0")/lib.bash"
node_packages @modelcontextprotocol/server-memory@2026.8.31 @modelcontextprotocol/sdk@1.32.2

cat >expected <<'EOF'
created again with a new fact: no error, facts kept: likes tea
search for "likes tea": ann
search for "tea likes": nothing
search for "ann person": nothing
relation between two unknown names: stored
facts for a known and an unknown name: error, facts kept: likes tea
EOF

cat >probe.mjs <<'EOF'
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const client = new Client({ name: "probe", version: "1" });
await client.connect(new StdioClientTransport({ command: "node_modules/.bin/mcp-server-memory",
  env: { ...process.env, MEMORY_FILE_PATH: `${process.cwd()}/graph.jsonl` }, stderr: "ignore" }));
const ask = (name, options = {}) => client.callTool({ name, arguments: options });
const read = async (name, options) => JSON.parse((await ask(name, options)).content[0].text);
const entity = (...observations) => ({ entities: [{ name: "ann", entityType: "person", observations }] });
const facts = async () => (await read("open_nodes", { names: ["ann"] })).entities[0].observations.join(", ");

await ask("create_entities", entity("likes tea"));
const again = await ask("create_entities", entity("moved to Oslo"));
console.log(`created again with a new fact: ${again.isError ? "" : "no "}error, facts kept: ${await facts()}`);
for (const query of ["likes tea", "tea likes", "ann person"]) {
  const found = (await read("search_nodes", { query })).entities.map((each) => each.name);
  console.log(`search for "${query}": ${found.join(" ") || "nothing"}`);
}
await ask("create_relations", { relations: [{ from: "bob", to: "eve", relationType: "knows" }] });
const relations = (await read("read_graph")).relations.length;
console.log(`relation between two unknown names: ${relations ? "stored" : "refused"}`);
const both = ["ann", "bob"].map((entityName) => ({ entityName, contents: ["plays chess"] }));
const added = await ask("add_observations", { observations: both });
console.log(`facts for a known and an unknown name: ${added.isError ? "" : "no "}error, facts kept: ${await facts()}`);
await client.close();
EOF

node probe.mjs >seen
compare
