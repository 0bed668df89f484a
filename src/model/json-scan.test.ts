/** The scanner beside the parser: docs/specs/gateway.md, G7. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NOT_JSON, scanValue, skipSpace } from './json-scan.ts';
import { JsonError, MAX_JSON_DEPTH, parseJson } from './json.ts';

/** Whether the scanner takes all of the text for one document. */
function isScanned(text: string): boolean {
  const bytes = Buffer.from(`${text}\0`);
  const end = scanValue(bytes, skipSpace(bytes, 0), MAX_JSON_DEPTH);
  return end !== NOT_JSON && skipSpace(bytes, end) === bytes.length - 1;
}

function isParsed(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch (error) {
    assert.ok(error instanceof JsonError);
    return false;
  }
}

function assertAlike(text: string): void {
  assert.equal(isScanned(text), isParsed(text), JSON.stringify(text));
}

// Long enough to be a document now and then, and made of what the grammar turns on.
const CHARACTERS = '{}[]:,"\\/bfnrtu0123456789abcdefABCDEF+-.eE \t\r\n\u0000\u001f\u00a0\u2028é\ufeff';
const WORDS = ['true', 'false', 'null', 'nul', 'NaN', '-0', '1e5', '01', '1.5', '1.', '.5', '"a"', '""', '{}', '[]'];
const STARTS = ['"a":', '{"a":', '[1,', ',1]', '}]', '"\\u00e9"', '"\\ud800"', '"\\x"', '😀'];
const PIECES = [...CHARACTERS.split(''), ...WORDS, ...STARTS];

const anyText = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join(''));

const document = fc
  .tuple(fc.json({ stringUnit: 'binary' }), fc.constantFrom(undefined, 1, '\t', ' \r\n'))
  .map(([json, space]) => JSON.stringify(JSON.parse(json), undefined, space).toWellFormed());

test('takes what the parser takes: documents', () => {
  fc.assert(
    fc.property(document, (text) => {
      assert.ok(isScanned(text), text);
    }),
    { numRuns: 2000 },
  );
});

test('takes what the parser takes and refuses what it refuses: documents with a fault or two', () => {
  const edit = fc.record({ at: fc.nat(), removed: fc.nat({ max: 2 }), put: fc.constantFrom('', ...PIECES) });
  fc.assert(
    fc.property(document, fc.array(edit, { minLength: 1, maxLength: 2 }), (text, edits) => {
      let broken = text;
      for (const { at, removed, put } of edits) {
        const start = at % (broken.length + 1);
        broken = `${broken.slice(0, start)}${put}${broken.slice(start + removed)}`.toWellFormed();
      }
      assertAlike(broken);
    }),
    { numRuns: 5000 },
  );
});

test('takes what the parser takes and refuses what it refuses: any text', () => {
  fc.assert(fc.property(anyText, assertAlike), { numRuns: 5000 });
});

test('takes what the parser takes and refuses what it refuses: any character anywhere in a document', () => {
  const text = '{"a":[1.5e-3,-0,true,"x\\u00e9"] ,"b":{}}';
  assertAlike(text);
  for (let code = 0; code < 128; code += 1) {
    const character = String.fromCharCode(code);
    for (let at = 0; at <= text.length; at += 1) {
      assertAlike(text.slice(0, at) + character + text.slice(at));
      assertAlike(text.slice(0, at) + character + text.slice(at + 1));
    }
  }
});

test('every document that is cut off is refused, and nothing is read behind its end', () => {
  const text = String.raw` {"a" : [1.5e-3, -0, true, false, null, "x\u00e9\n", {"b": []}], "": {}} `;
  assertAlike(text);
  for (let length = 0; length < text.length; length += 1) {
    assertAlike(text.slice(0, length));
    const behind = `${text.slice(0, length)}\0${text.slice(length)}\0`;
    const bytes = Buffer.from(behind);
    assert.ok(scanValue(bytes, skipSpace(bytes, 0), MAX_JSON_DEPTH) <= length, behind);
  }
});

test('nesting is limited as the parser limits it (law 6)', () => {
  for (const [open, close] of [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const) {
    for (const depth of [MAX_JSON_DEPTH, MAX_JSON_DEPTH + 1, 100_000]) {
      assertAlike(`${open.repeat(depth)}1${close.repeat(depth)}`);
    }
  }
  assert.equal(isScanned('['.repeat(MAX_JSON_DEPTH) + ']'.repeat(MAX_JSON_DEPTH)), true);
});
