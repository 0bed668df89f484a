/** The schema of lead fields (docs/specs/marketo-rest.md, R13 and R14). Shapes are the documented ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRestApi, REST_WORKSPACE } from '../../tests/support/rest-api.ts';
import type { RestApi } from '../../tests/support/rest-api.ts';

const PATH = 'leads/schema/fields.json';

function create(rest: RestApi, ...input: readonly object[]): ReturnType<RestApi['call']> {
  return rest.call('POST', PATH, { json: { input } });
}

test('fields are made with their notes, shown by name in any case, and are custom', async () => {
  await using rest = await openRestApi();
  const made = await create(
    rest,
    { displayName: 'Acme Access Code', name: 'acmeAccessCode', description: 'Acme Direct Mail', dataType: 'string' },
    { displayName: 'Acme Mail Date', name: 'acmeMailDate', dataType: 'date', isHidden: true, isSensitive: true },
  );
  assert.deepEqual(made.json.result, [
    { name: 'acmeAccessCode', status: 'created' },
    { name: 'acmeMailDate', status: 'created' },
  ]);
  assert.deepEqual((await rest.call('GET', 'leads/schema/fields/ACMEACCESSCODE.json')).json.result, [
    {
      displayName: 'Acme Access Code',
      name: 'acmeAccessCode',
      description: 'Acme Direct Mail',
      dataType: 'string',
      length: 255,
      isHidden: false,
      isHtmlEncodingInEmail: true,
      isSensitive: false,
      isCustom: true,
    },
  ]);
  assert.deepEqual((await rest.call('GET', 'leads/schema/fields/acmeMailDate.json')).json.result, [
    {
      displayName: 'Acme Mail Date',
      name: 'acmeMailDate',
      description: null,
      dataType: 'date',
      isHidden: true,
      isHtmlEncodingInEmail: true,
      isSensitive: true,
      isCustom: true,
    },
  ]);
  assert.equal((await rest.call('GET', 'leads/schema/fields/email.json')).json.result[0].isCustom, false);
  assert.equal((await rest.call('GET', 'leads/schema/fields/none.json')).code, '1006');
});

test('all fields of a call are made or none', async () => {
  await using rest = await openRestApi();
  const good = { name: 'good', displayName: 'Good', dataType: 'integer' };
  const bad: readonly (readonly [fault: object, code: string])[] = [
    [{ name: 'email', displayName: 'Other', dataType: 'string' }, '1017'],
    [{ name: 'GOOD', displayName: 'Other', dataType: 'string' }, '1017'],
    [{ name: 'other', displayName: 'email address', dataType: 'string' }, '1017'],
    [{ name: 'rowid', displayName: 'Row', dataType: 'string' }, '709'],
    [{ name: '1st', displayName: 'First', dataType: 'string' }, '1003'],
    [{ name: 'ünï', displayName: 'Uni', dataType: 'string' }, '1003'],
    [{ name: 'x', displayName: 'X', dataType: 'text' }, '1003'],
    [{ name: 'x', displayName: 'X' }, '701'],
    [{ name: 'x', dataType: 'string' }, '701'],
    [{ displayName: 'X', dataType: 'string' }, '701'],
    [{ name: 'x', displayName: 'X', dataType: 'string', isHidden: 'maybe' }, '1001'],
    [{ name: 5, displayName: 'X', dataType: 'string' }, '1001'],
  ];
  for (const [fault, code] of bad) {
    const answer = await create(rest, good, fault);
    assert.equal(answer.code, code, JSON.stringify([fault, answer.json]));
    assert.equal(rest.control.definitions().workspaces.get(REST_WORKSPACE)?.personFields.has('good'), false);
  }
});

test('display name and notes change; what is not named stays; types do not change', async () => {
  await using rest = await openRestApi();
  await create(rest, { name: 'shoeSize', displayName: 'Shoe', dataType: 'integer', description: 'EU', isHidden: true });
  const change = (input: object, name = 'SHOEsize'): ReturnType<RestApi['call']> =>
    rest.call('POST', `leads/schema/fields/${name}.json`, { json: { input: [input] } });
  const { json } = await change({ displayName: 'Shoe size', isSensitive: true });
  assert.deepEqual(json.result, [{ name: 'shoeSize', status: 'updated' }]);
  const [field] = (await rest.call('GET', 'leads/schema/fields/shoeSize.json')).json.result;
  assert.deepEqual(
    [field.displayName, field.description, field.isHidden, field.isSensitive, field.dataType],
    ['Shoe size', 'EU', true, true, 'integer'],
  );
  const ignored = await change({ dataType: 'string' });
  assert.deepEqual(ignored.json.warnings, ["Member 'input[0].dataType' is unknown here and was ignored"]);
  assert.equal((await change({ description: 'x' }, 'email')).code, '709', 'standard fields are as they are');
  assert.equal((await change({ displayName: 'First Name' }, 'email')).code, '709', 'whatever they are to be called');
  assert.equal((await change({}, 'none')).code, '1006');
  assert.equal((await change({ displayName: 'Email Address' })).code, '1017');
  assert.equal((await change({ displayName: 'SHOE SIZE' })).code, undefined, 'its own name may change its case');
});

test('fields come in pages of at most 300, and moreResult says whether there are more', async () => {
  await using rest = await openRestApi();
  const names: string[] = [];
  let token = '';
  for (let more = true; more;) {
    const { json } = await rest.call('GET', `${PATH}?batchSize=40&nextPageToken=${token}`);
    names.push(...json.result.map(({ name }: { name: string }) => name));
    more = json.moreResult;
    token = json.nextPageToken;
    assert.equal(token === undefined, !more);
  }
  assert.deepEqual(names.length, 94);
  assert.equal(new Set(names).size, 94);
  const all = await rest.call('GET', PATH);
  assert.deepEqual([all.json.result.length, all.json.moreResult], [94, false]);
  assert.equal((await rest.call('GET', `${PATH}?nextPageToken=ABC`)).code, '1003');
});

test('a field of an operator keeps what REST says of it, and the other way round', async () => {
  await using rest = await openRestApi();
  const { owner } = rest.api;
  const path = `/v1/workspaces/${REST_WORKSPACE}/person-fields/shoeSize`;
  const put = (body: object): ReturnType<typeof rest.api.call> =>
    rest.api.call('PUT', path, { body, token: owner.adminToken });
  assert.equal((await put({ dataType: 'string', length: 10 })).status, 201);
  await rest.call('POST', 'leads/schema/fields/shoeSize.json', { json: { input: [{ description: 'EU' }] } });
  assert.equal((await put({ dataType: 'string', length: 20 })).status, 200);
  const [field] = (await rest.call('GET', 'leads/schema/fields/shoeSize.json')).json.result;
  assert.deepEqual([field.length, field.description], [20, 'EU']);
});
