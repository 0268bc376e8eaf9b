// Parses the GraphQL that prisma-client-py writes: one operation, one root field, arguments and selections.
// Scalars stay the source text that they were.
// SPDX-License-Identifier: GPL-3.0-or-later
'use strict';

const { stringEnd } = require('./text.js');

const BLANK = /(?:[\s,\uFEFF]+|#[^\n]*)+/y;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[_A-Za-z]\w*/y;
const PUNCTUATION = /\.\.\.|[{}()[\]:!$=@|]/y;
const END = { kind: 'end', text: 'the end of the query' };

function complain(what) {
  throw new Error(`Error parsing GraphQL query: ${what}`);
}

/** [{kind, text}]; the kind of punctuation is its text */
function tokenize(text) {
  const tokens = [];
  let at = 0;
  const match = (pattern) => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    let token;
    if (text[at] === '"') token = { kind: 'string', text: text.slice(at, stringEnd(text, at)) };
    else {
      const blank = match(BLANK);
      if (blank) {
        at += blank.length;
        continue;
      }
      for (const [kind, pattern] of [['number', NUMBER], ['word', WORD], [null, PUNCTUATION]]) {
        const found = match(pattern);
        if (found) {
          token = { kind: kind ?? found, text: found };
          break;
        }
      }
    }
    if (!token) complain(`unexpected character at offset ${at}`);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

/** Values: {kind: 'string' | 'bare', text}, {kind: 'list', items}, {kind: 'object', entries: [[name, value]]}.
 *  Fields: {name, args: entries, selection: fields or null}. */
class Parser {
  constructor(text) {
    this.tokens = tokenize(text);
    this.at = 0;
  }

  peek() { return (this.tokens[this.at] ?? END).kind; }

  take(kind) {
    const token = this.tokens[this.at] ?? END;
    if (token === END || (kind && token.kind !== kind)) complain(`expected ${kind ?? 'more'}, found ${token.text}`);
    this.at++;
    return token.text;
  }

  skip(kind) {
    if (this.peek() !== kind) return false;
    this.at++;
    return true;
  }

  value() {
    if (this.skip('{')) return { kind: 'object', entries: this.entries('}') };
    if (this.skip('[')) {
      const items = [];
      while (!this.skip(']')) items.push(this.value());
      return { kind: 'list', items };
    }
    const kind = this.peek();
    const text = this.take();
    if (kind === 'string') return { kind: 'string', text };
    if (kind === 'number' || ['true', 'false', 'null'].includes(text)) return { kind: 'bare', text };
    if (kind === 'word') return { kind: 'string', text: JSON.stringify(text) }; // an enum's member
    return complain(`unexpected ${text}`);
  }

  entries(end) {
    const out = [];
    while (!this.skip(end)) {
      const name = this.take('word');
      this.take(':');
      out.push([name, this.value()]);
    }
    return out;
  }

  selection() {
    const out = [];
    while (!this.skip('}')) {
      let name = this.take('word');
      if (this.skip(':')) name = this.take('word'); // an alias goes: the answer's key is always `result`
      const args = this.skip('(') ? this.entries(')') : [];
      out.push({ name, args, selection: this.skip('{') ? this.selection() : null });
    }
    return out;
  }
}

/** the one root field of a query's text */
function parseGraphQL(text) {
  const parser = new Parser(text);
  if (parser.skip('word')) parser.skip('word'); // query or mutation, and its name
  parser.take('{');
  const roots = parser.selection();
  if (roots.length !== 1) complain(`expected one root field, found ${roots.length}`);
  return roots[0];
}

module.exports = { parseGraphQL };
