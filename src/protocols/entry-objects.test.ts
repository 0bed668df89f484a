/** What the gateway takes of a body is what the applier finds in the entry. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { EventEnvelope } from '#model/entry.ts';
import { parseJson } from '#model/json.ts';
import type { JsonObject } from '#model/json.ts';
import type { MunchkinId, Position, RequestId } from '#model/words.ts';
import { decodeRequest, UnreadableError } from './entry-objects.ts';
import type { DecodedEvents, RequestEntry } from './entry-objects.ts';
import { readRecords } from './records/body.ts';

function entryOf(body: string, format: EventEnvelope['format']): RequestEntry {
  return {
    workspace: '123-ABC-456' as MunchkinId,
    lane: 'events',
    position: 1 as Position,
    requestId: 'r' as RequestId,
    acceptedAt: 0,
    objects: 1,
    envelope: { kind: 'event', clientId: 'k', database: 'db', table: 'tbl', format },
    body: Buffer.from(body),
  };
}

function decoded(body: string, format: EventEnvelope['format'] = 'records'): DecodedEvents {
  const request = decodeRequest(entryOf(body, format));
  assert.ok(request.kind === 'events');
  return request;
}

/** Those that the gateway takes; undefined when it refuses the body, or one of them. */
function taken(body: string): readonly JsonObject[] | undefined {
  const read = readRecords({ value: parseJson(body), layout: 'batch', bytes: Buffer.byteLength(body) });
  if ('problem' in read) return undefined;
  const good = read.records.flatMap((each) => (each.fault === undefined ? [each.record] : []));
  return good.length === read.records.length ? good : undefined;
}

describe('law 2: the records of a body that the log has as it was sent', () => {
  test('are those that the gateway took, whatever stands beside them', () => {
    const record = fc.constantFrom('{}', '{"a":1}', '{"n":1e400,"__proto__":{"x":1}}', String.raw`{"s":"\ud800"}`);
    const list = fc.array(record, { minLength: 1, maxLength: 3 }).map((records) => `[ ${records.join(', ')}]`);
    const key = fc.constantFrom(
      'events',
      'records',
      '__proto__',
      String.raw`events\u0000`,
      String.raw`\u0065vents`,
      'x',
    );
    const other = fc.constantFrom('null', '7', '[]', '[0]', '{"events":[{}]}', String.raw`"\udc00"`);
    const members = fc.array(fc.tuple(key, fc.oneof(list, other)), { maxLength: 4 });
    let found = 0;
    fc.assert(
      fc.property(members, (pairs) => {
        const body = `{${pairs.map(([name, value]) => `"${name}" :${value}`).join(',')}}`;
        const records = taken(body);
        if (records === undefined) return;
        found += 1;
        const texts = JSON.stringify(records).replaceAll(String.raw`\ud800`, '\uFFFD');
        assert.equal(JSON.stringify(decoded(body).objects), texts, body);
      }),
      { numRuns: 2000 },
    );
    assert.ok(found > 100, `${found} bodies were taken`);
  });

  test('law 10: warnings name what was replaced in a record, and nothing beside the list', () => {
    const body = String.raw`{"\u0000":"\u0000","events":[{"a":1},{"s":"\ud800"}],"records":[{"b":"\ud800"}]}`;
    const { objects, warnings } = decoded(body);
    assert.deepEqual(objects, [{ a: 1 }, { s: '\uFFFD' }]);
    assert.deepEqual(
      warnings.map(({ message }) => /^'(.+?)'/.exec(message)?.[1]),
      ['1.s'],
    );
  });

  test('law 5: a body without such a list cannot be read', () => {
    for (const body of ['[]', '{}', '{"events":{}}', '{"events":[7]}', '{"rows":[{}]}', '7']) {
      assert.throws(() => decoded(body), UnreadableError, body);
    }
  });
});

test('entries of the other formats are objects, or arrays of them', () => {
  assert.deepEqual(decoded('{"events":[{"a":1}]}', 'json').objects, [{ events: [{ a: 1 }] }]);
  assert.deepEqual(decoded('[{"a":1},{"b":2}]', 'json').objects, [{ a: 1 }, { b: 2 }]);
  assert.deepEqual(decoded('a=1', 'form').objects, [{ a: '1' }]);
});
