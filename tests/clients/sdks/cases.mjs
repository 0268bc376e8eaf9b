// SPDX-License-Identifier: GPL-3.0-or-later
// What the scripts for JavaScript share: what they send, and how they tell what came back.

export const LETTER = "0123456789abcdef";
export const WANTED = `Read me the letter ${LETTER}.`;
export const CONTENT = "Come home.";
export const ATTACHED = "Say what is attached.";
// Nothing looks into them: they only have to arrive as they are.
export const IMAGE = Buffer.from("\x89PNG\r\n\x1a\n an image", "latin1");
export const DOCUMENT = Buffer.from("%PDF-1.7 a document");
export const SOUND = Buffer.from("RIFF\0\0\0\0WAVE a sound");
export const SCHEMA = {
  type: "object",
  properties: { word: { type: "string" }, count: { type: "integer" } },
  required: ["word", "count"],
  additionalProperties: false,
};
export const ARGUMENTS = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };

export const encoded = (content) => content.toString("base64");

export async function all(items) {
  const found = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Print {case: what it gives}, or the error that a user would see instead. */
export async function tell(cases) {
  const told = {};
  for (const [name, run] of Object.entries(cases)) {
    try {
      told[name] = await run();
    } catch (error) {
      told[name] = `${error.constructor.name}: ${error.message}`;
    }
  }
  console.log(JSON.stringify(told));
}
