// SPDX-License-Identifier: GPL-3.0-or-later
// Anthropic's SDK for JavaScript, as its documentation uses it; it reads ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY.

import Anthropic, { toFile } from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import { jsonSchemaOutputFormat } from "@anthropic-ai/sdk/helpers/json-schema";

import { all, ARGUMENTS, ATTACHED, CONTENT, DOCUMENT, encoded, IMAGE, SCHEMA, tell, WANTED } from "./cases.mjs";

const client = new Anthropic({ maxRetries: 0 });
const plain = { model: "native-anthropic", max_tokens: 99, messages: [{ role: "user", content: "Hello" }] };
const asked = [{ role: "user", content: WANTED }];
const tools = [{ name: "open_letter", description: "Opens a letter", input_schema: ARGUMENTS }];
const source = (media_type, content) => ({ type: "base64", media_type, data: encoded(content) });

await tell({
  plain: async () => {
    const system = [{ type: "text", text: "Be kind.", cache_control: { type: "ephemeral" } }];
    const more = { system, metadata: { user_id: "someone" } };
    return (await client.messages.create({ ...plain, ...more })).content[0].text;
  },
  streaming: async () => {
    const events = await all(await client.messages.create({ ...plain, stream: true }));
    return events.map((event) => (event.type === "content_block_delta" ? event.delta.text : "")).join("");
  },
  streaming_helper: () => client.messages.stream(plain).finalText(),
  tools: async () => {
    const first = await client.messages.create({ ...plain, messages: asked, tools, tool_choice: { type: "auto" } });
    const call = first.content.find((block) => block.type === "tool_use");
    const result = { type: "tool_result", tool_use_id: call.id, content: CONTENT };
    const messages = [...asked, { role: "assistant", content: first.content }, { role: "user", content: [result] }];
    return [call.input, (await client.messages.create({ ...plain, messages, tools })).content[0].text];
  },
  tools_streaming: async () => {
    const made = await client.messages.stream({ ...plain, messages: asked, tools }).finalMessage();
    return made.content.filter((block) => block.type === "tool_use").map((block) => block.input);
  },
  tool_runner: async () => {
    const about = { name: "open_letter", description: "Opens a letter", inputSchema: ARGUMENTS };
    const own = betaTool({ ...about, run: () => CONTENT });
    return (await client.beta.messages.toolRunner({ ...plain, messages: asked, tools: [own] })).content[0].text;
  },
  attachments: async () => {
    const content = [
      { type: "text", text: ATTACHED },
      { type: "image", source: source("image/png", IMAGE) },
      { type: "document", source: source("application/pdf", DOCUMENT), title: "A document" },
    ];
    return (await client.messages.create({ ...plain, messages: [{ role: "user", content }] })).content[0].text;
  },
  structured: async () => {
    const output_config = { format: { type: "json_schema", schema: SCHEMA } };
    return JSON.parse((await client.messages.create({ ...plain, model: "stand-in", output_config })).content[0].text);
  },
  structured_helper: async () => {
    const output_config = { format: jsonSchemaOutputFormat(SCHEMA) };
    return (await client.messages.parse({ ...plain, model: "stand-in", output_config })).parsed_output;
  },
  structured_by_anthropics_model: async () => {
    const output_config = { format: { type: "json_schema", schema: SCHEMA } };
    return (await client.messages.create({ ...plain, output_config })).content[0].text;
  },
  thinking: async () => {
    const more = { max_tokens: 2000, thinking: { type: "enabled", budget_tokens: 1024 } };
    return (await client.messages.create({ ...plain, ...more })).content.at(-1).text;
  },
  betas: async () => {
    const betas = ["context-management-2025-06-27", "files-api-2025-04-14"];
    return (await client.beta.messages.create({ ...plain, betas })).content[0].text;
  },
  // LiteLLM translates for a model that speaks another API.
  of_another_api: async () => {
    const made = await client.messages.create({ ...plain, model: "stand-in", messages: asked, tools });
    return made.content.filter((block) => block.type === "tool_use").map((block) => block.input);
  },
  count_tokens: async () => {
    const { model, messages } = plain;
    return (await client.messages.countTokens({ model, messages, system: "Be kind.", tools })).input_tokens > 0;
  },
  models: async () => (await all(client.models.list({ limit: 20 }))).map((each) => each.id).sort(),
  files: async () => (await client.beta.files.upload({ file: await toFile(DOCUMENT, "a.pdf") })).id,
});
