/** Bodies and parameters as real clients send them (facts of the documented and recorded calls). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonValue } from '#model/json.ts';
import { parseJson } from '#model/json.ts';
import { readRestBody } from './body.ts';
import { RestError } from './errors.ts';
import { readDeleteLeads, readSyncLeads } from './lead-requests.ts';
import { readDeleteObjects, readSyncObjects } from './object-requests.ts';
import { RestParameters } from './parameters.ts';

const NO_BODY = { form: new URLSearchParams() };

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof RestError) return error.code;
    throw error;
  }
  return 'none';
}

test('sync of leads: defaults, recorded members, and a warning for each unknown one', () => {
  const input = [{ email: 'a@b.de' }];
  assert.deepEqual(readSyncLeads({ input }), { action: 'createOrUpdate', lookupField: 'email', input, warnings: [] });
  const recorded = { lookupField: 'id', action: 'updateOnly', input: [{ id: 4999, lastName: null }] };
  assert.deepEqual(readSyncLeads(recorded), { ...recorded, warnings: [] });
  // marketorestpython 0.5.25 sends this name, with the space.
  assert.deepEqual(readSyncLeads({ input, 'asyncProcessing ': true }).warnings, [
    "Member 'asyncProcessing ' is unknown here and was ignored",
  ]);
  assert.equal(
    readSyncLeads({ input, partitionName: 'EMEA', asyncProcessing: false, lookupField: null }).partitionName,
    'EMEA',
  );
});

const INPUT = [{ email: 'a@b.de' }];
const REFUSED_SYNCS: readonly (readonly [body: JsonValue | undefined, code: string])[] = [
  [undefined, '609'],
  [[], '609'],
  [{}, '701'],
  [{ input: [] }, '701'],
  [{ input: {} }, '1001'],
  [{ input: [5] }, '1001'],
  [{ input: INPUT, action: 'upsert' }, '1003'],
  [{ input: INPUT, action: 5 }, '1001'],
  [{ input: INPUT, lookupField: ['email'] }, '1001'],
  [{ input: INPUT, lookupField: 'ID' }, '1003'],
  [{ input: INPUT, lookupField: 'id', action: 'createOnly' }, '1003'],
  [{ input: INPUT, partitionName: 'x', action: 'updateOnly' }, '1003'],
  [{ input: INPUT, asyncProcessing: 'maybe' }, '1001'],
];

for (const [body, code] of REFUSED_SYNCS) {
  test(`sync of leads: ${JSON.stringify(body)} is ${code}`, () => {
    assert.equal(
      codeOf(() => readSyncLeads(body)),
      code,
    );
  });
}

test('law 6: 300 records pass, 301 do not', () => {
  const input = (count: number): JsonValue => ({ input: Array.from({ length: count }, () => ({})) });
  assert.equal(readSyncLeads(input(300)).input.length, 300);
  assert.equal(
    codeOf(() => readSyncLeads(input(301))),
    '1003',
  );
});

test('law 10: a record goes on as it was sent, numbers that no double tells included', () => {
  const body = parseJson('{"input":[{"__proto__":1,"n":12345678901234567890}]}');
  assert.equal(JSON.stringify(readSyncLeads(body).input), '[{"__proto__":1,"n":12345678901234567890}]');
});

test('leads are deleted by body or by the parameter id', () => {
  const none = new RestParameters('', NO_BODY);
  assert.deepEqual(readDeleteLeads({ input: [{ id: 1, email: 'x' }, {}] }, none).input, [{ id: 1 }, {}]);
  assert.deepEqual(readDeleteLeads(undefined, new RestParameters('id=1,2&id=3', NO_BODY)).input, [
    { id: '1' },
    { id: '2' },
    { id: '3' },
  ]);
  assert.equal(
    codeOf(() => readDeleteLeads(undefined, none)),
    '701',
  );
  assert.equal(
    codeOf(() => readDeleteLeads(undefined, new RestParameters('id=x', NO_BODY))),
    '1001',
  );
});

test('custom objects: idField is the marketoGUID of the Data Ingestion API, and only updates', () => {
  const input = [{ vin: 'x' }];
  assert.deepEqual(readSyncObjects({ input }), {
    action: 'createOrUpdate',
    dedupeBy: 'dedupeFields',
    input,
    warnings: [],
  });
  assert.equal(readSyncObjects({ input, dedupeBy: 'idField', action: 'updateOnly' }).dedupeBy, 'marketoGUID');
  assert.equal(
    codeOf(() => readSyncObjects({ input, dedupeBy: 'idField' })),
    '1003',
  );
  assert.equal(
    codeOf(() => readSyncObjects({ input, action: 'createDuplicate' })),
    '1003',
  );
  assert.deepEqual(readDeleteObjects({ input, deleteBy: 'idField' }), {
    action: 'delete',
    dedupeBy: 'marketoGUID',
    input,
    warnings: [],
  });
});

test('parameters come from the query, a form or a JSON body, lists joined by commas or repeated', () => {
  const form = new URLSearchParams('filterValues=3&fields=');
  const json = { fields: ['a', 'b,c'], batchSize: 7 };
  const parameters = new RestParameters('filterType=id&filterValues=1,%202&filterValues=,', { form, json });
  assert.equal(parameters.text('filterType'), 'id');
  assert.deepEqual(parameters.list('filterValues'), ['1', '2', '3']);
  assert.deepEqual(parameters.list('fields'), ['a', 'b,c'], 'a value of a JSON array may hold a comma');
  assert.equal(parameters.count('batchSize', 300), 7);
  assert.equal(parameters.count('none', 300), 300);
  assert.equal(new RestParameters('batchSize=999', NO_BODY).count('batchSize', 300), 300);
  for (const batchSize of ['0', '-1', 'x', '1.5']) {
    assert.equal(
      codeOf(() => new RestParameters(`batchSize=${batchSize}`, NO_BODY).count('batchSize', 300)),
      '1001',
    );
  }
});

test('an empty body is none, whatever its content type says', () => {
  const headers = { contentType: 'application/json; charset=utf-8', contentEncoding: undefined };
  assert.equal(readRestBody(new Uint8Array(), headers).json, undefined);
  assert.deepEqual(readRestBody(new TextEncoder().encode('{"a":1}'), headers).json, { a: 1 });
  assert.equal(
    codeOf(() => readRestBody(new Uint8Array([0xff]), headers)),
    '609',
  );
});
