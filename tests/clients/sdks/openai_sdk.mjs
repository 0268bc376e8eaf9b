// SPDX-License-Identifier: GPL-3.0-or-later
// OpenAI's SDK for JavaScript, as its documentation uses it; it reads OPENAI_BASE_URL and OPENAI_API_KEY.

import OpenAI, { toFile } from "openai";

import { all, ARGUMENTS, ATTACHED, CONTENT, DOCUMENT, encoded, IMAGE, SCHEMA, SOUND, tell, WANTED } from "./cases.mjs";

const client = new OpenAI({ maxRetries: 0 });
const model = "stand-in";
const messages = [{ role: "user", content: "Hello" }];
const asked = [{ role: "user", content: WANTED }];
const declared = { name: "open_letter", description: "Opens a letter", parameters: ARGUMENTS };
const flatTools = [{ type: "function", ...declared, strict: false }];
const imageUrl = `data:image/png;base64,${encoded(IMAGE)}`;
const documentUrl = `data:application/pdf;base64,${encoded(DOCUMENT)}`;
const format = { name: "answer", schema: SCHEMA, strict: true };
const picture = (name) => toFile(IMAGE, name, { type: "image/png" });
const sound = () => toFile(SOUND, "a.wav");
const text = (made) => made.choices[0].message.content;
const deltas = (events) =>
  events.map((event) => (event.type === "response.output_text.delta" ? event.delta : "")).join("");

await tell({
  plain: async () => text(await client.chat.completions.create({ model, messages, temperature: 0, n: 1 })),
  streaming: async () => {
    const options = { stream: true, stream_options: { include_usage: true } };
    const parts = await all(await client.chat.completions.create({ model, messages, ...options }));
    return parts.map((part) => part.choices[0]?.delta.content ?? "").join("");
  },
  streaming_helper: () => client.chat.completions.stream({ model, messages }).finalContent(),
  tools: async () => {
    const tools = [{ type: "function", function: declared }];
    const first = await client.chat.completions.create({ model, messages: asked, tools, tool_choice: "auto" });
    const { message } = first.choices[0];
    const result = { role: "tool", tool_call_id: message.tool_calls[0].id, content: CONTENT };
    const done = await client.chat.completions.create({ model, messages: [...asked, message, result], tools });
    return [JSON.parse(message.tool_calls[0].function.arguments), text(done)];
  },
  attachments: async () => {
    const content = [
      { type: "text", text: ATTACHED },
      { type: "image_url", image_url: { url: imageUrl, detail: "low" } },
      { type: "file", file: { filename: "a.pdf", file_data: documentUrl } },
      { type: "input_audio", input_audio: { data: encoded(SOUND), format: "wav" } },
    ];
    return text(await client.chat.completions.create({ model, messages: [{ role: "user", content }] }));
  },
  structured: async () => {
    const response_format = { type: "json_schema", json_schema: format };
    return JSON.parse(text(await client.chat.completions.create({ model, messages, response_format })));
  },
  structured_helper: async () => {
    const response_format = { type: "json_schema", json_schema: format };
    const made = await client.chat.completions.parse({ model, messages, response_format });
    return JSON.parse(text(made));
  },
  completions: async () => (await client.completions.create({ model, prompt: "Hello", max_tokens: 9 })).choices[0].text,
  responses: async () => (await client.responses.create({ model, input: "Hello", store: false })).output_text,
  responses_streaming: async () => deltas(await all(await client.responses.create({ model, input: "Hello", stream: true }))),
  responses_helper: async () => (await client.responses.stream({ model, input: "Hello" }).finalResponse()).output_text,
  responses_tools: async () => {
    const first = await client.responses.create({ model, input: asked, tools: flatTools });
    const call = first.output.find((item) => item.type === "function_call");
    const result = { type: "function_call_output", call_id: call.call_id, output: CONTENT };
    const input = [...asked, ...first.output, result];
    const done = await client.responses.create({ model, input, tools: flatTools });
    return [JSON.parse(call.arguments), done.output_text];
  },
  responses_attachments: async () => {
    const content = [
      { type: "input_text", text: ATTACHED },
      { type: "input_image", image_url: imageUrl, detail: "auto" },
      { type: "input_file", filename: "a.pdf", file_data: documentUrl },
    ];
    return (await client.responses.create({ model, input: [{ role: "user", content }] })).output_text;
  },
  responses_structured: async () => {
    const form = { format: { type: "json_schema", ...format } };
    return (await client.responses.parse({ model, input: "Hello", text: form })).output_parsed;
  },
  responses_previous: async () => {
    const first = await client.responses.create({ model, input: "Hello" });
    return (await client.responses.create({ model, input: "And?", previous_response_id: first.id })).output_text;
  },
  embeddings: async () =>
    (await client.embeddings.create({ model: "embedder", input: ["one", "three"] })).data.map((each) => each.embedding),
  embeddings_float: async () =>
    (await client.embeddings.create({ model: "embedder", input: "one", encoding_format: "float" })).data[0].embedding,
  moderations: async () => (await client.moderations.create({ model: "moderator", input: "harm" })).results[0].flagged,
  transcription: async () => {
    const asked = { model: "listener", file: await sound(), response_format: "json", language: "en" };
    return (await client.audio.transcriptions.create(asked)).text;
  },
  transcription_options: async () => {
    const times = { response_format: "verbose_json", timestamp_granularities: ["word", "segment"] };
    const asked = { model: "listener", file: await sound(), temperature: 0, prompt: "A letter", ...times };
    return (await client.audio.transcriptions.create(asked)).text;
  },
  translation: async () => (await client.audio.translations.create({ model: "listener", file: await sound() })).text,
  speech: async () => (await client.audio.speech.create({ model: "speaker", input: "Hello", voice: "alloy" })).text(),
  image: async () =>
    (await client.images.generate({ model: "painter", prompt: "Hello", size: "1024x1024", n: 1 })).data[0].b64_json,
  image_edit: async () =>
    (await client.images.edit({ model: "painter", image: await picture("a.png"), prompt: "Hello" })).data[0].b64_json,
  image_edit_several: async () => {
    const image = [await picture("a.png"), await picture("b.png")];
    return (await client.images.edit({ model: "painter", image, prompt: "Hello" })).data[0].b64_json;
  },
  models: async () => (await all(client.models.list())).map((each) => each.id).sort(),
  model: async () => (await client.models.retrieve(model)).id,
  files: async () => (await client.files.create({ file: await toFile(DOCUMENT, "a.pdf"), purpose: "user_data" })).id,
});
