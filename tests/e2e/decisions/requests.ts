/** Requests: headers, answers, and the rows of the table of checks that a plain server shows. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { requestIdOf } from '../../support/server/workspace.ts';
import { accepts, assertRefused, refuses, sendWrong } from './refusals.ts';
import type { Wrong } from './refusals.ts';
import { send } from './world.ts';
import type { Decision, World } from './world.ts';

const PERSON = { email: 'a@row' };
const MEGABYTE = 1_048_576;
const PURCHASE = { path: 'customobjects/purchases', body: { customObjects: [{ vin: 'row-1' }] } };
const CODINGS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync };

/** A body of exactly so many bytes. */
function bytes(count: number): string {
  const body = '{"persons":[{"email":"large@size.example"}]}';
  return body + ' '.repeat(count - body.length);
}

function list(count: number): object {
  return { persons: Array.from({ length: count }, (_, n) => ({ email: `n${n}@row` })) };
}

async function withoutPartitions(world: World, work: () => Promise<void>): Promise<void> {
  const control = new DatabaseSync(join(world.server.directory, 'control.sqlite'));
  control.exec("CREATE TRIGGER planted BEFORE INSERT ON partitions BEGIN SELECT RAISE(ABORT, 'planted fault'); END");
  try {
    await work();
  } finally {
    control.exec('DROP TRIGGER planted');
    control.close();
  }
}

const ANSWERS: readonly Decision[] = [
  {
    says: 'The 202 has Content-Length: 0 and no body; every answer carries X-Request-Id, a UUID that sorts by time',
    shows: [
      async (world) => {
        const ids: string[] = [];
        for (const wrong of [{}, { path: 'nothing' }, { headers: { 'X-Mkto-User-Token': undefined } }, {}] as Wrong[]) {
          ids.push(requestIdOf(await sendWrong(world, wrong)));
        }
        assert.deepEqual(ids, ids.toSorted());
        const { status, headers, text } = await sendWrong(world, {});
        assert.deepEqual([status, headers['content-length'], text], [202, '0', '']);
      },
    ],
  },
  {
    says: 'Optional X-Correlation-Id (at most 255 characters), X-Request-Source (at most 50)',
    shows: [
      accepts({ headers: { 'X-Correlation-Id': 'x'.repeat(255), 'X-Request-Source': 'x'.repeat(50) } }),
      refuses(
        '4000801',
        { headers: { 'X-Correlation-Id': 'x'.repeat(256) } },
        { headers: { 'X-Request-Source': 'x'.repeat(51) } },
      ),
      async (world) => {
        const headers = { 'X-Correlation-Id': 'trace me', 'X-Request-Source': 'table' };
        const request = await world.workspace.decided(requestIdOf(await sendWrong(world, { headers })));
        assert.deepEqual([request.correlationId, request.requestSource], ['trace me', 'table']);
      },
    ],
  },
  {
    says: 'Content-Encoding gzip, deflate, br and zstd are accepted, with the size limit after inflation',
    shows: Object.entries(CODINGS).flatMap(([coding, compress]) => {
      const headers = { 'Content-Encoding': coding };
      return [
        accepts({ headers, body: compress(bytes(MEGABYTE)) }),
        refuses('4000801', { headers, body: compress(bytes(MEGABYTE + 1)) }),
      ];
    }),
  },
];

