/** The outline beside the parsed body: docs/specs/gateway.md, G7. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseJson } from '#model/json.ts';
import type { JsonObject, JsonValue } from '#model/json.ts';
import { outlineOf } from './outline.ts';
import type { Outline } from './outline.ts';

function outline(text: string, listName = 'persons'): Outline | undefined {
  return outlineOf(Buffer.from(text), listName);
}

/** What the outline has to be, from the body that was parsed as a whole. */
function expected(text: string): Outline {
  const json = parseJson(text) as JsonObject;
  return { json: { ...json, persons: [{}] }, objects: (json['persons'] as JsonValue[]).length };
}

describe('a body with an outline', () => {
  test('keeps all but the objects, and counts these', () => {
    const text =
      '{"priority":"high","persons":[{"email":"a"},{"email":"b","more":[{"persons":[]}]}],"partitionName":"é"}';
    assert.deepEqual(outline(text), {
      json: { priority: 'high', persons: [{}], partitionName: 'é' },
      objects: 2,
    });
    assert.deepEqual(outline('\r\n{ "customObjects" : [ { } , {"vin":"1"} ] }\t', 'customObjects'), {
      json: { customObjects: [{}] },
      objects: 2,
    });
  });

  test('is like the body that is parsed as a whole', () => {
    const person = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }));
    const others = fc.dictionary(fc.constantFrom('priority', 'person', 'personsX', 'a', ''), fc.jsonValue());
    const persons = fc.array(person, { minLength: 1 });
    fc.assert(
      fc.property(others, persons, others, fc.constantFrom(0, 1, '\t'), (before, list, behind, space) => {
        const text = JSON.stringify({ ...before, persons: list, ...behind }, undefined, space).toWellFormed();
        assert.deepEqual(outline(text), expected(text));
      }),
    );
  });

  test('has names as the parser reads them: __proto__ is one like others, the last of equal ones counts', () => {
    const text = '{"__proto__":1,"priority":"high","priority":"normal","persons":[{}]}';
    assert.deepEqual(outline(text)?.json, parseJson(text));
  });

  test('may be as large as bodies are by default, and bodies do not touch each other', () => {
    const small = '{"persons":[{"a":""}]}';
    const largest = small.replace('""', `"${'x'.repeat(1024 * 1024 - small.length)}"`);
    assert.equal(outline(largest)?.objects, 1);
    assert.equal(outline(`${largest} `), undefined);
    assert.equal(outline('{"persons":[{"a":"'), undefined);
    assert.equal(outline('{"persons":[{}]}')?.objects, 1);
  });
});

describe('no outline', () => {
  const REFUSED: Readonly<Record<string, string>> = {
    'no bytes': '',
    'no object': '[{"persons":[{}]}]',
    'no list': '{}',
    'an empty list': '{"persons":[]}',
    'a list of something else': '{"persons":[{},1]}',
    'a list that is none': '{"persons":{"a":[{}]}}',
    'a list further down': '{"a":{"persons":[{}]}}',
    'two lists': '{"persons":[{}],"persons":[{},{}]}',
    'a second list in disguise': String.raw`{"persons":[{}],"p\u0065rsons":[{},{}]}`,
    'something behind the body': '{"persons":[{}]}1',
    'a NUL behind the body': '{"persons":[{}]}\0',
    'a comma too many': '{"persons":[{},]}',
    'a byte order mark': '\ufeff{"persons":[{}]}',
    'a fault in an object': '{"persons":[{"a":01}]}',
    'a fault elsewhere': '{"priority":hi,"persons":[{}]}',
  };
  for (const [what, text] of Object.entries(REFUSED)) {
    test(what, () => assert.equal(outline(text), undefined));
  }

  test('bytes that are no UTF-8', () => {
    assert.equal(outlineOf(Buffer.from('{"persons":[{"a":"\u00ff"}]}', 'latin1'), 'persons'), undefined);
  });

  test('an object that is nested deeper than the parser allows', () => {
    const nested = (depth: number): string => `{"persons":[{"a":${'['.repeat(depth)}${']'.repeat(depth)}}]}`;
    assert.doesNotThrow(() => parseJson(nested(197)));
    assert.equal(outline(nested(197))?.objects, 1);
    assert.throws(() => parseJson(nested(198)));
    assert.equal(outline(nested(198)), undefined);
  });
});
