/**
 * Must show 6: the same persons upserted from 64 connections at once. There is never a duplicate, and what is stored
 * is what the in-memory engine makes of the same log, fed to it in its order.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { openSqliteIntakeReader } from '#engines/sqlite/intake-reader.ts';
import type { StoredObject } from '#engines/memory/store-tables.ts';
import type { MunchkinId, Position } from '#model/words.ts';
import { LOG_START } from '#model/words.ts';
import { openApplierWorld } from '../support/applier-world.ts';
import { startServer } from '../support/server/inlet-server.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { Workspace } from '../support/server/workspace.ts';

const CONNECTIONS = 64;
const REQUESTS_PER_CONNECTION = 6;
const FIELDS = ['email', 'firstName', 'lastName', 'leadScore', 'company'] as const;
const EVERYTHING = { entries: 100_000, objects: 10_000_000, bytes: 1_000_000_000 };

type Row = readonly unknown[];

// Twenty keys in any case, so that every connection meets every other one.
const email = fc
  .tuple(fc.integer({ min: 0, max: 19 }), fc.boolean())
  .map(([n, upper]) => (upper ? `P${n}@RACE.example` : `p${n}@race.example`));
const person = fc.record(
  {
    email,
    firstName: fc.constantFrom('Ada', 'Ben', null),
    lastName: fc.string({ minLength: 1, maxLength: 5 }),
    leadScore: fc.integer({ min: -5, max: 5 }),
    company: fc.constantFrom('', 'A', 'B'),
  },
  { requiredKeys: ['email'] },
);
const request = fc.array(person, { minLength: 1, maxLength: 30 });
const load = fc.array(fc.array(request, { minLength: REQUESTS_PER_CONNECTION, maxLength: REQUESTS_PER_CONNECTION }), {
  minLength: CONNECTIONS,
  maxLength: CONNECTIONS,
});

/** What the in-memory engine holds after the same log. */
async function oracle(server: InletServer, workspace: MunchkinId): Promise<readonly Row[]> {
  await using reader = openSqliteIntakeReader({ path: join(server.directory, 'intake.db') });
  const entries = await reader.read(workspace, 'normal', LOG_START, EVERYTHING);
  await using world = await openApplierWorld({ workspaces: [workspace], aroundReader: () => reader });
  const last = entries.at(-1)?.position ?? (0 as Position);
  await world.applier.decided(workspace, 'normal', last, AbortSignal.timeout(60_000));
  const persons = world.store.objects(workspace, 'persons');
  return [...(persons?.rows.values() ?? [])].map(rowOf).toSorted((a, b) => Number(a[0]) - Number(b[0]));
}

function rowOf({ identity, values }: StoredObject): Row {
  return [identity, ...FIELDS.map((name) => values.get(name.toLowerCase()) ?? null)];
}

suite('Must show 6: concurrent upserts', () => {
  test('64 connections: no duplicate, and the state of the in-memory engine', async (t) => {
    const seed = Date.now() % 2 ** 31;
    const [connections = []] = fc.sample(load, { numRuns: 1, seed });
    await using server = await startServer('--log-level', 'warn');
    const workspace = new Workspace(server);
    await workspace.token();
    const ids = await Promise.all(
      connections.map(async (requests) => {
        const sent: string[] = [];
        for (const persons of requests) sent.push(await workspace.accept('persons', { persons }));
        return sent;
      }),
    );
    for (const id of ids.flat()) await workspace.decided(id);

    const columns = FIELDS.map((name) => `"${name}"`).join(', ');
    const rows = await workspace.sql(`select id, ${columns} from persons order by id`);
    const keys = rows.map(([, key]) => String(key).toLowerCase());
    assert.equal(new Set(keys).size, keys.length, `seed ${seed}: a person is there twice`);
    assert.ok(keys.length > 10, `seed ${seed}: ${keys.length} persons`);
    const { munchkinId } = workspace.credentials;
    assert.deepEqual(rows, await oracle(server, munchkinId as MunchkinId), `seed ${seed}`);
    t.diagnostic(`seed ${seed}, ${ids.flat().length} requests, ${rows.length} persons`);
  });
});
