/** Bodies that are admitted by their outline, and those that are not: docs/specs/gateway.md, G7. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { must } from '#kit/assert.ts';
import type { Entry } from '#model/entry.ts';
import { decodeRequest, isRequest } from '#protocols/entry-objects.ts';
import { RunningGateway } from '../../tests/support/gateway.ts';
import { refusal, send } from '../../tests/support/ingestion-requests.ts';

async function entryOf(body: string): Promise<Entry> {
  await using running = await RunningGateway.start();
  const response = await send(running, { body });
  assert.equal(response.status, 202, body);
  const entry = must((await running.entries()).at(0), 'what is accepted is in the log');
  assert.equal(Buffer.from(entry.body).toString(), body, 'law 10');
  return entry;
}

async function refusalOf(body: string): Promise<{ readonly code: string; readonly message: string }> {
  await using running = await RunningGateway.start();
  return await refusal(await send(running, { body }));
}

describe('law 2: as many objects are accepted as the applier finds', () => {
  const BODIES = [
    '{"persons":[{"email":"a"},{"email":"b"}]}',
    ' { "persons" : [ { } ,\n{ "a" : [ { } , { } ] } ] , "priority" : "high" } ',
    '{"persons":[{}],"persons":[{},{},{}]}',
    String.raw`{"persons":[{}],"p\u0065rsons":[{},{},{}]}`,
    String.raw`{"p\u0065rsons":[{},{},{}],"persons":[{}]}`,
    '{"partitionName":"Default","dedupeFields":{"field1":"email"},"persons":[{"n":1e400},{"n":12345678901234567890}]}',
    `{"persons":[{"text":"${'é'.repeat(100_000)}"},{}]}`,
  ];
  for (const body of BODIES) {
    test(body.slice(0, 60), async () => {
      const entry = await entryOf(body);
      assert.ok(isRequest(entry));
      const decoded = decodeRequest(entry);
      assert.ok(decoded.kind === 'upserts');
      assert.equal(entry.objects, decoded.objects.length);
    });
  }
});

test('what an outline says is looked at as a whole body is', async () => {
  assert.equal((await entryOf('{"persons":[{}],"priority":"high"}')).lane, 'high');
  assert.equal((await entryOf('{"persons":[{}],"priority":null}')).lane, 'normal');
  const bad = await refusalOf('{"persons":[{},{}],"dedupeFields":{"field1":"nothing"}}');
  assert.equal(bad.code, '4000802');
  assert.match(bad.message, /'nothing' is not a field of persons/);
});

test('a body that is no JSON is refused with the place of its fault, also inside an object', async () => {
  const { code, message } = await refusalOf('{"persons":[{"a":1},{"a":01}]}');
  assert.equal(code, '4000801');
  assert.match(message, /the body is not JSON: .*position 26/);
});