const CHECKS: readonly Decision[] = [
  {
    says: 'Checks, in this order: a request with every fault, mended one by one',
    shows: [
      async (world) => {
        const { munchkinId } = world.workspace.credentials;
        const token = await world.workspace.token();
        const wrong = { headers: { 'X-Mkto-User-Token': undefined, 'Content-Type': 'text/plain' }, body: '{' };
        const none = '/subscriptions/000-AAA-000/customobjects/nothing?a=b';
        assertRefused(await sendWrong(world, { ...wrong, method: 'PUT', path: `${none}/more` }), '404040');
        assert.equal((await sendWrong(world, { ...wrong, method: 'PUT', path: none })).status, 405);
        assertRefused(await sendWrong(world, { ...wrong, path: none }), '403010');
        wrong.headers = { ...wrong.headers, 'X-Mkto-User-Token': 'none:ab' as never };
        assertRefused(await sendWrong(world, { ...wrong, path: none }), '401013');
        wrong.headers = { ...wrong.headers, 'X-Mkto-User-Token': token as never };
        assertRefused(await sendWrong(world, { ...wrong, path: none }), '4030801');
        const own = none.replace('000-AAA-000', munchkinId);
        assertRefused(await sendWrong(world, { ...wrong, path: own }), '404040', 'custom object type');
        const known = own.replace('nothing', 'purchases');
        assertRefused(await sendWrong(world, { ...wrong, path: known }), '4000801');
        assertRefused(
          await sendWrong(world, { path: 'customobjects/purchases', body: { customObjects: [] } }),
          '4000802',
        );
        assert.equal((await sendWrong(world, PURCHASE)).status, 202);
      },
    ],
  },
  {
    says: '1: no such path → 404 404040',
    shows: [
      refuses(
        '404040',
        ...['people', 'persons/', 'persons/1', 'customobjects', 'customobjects/', 'customobjects/purchases/1'].map(
          (path) => ({ path }),
        ),
        { path: '/subscriptions/' },
      ),
    ],
  },
  {
    says: '2: other method on a known path → 405 with Allow, 404040',
    shows: [
      async (world) => {
        for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
          const answer = await sendWrong(world, { method });
          assertRefused(answer, '404040');
          assert.deepEqual([answer.status, answer.headers.allow], [405, 'POST']);
        }
      },
    ],
  },
  {
    says: '3: token absent → 403 403010; token in X-Mkto-User-Token only',
    shows: [
      refuses('403010', { headers: { 'X-Mkto-User-Token': undefined } }),
      async (world) => {
        const token = await world.workspace.token();
        const none = { 'X-Mkto-User-Token': undefined };
        assertRefused(await sendWrong(world, { headers: none, path: `persons?access_token=${token}` }), '403010');
        assertRefused(await sendWrong(world, { headers: { ...none, Authorization: `Bearer ${token}` } }), '403010');
      },
    ],
  },
  {
    says: '4: token unknown → 401 401013',
    shows: [
      refuses(
        '401013',
        { headers: { 'X-Mkto-User-Token': '11606815-aa7a-405a-80a1-f9683efa528b:ab' } },
        { headers: { 'X-Mkto-User-Token': 'x' } },
      ),
    ],
  },
  {
    says: '6: the munchkinId is not the token’s own, whether it exists or not → 403 4030801',
    shows: [
      async (world) => {
        const { adminToken } = world.workspace.credentials;
        const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${adminToken}` };
        const made = await world.workspace.send({ path: '/v1/workspaces', headers, body: '{}' });
        const { munchkinId } = JSON.parse(made.text) as { munchkinId: string };
        const answers = await Promise.all(
          [munchkinId, '000-AAA-000'].map((id) => sendWrong(world, { path: `/subscriptions/${id}/persons` })),
        );
        for (const answer of answers) assertRefused(answer, '4030801');
        assert.equal(answers[0]?.text, answers[1]?.text, 'law 7');
      },
    ],
  },
  {
    says: '7: unknown custom object type → 404 404040',
    shows: [
      refuses('404040', { ...PURCHASE, path: 'customobjects/nothing' }, { ...PURCHASE, path: 'customobjects/persons' }),
    ],
  },
  {
    says: '8: any query parameter, wrong content type → 400 4000801',
    shows: [
      refuses(
        '4000801',
        { path: 'persons?a=b' },
        { headers: { 'Content-Type': 'text/plain' } },
        { headers: { 'Content-Type': undefined } },
        { headers: { 'Content-Type': 'application/json; charset=latin1' } },
        { headers: { 'Content-Encoding': 'compress' } },
        { headers: { 'Content-Encoding': 'gzip' } },
      ),
      accepts({ path: 'persons?' }, { headers: { 'Content-Type': 'Application/JSON; charset="utf-8"' } }),
    ],
  },
  {
    says: '8: body too large, also chunked → 400 4000801; maximum size of a request: 1 MB',
    shows: [
      accepts({ body: bytes(MEGABYTE) }),
      refuses('4000801', { body: bytes(MEGABYTE + 1) }, { body: [bytes(MEGABYTE), ' '] }),
    ],
  },
  {
    says: '8: not JSON, not an object, required member missing or of the wrong type → 400 4000801',
    shows: [
      refuses(
        '4000801',
        ...['', '{', '[]', '17', 'null', '"x"', '{}', '{"persons":null}', '{"persons":{}}', '{"persons":"a"}'].map(
          (body) => ({ body }),
        ),
        { body: { priority: 1, persons: [PERSON] } },
        { body: { partitionName: 1, persons: [PERSON] } },
        { body: { dedupeFields: 'email', persons: [PERSON] } },
        { body: { dedupeFields: { field1: 1 }, persons: [PERSON] } },
        { ...PURCHASE, body: { dedupeBy: 1, customObjects: [{ vin: '1' }] } },
        { ...PURCHASE, body: { persons: [PERSON] } },
        { body: Buffer.from('{"persons":[{"email":"\xff"}]}', 'latin1') },
      ),
    ],
  },
  {
    says: 'Unknown members of the body are refused with 4000801',
    shows: [
      refuses(
        '4000801',
        { body: { dedupefields: { field1: 'email' }, persons: [PERSON] } },
        { body: { dedupeFields: { field1: 'email', field3: 'x' }, persons: [PERSON] } },
        { ...PURCHASE, body: { ...PURCHASE.body, partitionName: 'Default' } },
      ),
    ],
  },
  {
    says: '9: a list that is empty or has more than 1,000 objects → 400 4000802',
    shows: [
      refuses('4000802', { body: list(0) }, { body: list(1001) }, { ...PURCHASE, body: { customObjects: [] } }),
      send('persons', list(1000), { created: 1000 }),
    ],
  },
  {
    says: '9: an entry that is not an object, priority not normal or high, a partition without a name → 400 4000802',
    shows: [
      refuses(
        '4000802',
        ...[1, 'x', null, [], true].map((entry) => ({ body: { persons: [PERSON, entry] } })),
        ...['urgent', 'High', ''].map((priority) => ({ body: { priority, persons: [PERSON] } })),
        { body: { partitionName: '', persons: [PERSON] } },
      ),
    ],
  },
  {
    says: '9: dedupeBy unknown, dedupe attribute unknown or not allowed, the same attribute twice, field2 without field1',
    shows: [
      refuses(
        '4000802',
        ...['vin', 'idField', 'DedupeFields'].map((dedupeBy) => ({
          ...PURCHASE,
          body: { ...PURCHASE.body, dedupeBy },
        })),
        ...[
          { field1: 'shoeSize' },
          { field1: 'leadScore' },
          { field1: 'createdAt' },
          { field1: 'aFloat' },
          { field1: 'aText' },
          { field1: 'email', field2: 'EMAIL' },
          { field2: 'email' },
          { field1: 'email', field2: 'shoeSize' },
        ].map((dedupeFields) => ({ body: { dedupeFields, persons: [PERSON] } })),
      ),
    ],
  },
  {
    says: '12: our own fault → 500 5000801, with the cause in the log and never in the answer',
    shows: [
      async (world) => {
        await withoutPartitions(world, async () => {
          const answer = await sendWrong(world, { body: { partitionName: 'row-p', persons: [PERSON] } });
          assertRefused(answer, '5000801');
          assert.equal((JSON.parse(answer.text) as { message: string }).message, 'Internal Server Error');
          await world.server.logged(/planted fault/);
          await world.server.logged(new RegExp(requestIdOf(answer)));
        });
      },
      accepts({ body: { partitionName: 'row-p', persons: [PERSON] } }),
    ],
  },
];

export const REQUESTS: readonly Decision[] = [...ANSWERS, ...CHECKS];
