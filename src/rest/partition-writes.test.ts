/** In which partition a REST write finds its leads (docs/specs/marketo-rest.md, R22). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { persons } from '../../tests/support/applier-world.ts';
import { REST_WORKSPACE } from '../../tests/support/rest-api.ts';
import type { RestSetup } from '../../tests/support/rest-api.ts';
import { openWritingRest, reasons } from '../../tests/support/rest-writes.ts';
import type { WritingRest } from '../../tests/support/rest-writes.ts';

async function openPartitions(parts: RestSetup['parts'] = {}): Promise<WritingRest> {
  const rest = await openWritingRest(parts, { limits: { multipleMatches: parts.multipleMatches ?? 'fail' } });
  for (const name of ['EMEA', 'APAC']) await rest.control.addPartition(REST_WORKSPACE, name);
  await rest.world.send(persons([{ email: 'emea@b.de' }, { email: 'both@b.de' }], 'normal', { partitionName: 'EMEA' }));
  await rest.world.send(persons([{ email: 'both@b.de' }], 'normal', { partitionName: 'APAC' }));
  await rest.world.settled();
  return rest;
}

test('without a partition a lead is found in any, and a new one comes into the default one', async () => {
  await using rest = await openPartitions();
  const input = [{ email: 'EMEA@b.de', firstName: 'x' }, { email: 'new@b.de' }, { email: 'emea@b.de', lastName: 'y' }];
  assert.deepEqual((await rest.sync({ input })).json.result, [
    { id: 1, status: 'updated' },
    { id: 4, status: 'created' },
    { id: 1, status: 'updated' },
  ]);
  const fields = 'firstName,lastName,leadPartitionId';
  assert.deepEqual(await rest.leads('emea@b.de', fields), [
    { id: 1, firstName: 'x', lastName: 'y', leadPartitionId: 2 },
  ]);
  const byId = await rest.sync({ lookupField: 'id', action: 'updateOnly', input: [{ id: 3, firstName: 'z' }] });
  assert.deepEqual(byId.json.result, [{ id: 3, status: 'updated' }]);
  assert.deepEqual((await rest.call('POST', 'leads/delete.json?id=3,2')).json.result, [
    { id: 3, status: 'deleted' },
    { id: 2, status: 'deleted' },
  ]);
});

test('a lead in several partitions is skipped with 1007, or the most recent one is taken', async () => {
  await using rest = await openPartitions();
  const input = [{ email: 'both@b.de' }, { email: 'new@b.de' }];
  assert.deepEqual(reasons((await rest.sync({ input })).json), ['1007 Multiple lead match lookup criteria', 'created']);
  await using lenient = await openPartitions({ multipleMatches: 'update-most-recent' });
  assert.deepEqual((await lenient.sync({ input })).json.result[0], { id: 3, status: 'updated' });
});

test('a partition that is named is the only one that counts', async () => {
  await using rest = await openPartitions();
  const { json } = await rest.sync({ partitionName: 'APAC', input: [{ email: 'emea@b.de' }, { email: 'both@b.de' }] });
  assert.deepEqual(json.result, [
    { id: 4, status: 'created' },
    { id: 3, status: 'updated' },
  ]);
});
