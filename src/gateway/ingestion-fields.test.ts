/** `--unknown-fields`: docs/specs/gateway.md, G6. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { must } from '#kit/assert.ts';
import { oneAtATime } from '#kit/one-at-a-time.ts';
import type { Workspace } from '#model/definitions.ts';
import { ControlUnavailable } from '#ports/control.ts';
import { OTHER_WORKSPACE, RunningGateway, WORKSPACE } from '../../tests/support/gateway.ts';
import type { GatewaySetup } from '../../tests/support/gateway.ts';
import { refusal, send } from '../../tests/support/ingestion-requests.ts';

const ADD: GatewaySetup = { options: { unknownFields: 'add' } };
const PURCHASES = `/subscriptions/${WORKSPACE}/customobjects/purchases`;

function workspaceOf(running: RunningGateway): Workspace {
  return must(running.control.definitions().workspaces.get(WORKSPACE), 'the workspace exists');
}

/** `name type` of each field that is no standard one. */
function customFields(running: RunningGateway): readonly string[] {
  const custom = [...workspaceOf(running).personFields.values()].filter((field) => field.custom === true);
  return custom.map(({ name, dataType }) => `${name} ${dataType}`);
}

function typeFields(running: RunningGateway): readonly string[] {
  const type = must(workspaceOf(running).customObjects.get('purchases'), 'the type exists');
  return type.fields.map(({ name, dataType }) => `${name} ${dataType}`);
}

async function sendPersons(running: RunningGateway, persons: string): Promise<number> {
  return (await send(running, { body: `{"persons":${persons}}` })).status;
}

describe('reject', () => {
  test('changes no definition, and looks at no object', async () => {
    await using running = await RunningGateway.start();
    const before = running.control.definitions();
    assert.equal(await sendPersons(running, '[{"email":"a@b.example","shoeSize":43}]'), 202);
    assert.equal(running.control.definitions().workspaces, before.workspaces);
  });
});

