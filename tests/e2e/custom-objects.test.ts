/** Must show 3: what becomes of each custom object. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { startServer } from './support/inlet-server.ts';
import type { InletServer } from './support/inlet-server.ts';
import { Workspace } from './support/workspace.ts';
import type { ShownRequest } from './support/workspace.ts';

suite('Must show 3: fates of custom objects', () => {
  let server: InletServer;
  let workspace: Workspace;

  before(async () => {
    server = await startServer('--log-level', 'warn');
    workspace = new Workspace(server);
    await workspace.administer('PUT', '/custom-objects/Orders', {
      fields: [
        { name: 'shop', dataType: 'string' },
        { name: 'number', dataType: 'integer' },
        { name: 'total', dataType: 'currency' },
        { name: 'note', dataType: 'text' },
      ],
      dedupeFields: ['shop', 'number'],
    });
  });

  async function sendOrders(customObjects: readonly object[], more: object = {}): Promise<ShownRequest> {
    return workspace.decided(await workspace.accept('customobjects/orders', { ...more, customObjects }));
  }

  test('match by all their dedupe fields, exactly, in order', async () => {
    const { objects } = await sendOrders([
      { shop: 'a', number: 1, total: 1.25 },
      { shop: 'a', number: 2 },
      { shop: 'A', number: 1 },
      { SHOP: 'a', Number: '1', note: 'n' },
    ]);
    assert.deepEqual([objects.created, objects.updated], [3, 1]);
    const rows = await workspace.sql(`select shop, number, total, note from orders where shop = 'a' order by number`);
    assert.deepEqual(rows, [
      ['a', 1, 1.25, 'n'],
      ['a', 2, null, null],
    ]);
  });

  test('marketoGUID finds an object and creates none', async () => {
    await sendOrders([{ shop: 'guid', number: 1 }]);
    const [[marketoGUID] = []] = await workspace.sql(`select marketoGUID from orders where shop = 'guid'`);
    const { objects, failures } = await sendOrders(
      [{ marketoGUID, total: 9 }, { marketoGUID: 'b2c1c1f6-0000-4000-8000-000000000000', total: 1 }, { total: 1 }],
      { dedupeBy: 'marketoGUID' },
    );
    assert.deepEqual([objects.updated, objects.failed], [1, 2]);
    assert.deepEqual(
      failures.map(({ code }) => code),
      ['1013', '1002'],
    );
    assert.deepEqual(await workspace.sql(`select total from orders where shop = 'guid'`), [[9]]);
  });

  test('faults, each with its code', async () => {
    const { failures } = await sendOrders([
      { shop: 'x' },
      { shop: 'x', number: 1, colour: 'red' },
      { shop: 'x', number: 1, marketoGUID: 'y' },
      { shop: 'x', number: 1.5 },
    ]);
    assert.deepEqual(
      failures.map(({ code }) => code),
      ['1002', '1006', '1011', '1003'],
    );
  });

  test('a field that is added later is there for later objects', async () => {
    const before = await workspace.admin('GET', '/custom-objects/orders');
    const { fields, dedupeFields } = JSON.parse(before.text) as { fields: object[]; dedupeFields: string[] };
    await workspace.administer('PUT', '/custom-objects/orders', {
      fields: [...fields, { name: 'colour', dataType: 'string' }],
      dedupeFields,
    });
    await sendOrders([{ shop: 'late', number: 1, colour: 'red' }]);
    assert.deepEqual(await workspace.sql(`select colour from orders where shop = 'late'`), [['red']]);
  });
  after(() => server[Symbol.asyncDispose]());
});
