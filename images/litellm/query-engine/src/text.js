// Steps through JSON text without parsing it, so that no number in it is ever rounded.
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

/** The offset behind the JSON string that begins at `start`. Not a regular expression: those fail on megabytes. */
function stringEnd(text, start) {
  let quote = start;
  for (;;) {
    quote = text.indexOf('"', quote + 1);
    if (quote < 0) throw new SyntaxError(`unterminated string at offset ${start}`);
    let backslash = quote - 1;
    while (text[backslash] === '\\') backslash--;
    if ((quote - backslash) % 2 === 1) return quote + 1;
  }
}

/** The texts of the elements of a JSON array's text. */
function elements(text) {
  const out = [];
  const mark = /["[\]{},]/g;
  let depth = 0;
  let from = 1;
  for (let m = mark.exec(text); m; m = mark.exec(text)) {
    switch (m[0]) {
      case '"': mark.lastIndex = stringEnd(text, m.index); break;
      case '[': case '{': depth++; break;
      case '}': depth--; break;
      case ']':
        if (--depth === 0 && m.index > from) out.push(text.slice(from, m.index));
        break;
      default:
        if (depth === 1) {
          out.push(text.slice(from, m.index));
          from = m.index + 1;
        }
    }
  }
  return out;
}

module.exports = { elements, stringEnd };