describe('add', () => {
  test('persons: the field is there before the entry, and is made once', async () => {
    await using running = await RunningGateway.start(ADD);
    const made: (string | number)[] = [];
    const put = running.control.putPersonField.bind(running.control);
    running.control.putPersonField = async (workspace, field) => {
      made.push(field.name, (await running.entries()).length);
      await put(workspace, field);
    };
    for (const size of ['43', '44', '"large"']) {
      assert.equal(await sendPersons(running, `[{"email":"a@b.example","shoeSize":${size}}]`), 202);
    }
    assert.deepEqual(made, ['shoeSize', 0], 'before any entry');
    assert.deepEqual(customFields(running), ['shoeSize integer']);
    const other = running.control.definitions().workspaces.get(OTHER_WORKSPACE);
    assert.equal(other?.personFields.has('shoesize'), false, 'law 7');
    assert.equal((await running.entries()).length, 3);
  });

  test('custom objects: all new fields of a request in one change, and what was there stays', async () => {
    await using running = await RunningGateway.start(ADD);
    const body = '{"customObjects":[{"vin":"1","Price":31500.5,"note":null},{"VIN":"2","sold":true,"price":1}]}';
    assert.equal((await send(running, { path: PURCHASES, body })).status, 202);
    assert.deepEqual(typeFields(running), ['vin string', 'Price float', 'sold boolean']);
    const [vin, price] = workspaceOf(running).customObjects.get('purchases')?.fields ?? [];
    assert.equal(vin?.length, 36);
    assert.deepEqual(price, { name: 'Price', displayName: 'Price', dataType: 'float' });
  });

  test('a string has the length that the admin API would give it', async () => {
    await using running = await RunningGateway.start(ADD);
    await sendPersons(running, `[{"email":"a@b.example","short":"x","long":"${'x'.repeat(256)}"}]`);
    const fields = workspaceOf(running).personFields;
    assert.deepEqual(fields.get('short'), {
      name: 'short',
      displayName: 'short',
      dataType: 'string',
      length: 255,
      custom: true,
    });
    assert.equal(fields.get('long')?.length, 30_000);
  });

  test('of requests that come at once the first makes the field, and no definition is replaced', async () => {
    await using running = await RunningGateway.start(ADD);
    const put = running.control.putPersonField.bind(running.control);
    const puts: string[] = [];
    running.control.putPersonField = async (workspace, field) => {
      puts.push(field.dataType);
      await new Promise(setImmediate);
      await put(workspace, field);
    };
    const values = ['1', '"x"', 'true', '1.5', '2', '"y"'];
    const statuses = await Promise.all(
      values.map((value) => sendPersons(running, `[{"email":"a@b.example","a":${value}}]`)),
    );
    assert.deepEqual(statuses, Array(values.length).fill(202));
    assert.equal(puts.length, 1);
    assert.deepEqual(customFields(running), [`a ${puts[0]}`]);
  });

  test('an operator who defines the field meanwhile is not overruled', async () => {
    const change = oneAtATime();
    await using running = await RunningGateway.start({ ...ADD, parts: { change } });
    const gate = Promise.withResolvers<void>();
    const operators = change(async () => {
      await gate.promise;
      const field = { name: 'size', displayName: 'Size', dataType: 'score', custom: true } as const;
      await running.control.putPersonField(WORKSPACE, field);
    });
    const sent = sendPersons(running, '[{"email":"a@b.example","size":"large","other":1}]');
    gate.resolve();
    await operators;
    assert.equal(await sent, 202);
    assert.deepEqual(customFields(running), ['size score', 'other integer']);
  });

  test('law 6: no more fields than an operator might make', async () => {
    await using running = await RunningGateway.start(ADD);
    const many = (count: number): string =>
      `[{"email":"a@b.example",${Array.from({ length: count }, (_, n) => `"f${n}":${n}`).join()}}]`;
    assert.equal(await sendPersons(running, many(600)), 202);
    assert.equal(customFields(running).length, 500);
    assert.equal(await sendPersons(running, '[{"email":"a@b.example","another":1}]'), 202);
    assert.equal(customFields(running).length, 500);
    const body = `{"customObjects":${many(60)}}`;
    assert.equal((await send(running, { path: PURCHASES, body })).status, 202);
    assert.equal(typeFields(running).length, 50);
    assert.equal((await running.entries()).length, 3, 'their objects fail alone, in the applier');
  });

  test('a request that is refused makes none', async () => {
    await using running = await RunningGateway.start({ options: { unknownFields: 'add', dailyObjects: 1 } });
    const person = '{"email":"a@b.example","shoeSize":43}';
    assert.equal(await sendPersons(running, `[${person},1]`), 400);
    assert.equal(await sendPersons(running, `[${person},${person}]`), 429);
    const dedupe = `{"dedupeFields":{"field1":"shoeSize"},"persons":[${person}]}`;
    assert.match((await refusal(await send(running, { body: dedupe }))).message, /'shoeSize' is not a field/);
    assert.deepEqual(customFields(running), []);
    await using full = await RunningGateway.start({ ...ADD, parts: { backlogBytes: () => Infinity } });
    assert.equal(await sendPersons(full, `[${person}]`), 503);
    assert.deepEqual(customFields(full), []);
  });

  test('a field that cannot be stored now is 503, and the quota is given back', async () => {
    await using running = await RunningGateway.start({ options: { unknownFields: 'add', dailyObjects: 1 } });
    const put = running.control.putPersonField.bind(running.control);
    running.control.putPersonField = () => Promise.reject(new ControlUnavailable('secret cause'));
    const person = '[{"email":"a@b.example","shoeSize":43}]';
    const said = await refusal(await send(running, { body: `{"persons":${person}}` }));
    assert.deepEqual([said.status, said.code], [503, '5030801']);
    assert.doesNotMatch(said.message, /secret/);
    running.control.putPersonField = put;
    assert.equal(await sendPersons(running, person), 202);
  });
});
