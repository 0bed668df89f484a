/** Must show 6: the history of an object over its requests, and the fate of every object of a request. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startServer } from '../support/server/inlet-server.ts';
import { requestIdOf, Workspace } from '../support/server/workspace.ts';

const EMAIL = 'ada@history.example';

interface Item {
  readonly requestId: string;
  readonly index: number;
  readonly outcome: string;
  readonly acceptedAt: string;
  readonly identity?: number | string;
  readonly code?: string;
  readonly reason?: string;
  readonly fields?: readonly string[];
  readonly replays?: { readonly requestId: string; readonly index: number };
  readonly replayedBy?: string;
}

interface Page {
  readonly items: readonly Item[];
  readonly objects?: readonly { readonly identity: number | string }[];
  readonly next?: string;
}

/** All pages. */
async function items(workspace: Workspace, path: string): Promise<Item[]> {
  const all: Item[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const page: Page = await workspace.administer('GET', next);
    all.push(...page.items);
    next = page.next?.replace(`/v1/workspaces/${workspace.credentials.munchkinId}`, '');
  }
  return all;
}

function history(workspace: Workspace, name: string, type = 'persons'): Promise<Item[]> {
  return items(workspace, `/objects/${type}/history?${name}`);
}

type Word = readonly [requestId: string, index: number, what: string, fields: string];

/** What each item says: whose it is, the outcome or the code, and the names of the fields. */
function words(list: readonly Item[]): Word[] {
  return list.map(({ requestId, index, outcome, code, fields = [] }) => [
    requestId,
    index,
    code ?? outcome,
    fields.join(),
  ]);
}

/** A REST call that succeeds for each of its records; gives its request's id. */
async function rest(workspace: Workspace, path: string, body: object): Promise<string> {
  const headers = { Authorization: `Bearer ${await workspace.token()}`, 'Content-Type': 'application/json' };
  const answer = await workspace.send({ path: `/rest/v1/${path}`, headers, body: JSON.stringify(body) });
  const { success, result } = JSON.parse(answer.text) as { success: boolean; result: { status: string }[] };
  assert.ok(success && result.every(({ status }) => status !== 'skipped'), answer.text);
  return requestIdOf(answer);
}

async function replayOf(workspace: Workspace, requestId: string): Promise<string> {
  const { requests } = await workspace.administer<{ requests: { requestId: string }[] }>('POST', '/quarantine/replay', {
    filter: { requestId },
  });
  const id = requests[0]?.requestId ?? '';
  await workspace.done(id);
  return id;
}

