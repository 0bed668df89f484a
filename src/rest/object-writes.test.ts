/** Writing custom objects through a real applier over the store in memory (docs/specs/marketo-rest.md, R24). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CustomObjectType } from '#model/field.ts';
import { REST_WORKSPACE } from '../../tests/support/rest-api.ts';
import type { RestAnswerOf } from '../../tests/support/rest-api.ts';
import { openWritingRest } from '../../tests/support/rest-writes.ts';

const LINKED: CustomObjectType = {
  apiName: 'cars',
  displayName: 'Cars',
  fields: [
    { name: 'vin', displayName: 'VIN', dataType: 'string', length: 36 },
    { name: 'email', displayName: 'Email', dataType: 'email' },
    { name: 'year', displayName: 'Year', dataType: 'integer' },
  ],
  dedupeFields: ['vin'],
  link: { field: 'email', personField: 'email' },
};

test('custom objects: seq, status and GUID; a link to nobody is 1004 at once, and is not waited for', async () => {
  await using rest = await openWritingRest();
  await rest.control.putCustomObject(REST_WORKSPACE, LINKED);
  await rest.sync({ input: [{ email: 'a@b.de' }] });
  const sync = (json: object): Promise<RestAnswerOf> => rest.call('POST', 'customobjects/CARS.json', { json });
  const first = await sync({ input: [{ vin: '1', email: 'A@b.de' }, { vin: '2', email: 'none@b.de' }, { vin: '3' }] });
  const [created, skipped, unlinked] = first.json.result;
  assert.deepEqual(created, { seq: 0, status: 'created', marketoGUID: created.marketoGUID });
  assert.match(created.marketoGUID, /^[0-9a-f-]{36}$/);
  assert.deepEqual(skipped, { seq: 1, status: 'skipped', reasons: [{ code: '1004', message: 'Lead not found' }] });
  assert.equal(unlinked.status, 'created');
  assert.equal((await rest.store.reader().totals(REST_WORKSPACE)).pending, 0);
  const again = await sync({ action: 'updateOnly', input: [{ vin: '1', year: 2003 }, { vin: '9' }] });
  assert.deepEqual(again.json.result[0], { seq: 0, status: 'updated', marketoGUID: created.marketoGUID });
  assert.deepEqual(again.json.result[1].reasons, [{ code: '1013', message: 'Object not found' }]);
  const byId = { action: 'updateOnly', dedupeBy: 'idField', input: [{ marketoGUID: created.marketoGUID, year: 2004 }] };
  assert.equal((await sync(byId)).json.result[0].status, 'updated');
  const forbidden = await sync({ input: [{ vin: '1', marketoGUID: created.marketoGUID }] });
  const message = "Field 'marketoGUID' is not allowed when dedupeBy is 'dedupeFields'";
  assert.deepEqual(forbidden.json.result[0].reasons, [{ code: '1011', message }]);
  const read = await rest.call('GET', 'customobjects/cars.json?filterType=vin&filterValues=1&fields=year');
  assert.deepEqual(read.json.result, [{ seq: 0, marketoGUID: created.marketoGUID, year: 2004 }]);
});

test('custom objects are created only, and deleted by key or by GUID', async () => {
  await using rest = await openWritingRest();
  await rest.control.putCustomObject(REST_WORKSPACE, LINKED);
  const call = (path: string, json: object): Promise<RestAnswerOf> =>
    rest.call('POST', `customobjects/cars${path}.json`, { json });
  const input = [{ vin: '1' }, { vin: '2' }];
  const made = (await call('', { action: 'createOnly', input })).json.result;
  const again = await call('', { action: 'createOnly', input: [input[0]] });
  assert.deepEqual(again.json.result[0].reasons, [{ code: '1017', message: 'Object already exists' }]);
  const byKey = await call('/delete', { deleteBy: 'dedupeFields', input: [{ vin: '1' }, { vin: '9' }] });
  assert.deepEqual(byKey.json.result, [
    { seq: 0, status: 'deleted', marketoGUID: made[0].marketoGUID },
    { seq: 1, status: 'skipped', reasons: [{ code: '1013', message: 'Object not found' }] },
  ]);
  const { marketoGUID } = made[1];
  const byId = await call('/delete', { deleteBy: 'idField', input: [{ marketoGUID }] });
  assert.deepEqual(byId.json.result, [{ seq: 0, status: 'deleted', marketoGUID }]);
  assert.equal((await call('/delete', { input: [{ vin: '2' }] })).json.result[0].status, 'skipped');
});
