// SPDX-License-Identifier: GPL-3.0-or-later
// Google's SDK for JavaScript, as its documentation uses it; it reads GOOGLE_GEMINI_BASE_URL and GEMINI_API_KEY.

import { GoogleGenAI } from "@google/genai";

import { all, ARGUMENTS, ATTACHED, CONTENT, DOCUMENT, encoded, IMAGE, LETTER, SCHEMA, tell, WANTED } from "./cases.mjs";

const client = new GoogleGenAI({});
const model = process.argv[2];
const plain = { model, contents: "Hello" };
const tools = [
  { functionDeclarations: [{ name: "open_letter", description: "Opens a letter", parametersJsonSchema: ARGUMENTS }] },
];
const inline = (mimeType, content) => ({ inlineData: { mimeType, data: encoded(content) } });
const responseMimeType = "application/json";

await tell({
  plain: async () => {
    const safetySettings = [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }];
    const config = { systemInstruction: "Be kind.", temperature: 0, maxOutputTokens: 99, safetySettings };
    return (await client.models.generateContent({ ...plain, config })).text;
  },
  streaming: async () => (await all(await client.models.generateContentStream(plain))).map((part) => part.text ?? "").join(""),
  chat: async () => {
    const talk = client.chats.create({ model });
    await talk.sendMessage({ message: "Hello" });
    return (await talk.sendMessage({ message: "And?" })).text;
  },
  tools: async () => {
    const made = await client.models.generateContent({ model, contents: WANTED, config: { tools } });
    return (made.functionCalls ?? []).map((call) => call.args);
  },
  tools_result: async () => {
    const contents = [
      { role: "user", parts: [{ text: WANTED }] },
      { role: "model", parts: [{ functionCall: { name: "open_letter", args: { name: LETTER } } }] },
      { role: "user", parts: [{ functionResponse: { name: "open_letter", response: { result: CONTENT } } }] },
    ];
    return (await client.models.generateContent({ model, contents, config: { tools } })).text;
  },
  attachments: async () => {
    const contents = [{ text: ATTACHED }, inline("image/png", IMAGE), inline("application/pdf", DOCUMENT)];
    return (await client.models.generateContent({ model, contents })).text;
  },
  structured: async () => {
    const config = { responseMimeType, responseJsonSchema: SCHEMA };
    return (await client.models.generateContent({ ...plain, config })).text;
  },
  structured_helper: async () => {
    const properties = { word: { type: "STRING" }, count: { type: "INTEGER" } };
    const config = { responseMimeType, responseSchema: { type: "OBJECT", properties } };
    return (await client.models.generateContent({ ...plain, config })).text;
  },
  thinking: async () =>
    (await client.models.generateContent({ ...plain, config: { thinkingConfig: { thinkingBudget: 0 } } })).text,
  count_tokens: async () => (await client.models.countTokens(plain)).totalTokens > 0,
  embeddings: async () =>
    (await client.models.embedContent({ model: "embedder", contents: "one" })).embeddings[0].values,
  models: async () => (await all(await client.models.list())).map((each) => each.name).sort(),
  files: async () => {
    const file = new Blob([DOCUMENT], { type: "application/pdf" });
    return (await client.files.upload({ file, config: { mimeType: "application/pdf" } })).name;
  },
});
