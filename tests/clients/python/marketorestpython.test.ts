/** PyPI `marketorestpython`, unmodified, pointed at the server by its attribute `host`. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startServer } from '../../support/server/inlet-server.ts';
import { Workspace } from '../../support/server/workspace.ts';
import { runScript, withoutClients as skip } from './python.ts';

type Row = Readonly<Record<string, unknown>>;

/** Runs the script as the user of a client with every permission; resolves with what each step gave back. */
async function scenario(workspace: Workspace, name: string, host: string): Promise<Record<string, readonly Row[]>> {
  const permissions = [
    'Read-Write Lead',
    'Read-Write Custom Object',
    'Read-Write Schema Custom Field',
    'Read-Write Custom Object Type',
  ];
  const client = await workspace.administer<object>('POST', '/clients', { name: `python ${name}`, permissions });
  const given = { ...client, munchkinId: workspace.credentials.munchkinId, host, scenario: name };
  return await runScript<Record<string, readonly Row[]>>('marketorestpython_scenario.py', given);
}

suite('marketorestpython 0.5.25', { skip }, () => {
  test('makes a type; what the ingestion endpoint takes then is read back, synced and deleted', async () => {
    await using server = await startServer('--log-level', 'warn');
    const workspace = new Workspace(server);
    const prepared = await scenario(workspace, 'prepare', server.url);
    assert.deepEqual(
      prepared['types']?.map(({ apiName }) => apiName),
      ['boat_c'],
    );
    assert.equal(prepared['describedType']?.[0]?.['state'], 'approved');
    assert.ok((prepared['describedLead']?.length ?? 0) >= 90);

    const persons = [
      { email: 'dora@clients.example', firstName: 'Dora' },
      { email: 'emil@clients.example', firstName: 'Emil' },
    ];
    await workspace.decided(await workspace.accept('persons', { persons }));
    const boats = [
      { hull: 'H1', owner: 'dora@clients.example', length: 5.4 },
      { hull: 'H2', owner: 'emil@clients.example', length: 12 },
    ];
    const { objects } = await workspace.decided(
      await workspace.accept('customobjects/boat_c', { customObjects: boats }),
    );
    assert.equal(objects.created, 2);

    // On a host with several workspaces the path names the one that is meant.
    const host = `${server.url}/subscriptions/${workspace.credentials.munchkinId}`;
    const read = await scenario(workspace, 'read', host);
    assert.deepEqual(
      read['leads']?.map(({ email, firstName }) => ({ email, firstName })),
      persons,
    );
    assert.equal(read['lead']?.[0]?.['email'], 'dora@clients.example');
    assert.deepEqual(
      read['sync']?.map(({ status }) => status),
      ['created', 'skipped'],
    );
    // A page is in the order of the GUIDs, which are random (docs/specs/marketo-rest.md, R20).
    assert.deepEqual(
      read['boats']
        ?.map(({ hull, owner, length }) => ({ hull, owner, length }))
        .toSorted((one, other) => String(one.hull).localeCompare(String(other.hull))),
      boats,
    );
    assert.deepEqual(
      read['syncBoats']?.map(({ status, reasons }) => ({ status, reasons })),
      [
        { status: 'created', reasons: undefined },
        { status: 'skipped', reasons: [{ code: '1004', message: 'Lead not found' }] },
      ],
    );
    assert.equal(read['describedBoat']?.[0]?.['idField'], 'marketoGUID');
    assert.ok(Number(read['usage']?.[0]?.['total']) > 0);
    assert.equal(read['deletedBoats']?.[0]?.['status'], 'deleted');
    assert.deepEqual(
      read['deleted']?.map(({ status }) => status),
      ['deleted', 'deleted'],
    );
    assert.deepEqual(read['left'], []);
    assert.deepEqual(await workspace.sql('select count(*) from persons'), [[1]]);
  });

  test('gets a new token when its own has come to its end', async () => {
    await using server = await startServer('--token-lifetime', '1s', '--log-level', 'warn');
    const renewed = await scenario(new Workspace(server), 'renew', server.url);
    assert.equal(renewed['first']?.[0]?.['name'], 'Default');
    assert.deepEqual(renewed['renewed'], renewed['first']);
    assert.equal(renewed['isAnother'], true);
  });
});