suite('Must show 6: histories', () => {
  test('a person over eleven requests, in order, with what became of each and what it sent, also after a restart', async () => {
    await using server = await startServer('--log-level', 'warn');
    const workspace = new Workspace(server);
    await workspace.administer('PUT', '/person-fields/crmKey', { dataType: 'string' });
    const persons = async (objects: readonly object[], options: object = {}): Promise<string> => {
      const requestId = await workspace.accept('persons', { ...options, persons: objects });
      await workspace.decided(requestId);
      return requestId;
    };
    const created = await persons([{ email: 'bob@history.example' }, { email: EMAIL, firstName: 'Ada' }], {
      priority: 'high',
    });
    const scored = await persons([{ leadScore: 5, email: EMAIL.toUpperCase() }]);
    const misfit = await persons([{ email: EMAIL, leadScore: 'much' }]);
    const unknown = await persons([{ email: EMAIL, shoeSize: 38 }]);
    const twice = await persons([
      { email: EMAIL, title: 'A' },
      { email: EMAIL, title: 'B', crmKey: 'C-1' },
    ]);
    const byKey = await persons([{ crmKey: 'C-1', city: 'London' }], { dedupeFields: { field1: 'crmKey' } });
    const [{ identity: id } = {}] = await history(workspace, `email=${EMAIL}`);
    const byId = await rest(workspace, 'leads.json', {
      action: 'updateOnly',
      lookupField: 'id',
      input: [{ id, lastName: 'Lovelace' }],
    });
    await workspace.administer('PUT', '/person-fields/shoeSize', { dataType: 'integer' });
    const replayed = await replayOf(workspace, unknown);
    const expected: Word[] = [
      [created, 1, 'created', 'email,firstName'],
      [scored, 0, 'updated', 'leadScore,email'],
      [misfit, 0, '1003', 'email,leadScore'],
      [unknown, 0, '1006', 'email,shoeSize'],
      [twice, 0, 'updated', 'email,title'],
      [twice, 1, 'updated', 'email,title,crmKey'],
      [byKey, 0, 'updated', 'crmKey,city'],
      [byId, 0, 'updated', 'id,lastName'],
      [replayed, 0, 'updated', 'email,shoeSize'],
    ];
    const known = await history(workspace, `email=${EMAIL}`);
    assert.deepEqual(words(known), expected);
    assert.deepEqual(words(await history(workspace, `Email=${EMAIL.toUpperCase()}&limit=2`)), expected);
    assert.deepEqual(words(await history(workspace, `id=${id}&limit=4`)), expected);
    assert.ok(known.every((item, at) => at === 0 || item.acceptedAt >= (known[at - 1]?.acceptedAt ?? '')));
    assert.equal(known[3]?.replayedBy, replayed);
    assert.deepEqual(known[8]?.replays, { requestId: unknown, index: 0 });

    const renamed = await persons([{ id, email: 'lovelace@history.example' }], { dedupeFields: { field1: 'id' } });
    const deleted = await rest(workspace, 'leads/delete.json', { input: [{ id }] });
    const applied = expected.filter(([, , what]) => !/^\d/.test(what));
    const whole: Word[] = [...applied, [renamed, 0, 'updated', 'id,email'], [deleted, 0, 'deleted', 'id']];
    const gone = await history(workspace, `id=${id}`);
    assert.deepEqual(words(gone), whole);
    assert.deepEqual(
      words(await history(workspace, `email=${EMAIL}`)),
      expected.filter(([, , what]) => /^\d/.test(what)),
    );

    await server.restart('--log-level', 'warn');
    assert.deepEqual(await history(workspace, `id=${id}`), gone);
    await server.kill();
    await server.start('--log-level', 'warn');
    assert.deepEqual(await history(workspace, `id=${id}&limit=1`), gone);
  });

  test('a custom object that waited for its person, across a SIGKILL', async () => {
    const options = ['--retry-schedule', '1h', '--log-level', 'warn'];
    await using server = await startServer(...options);
    const workspace = new Workspace(server);
    await workspace.administer('PUT', '/custom-objects/cars', {
      fields: ['vin', 'email', 'color'].map((name) => ({ name, dataType: 'string' })),
      dedupeFields: ['vin'],
      link: { field: 'email', personField: 'email' },
    });
    const cars = async (...customObjects: readonly object[]): Promise<string> => {
      const requestId = await workspace.accept('customobjects/cars', { customObjects });
      await workspace.decided(requestId);
      return requestId;
    };
    const first = await cars({ vin: 'x', email: 'x@history.example' }, { vin: 'V', email: EMAIL, color: 'red' });
    const second = await cars({ vin: 'V', color: 'blue' });
    const waiting = await history(workspace, 'vin=V', 'Cars');
    assert.deepEqual(words(waiting), [
      [first, 1, '1004', 'vin,email,color'],
      [second, 0, '1004', 'vin,color'],
    ]);
    assert.deepEqual(
      waiting.map(({ outcome, reason }) => [outcome, reason]),
      [
        ['pending', 'no-person'],
        ['pending', 'behind'],
      ],
    );
    await server.kill();
    await server.start(...options);
    assert.deepEqual(words(await history(workspace, 'vin=V', 'cars')), words(waiting));
    await workspace.accept('persons', { persons: [{ email: EMAIL }] });
    await workspace.done(second);
    const decided = await history(workspace, 'vin=V', 'cars');
    assert.deepEqual(words(decided), [
      [first, 1, 'created', 'vin,email,color'],
      [second, 0, 'updated', 'vin,color'],
    ]);
    const guid = decided[0]?.identity;
    const body = { deleteBy: 'idField', input: [{ marketoGUID: guid }] };
    const deleted = await rest(workspace, 'customobjects/cars/delete.json', body);
    assert.deepEqual(words(await history(workspace, `marketoguid=${guid}`, 'cars')), [
      ...words(decided),
      [deleted, 0, 'deleted', 'marketoGUID'],
    ]);
    const answer = await workspace.admin('GET', '/objects/cars/history?vin=V');
    assert.equal((JSON.parse(answer.text) as { code: string }).code, 'object-unknown', answer.text);
  });

  test('the fates of a request add up to its counts, object by object (law 2)', async () => {
    await using server = await startServer('--retry-schedule', '1h', '--log-level', 'warn');
    const workspace = new Workspace(server);
    await workspace.administer('PUT', '/custom-objects/cars', {
      fields: ['vin', 'email'].map((name) => ({ name, dataType: 'string' })),
      dedupeFields: ['vin'],
      link: { field: 'email', personField: 'email' },
    });
    await workspace.decided(await workspace.accept('persons', { persons: [{ email: EMAIL }] }));
    const car = (vin: unknown, email: string): object => ({ vin, email });
    const requests = [
      await workspace.accept('persons', {
        persons: Array.from({ length: 250 }, (_, n) => ({ email: n % 3 === 0 ? `bad ${n}` : `p${n % 100}@h.example` })),
      }),
      await workspace.accept('customobjects/cars', {
        customObjects: [
          car('a', EMAIL),
          car('b', 'nobody@history.example'),
          car(5, EMAIL),
          car('a', EMAIL),
          car('b', EMAIL),
        ],
      }),
      await workspace.store('web/clicks', [{ a: 1 }, { a: 2 }, { a: 3 }]),
    ];
    for (const requestId of requests) {
      const { objects } = await workspace.decided(requestId);
      const { received, ...counts } = objects;
      const fates = await items(workspace, `/requests/${requestId}/fates?limit=7`);
      assert.deepEqual(
        fates.map(({ index }) => index),
        Array.from({ length: received }, (_, index) => index),
      );
      for (const [fate, count] of Object.entries(counts)) {
        assert.equal(fates.filter(({ outcome }) => outcome === fate).length, count, `${requestId}: ${fate}`);
      }
    }
  });
});
