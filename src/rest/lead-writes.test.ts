/** Writing leads through a real applier over the store in memory (docs/specs/marketo-rest.md, R21 to R23). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addsUp } from '#model/fates.ts';
import type { RequestId } from '#model/words.ts';
import { REST_WORKSPACE } from '../../tests/support/rest-api.ts';
import { openWritingRest, reasons } from '../../tests/support/rest-writes.ts';
import type { WritingRest } from '../../tests/support/rest-writes.ts';

test('leads are created and updated, and the answer has their ids in the order of the records', async () => {
  await using rest = await openWritingRest();
  const input = [{ email: 'a@b.de', firstName: 'A' }, { email: 'c@d.de' }];
  const created = await rest.sync({ input });
  assert.deepEqual(created.json, {
    requestId: created.json.requestId,
    result: [
      { id: 1, status: 'created' },
      { id: 2, status: 'created' },
    ],
    success: true,
  });
  const { json } = await rest.sync({ lookupField: 'email', input: [{ email: 'C@D.de', lastName: 'C' }, input[0]] });
  assert.deepEqual(json.result, [
    { id: 2, status: 'updated' },
    { id: 1, status: 'updated' },
  ]);
  assert.deepEqual(await rest.leads('c@d.de', 'lastName'), [{ id: 2, lastName: 'C' }]);
});

test('law 2: X-Request-Id names the request, whose fates add up and are those of the answer', async () => {
  await using rest = await openWritingRest();
  const { headers, json } = await rest.sync({ input: [{ email: 'a@b.de' }, { email: 'nonsense' }] });
  const record = await rest.store.reader().request(REST_WORKSPACE, headers['x-request-id'] as RequestId);
  assert.ok(record !== undefined && addsUp(record.counts));
  assert.deepEqual([record.counts.received, record.counts.created, record.counts.failed], [2, 1, 1]);
  assert.deepEqual(
    json.result.map(({ status }: { status: string }) => status),
    ['created', 'skipped'],
  );
  const failures = await rest.store.reader().failures(REST_WORKSPACE, { limit: 9 });
  assert.deepEqual(
    failures.map(({ index, code }) => [index, code]),
    [[1, '1003']],
  );
});

const FIELDS = ['boolean', 'email', 'integer', 'float', 'datetime', 'score', 'percent', 'currency', 'text'] as const;

async function openWithRecordedFields(): Promise<WritingRest> {
  const rest = await openWritingRest();
  for (const dataType of FIELDS) {
    const field = { name: `${dataType}_field`, displayName: dataType, dataType, custom: true };
    await rest.control.putPersonField(REST_WORKSPACE, field);
  }
  return rest;
}

test('recorded: values of every type are accepted and read back, a datetime to the second', async () => {
  await using rest = await openWithRecordedFields();
  const lead = {
    text_field: 'text is here',
    boolean_field: true,
    email_field: 'field@grouparoo.com',
    integer_field: 5,
    float_field: 5.4,
    score_field: 10,
    percent_field: 99,
    currency_field: 34.66,
  };
  const datetime_field = '2020-08-30T05:49:48.000Z';
  await rest.sync({ input: [{ email: 'a@b.de', ...lead, datetime_field }] });
  const names = FIELDS.map((type) => `${type}_field`).join();
  assert.deepEqual(await rest.leads('a@b.de', names), [{ id: 1, ...lead, datetime_field: '2020-08-30T05:49:48Z' }]);
  const cleared = Object.fromEntries(FIELDS.map((type) => [`${type}_field`, null]));
  await rest.sync({ lookupField: 'id', action: 'updateOnly', input: [{ id: 1, ...cleared }] });
  assert.deepEqual(await rest.leads('a@b.de', names), [{ id: 1, ...cleared, boolean_field: false }]);
});

const RECORDED_REJECTS: readonly (readonly [field: string, value: string | number])[] = [
  ['boolean_field', 'other'],
  ['email_field', 'bademail'],
  ['integer_field', 14.1],
  ['float_field', '14c'],
  ['datetime_field', 'yesterday'],
  ['percent_field', '100%'],
];

test('recorded: a bad value skips its record with 1003 and leaves its neighbours', async () => {
  await using rest = await openWithRecordedFields();
  await rest.sync({ input: [{ email: 'a@b.de' }, { email: 'c@d.de' }] });
  for (const [field, value] of RECORDED_REJECTS) {
    const input = [
      { id: 1, firstName: 'Maria' },
      { id: 2, firstName: 'Not', [field]: value },
    ];
    const { json } = await rest.sync({ lookupField: 'id', action: 'updateOnly', input });
    const message = `Invalid value for field '${field}' and value '${value}'`;
    assert.deepEqual(json.result, [
      { id: 1, status: 'updated' },
      { status: 'skipped', reasons: [{ code: '1003', message }] },
    ]);
  }
  assert.deepEqual(await rest.leads('c@d.de', 'firstName'), [{ id: 2, firstName: null }]);
});

test('actions: createOnly, updateOnly, createDuplicate', async () => {
  await using rest = await openWritingRest();
  const a = { email: 'a@b.de' };
  const b = { email: 'b@b.de' };
  assert.deepEqual(reasons((await rest.sync({ action: 'createOnly', input: [a] })).json), ['created']);
  assert.deepEqual(reasons((await rest.sync({ action: 'createOnly', input: [a, b] })).json), [
    '1005 Lead already exists',
    'created',
  ]);
  const updated = await rest.sync({ action: 'updateOnly', input: [a, { email: 'none@b.de' }] });
  assert.deepEqual(reasons(updated.json), ['updated', '1004 Lead not found']);
  assert.deepEqual(reasons((await rest.sync({ action: 'createDuplicate', input: [a, a] })).json), [
    'created',
    'created',
  ]);
  assert.deepEqual(reasons((await rest.sync({ input: [a] })).json), ['1007 Multiple lead match lookup criteria']);
  const byId = { lookupField: 'id', action: 'updateOnly' };
  assert.deepEqual(reasons((await rest.sync({ ...byId, input: [{ id: 2 }, { id: 99 }] })).json), [
    'updated',
    '1004 Lead not found',
  ]);
});

test('a lookup field finds leads, or the call is refused before anything is written', async () => {
  await using rest = await openWritingRest();
  const code = async (body: object): Promise<unknown> =>
    (await rest.sync({ input: [{ email: 'a@b.de' }], ...body })).code;
  assert.equal(await code({ lookupField: 'none' }), '1006');
  assert.equal(await code({ lookupField: 'firstName' }), '1011');
  assert.equal(await code({ lookupField: 'createdAt' }), '1011');
  assert.equal(await code({ partitionName: 'none' }), '1008');
  assert.equal((await rest.store.reader().totals(REST_WORKSPACE)).received, 0);
  assert.equal(await code({ lookupField: 'sfdcLeadId', input: [{ sfdcLeadId: 'x' }] }), undefined);
});

test('the same lead several times in one call: in order, the last wins, one lead', async () => {
  await using rest = await openWritingRest();
  const input = ['x', 'y', 'z'].map((firstName) => ({ email: 'a@b.de', firstName }));
  const { json } = await rest.sync({ input });
  assert.deepEqual(json.result, [
    { id: 1, status: 'created' },
    { id: 1, status: 'updated' },
    { id: 1, status: 'updated' },
  ]);
  assert.deepEqual(await rest.leads('a@b.de', 'firstName'), [{ id: 1, firstName: 'z' }]);
});

test('leads are deleted three ways, and their ids are not given again', async () => {
  await using rest = await openWritingRest();
  await rest.sync({ input: ['a', 'b', 'c', 'd'].map((name) => ({ email: `${name}@b.de` })) });
  const deleted = (id: number): object => ({ id, status: 'deleted' });
  const [one, two, three] = [1, 2, 3].map((id) => ({ json: { input: [{ id }] } }));
  assert.deepEqual((await rest.call('POST', 'leads/delete.json', one)).json.result, [deleted(1)]);
  assert.deepEqual((await rest.call('POST', 'leads.json?_method=DELETE', two)).json.result, [deleted(2)]);
  assert.deepEqual((await rest.call('DELETE', 'leads.json', three)).json.result, [deleted(3)]);
  const again = await rest.call('POST', 'leads/delete.json?id=4,1');
  assert.deepEqual(again.json.result, [
    deleted(4),
    { status: 'skipped', reasons: [{ code: '1004', message: 'Lead not found' }] },
  ]);
  assert.deepEqual((await rest.sync({ input: [{ email: 'a@b.de' }] })).json.result, [{ id: 5, status: 'created' }]);
});

test('an answer that is not there in time is 604 with the id of the request, which is applied all the same', async () => {
  const decided = (_workspace: unknown, _lane: unknown, _position: unknown, signal: AbortSignal): Promise<void> =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  await using rest = await openWritingRest({ applying: { decided }, patienceMs: 1 });
  const { code, json } = await rest.sync({ input: [{ email: 'a@b.de' }] });
  assert.equal(code, '604');
  const [id = ''] = /[0-9a-f-]{36}$/.exec(json.errors[0].message) ?? [];
  await rest.world.settled();
  const record = await rest.store.reader().request(REST_WORKSPACE, id as RequestId);
  assert.equal(record?.counts.created, 1);
});

test('law 10: what was sent is what is read back', async () => {
  await using rest = await openWritingRest();
  const text = '{"input":[{"email":"a@b.de","leadScore":9223372036854775807,"lastName":"𝄞 \\u0041"}]}';
  await rest.call('POST', 'leads.json', { text, headers: { 'content-type': 'application/json' } });
  const read = await rest.call('GET', 'leads.json?filterType=id&filterValues=1&fields=leadScore,lastName');
  assert.match(read.text, /"leadScore":9223372036854775807,"lastName":"𝄞 A"/);
});
