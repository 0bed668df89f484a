/** Must show 4: every payload of a real corpus of webhooks goes in as an event and comes back as it was sent. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertSameJson, canonicalJson } from '../support/exact-json.ts';
import { startServer } from '../support/server/inlet-server.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { Workspace } from '../support/server/workspace.ts';
import type { SqlAnswer } from '../support/server/workspace.ts';

type Payload = Readonly<Record<string, unknown>>;

interface Example {
  readonly name: string;
  readonly payload: Payload;
}

interface Column {
  readonly key: string;
  readonly column: string;
  readonly type: 'boolean' | 'integer' | 'bigInteger' | 'decimal' | 'text' | 'json';
}

const corpus = JSON.parse(
  readFileSync(fileURLToPath(import.meta.resolve('@octokit/webhooks-examples')), 'utf8'),
) as readonly {
  readonly name: string;
  readonly examples: readonly Payload[];
}[];
const EXAMPLES: readonly Example[] = corpus.flatMap(({ name, examples }) =>
  examples.map((payload) => ({ name, payload })),
);

suite('Must show 4: 329 payloads of GitHub as events', () => {
  let server: InletServer;
  let workspace: Workspace;
  let last = '';
  before(async () => {
    server = await startServer('--log-level', 'warn');
    workspace = new Workspace(server);
    assert.equal(EXAMPLES.length, 329);
    const now = Math.floor(Date.now() / 1000);
    for (const [at, { name, payload }] of EXAMPLES.entries()) {
      // A time of its own tells each row of the mixed table; it steers the row and is not stored.
      await workspace.store('mixed/webhooks', { ...payload, td_record_time: now - at });
      last = await workspace.store(`by_name/${name}`, payload);
    }
    await workspace.decided(last);
  });
  after(() => server[Symbol.asyncDispose]());

  test('in one table: read back equal, in order', async () => {
    const events = await workspace.events('mixed/webhooks');
    assert.equal(events.length, EXAMPLES.length);
    for (const [at, { name, payload }] of EXAMPLES.entries()) {
      assertSameJson(events[at] ?? '', JSON.stringify(payload), `payload ${at}, ${name}`);
    }
  });

  test('in one table: every column of every row is right in SQL', async () => {
    const { columns, rows } = await readTable('mixed/webhooks', '"time" desc');
    assert.equal(rows.length, EXAMPLES.length);
    assert.ok(columns.some(({ type }) => type === 'json') && columns.some(({ type }) => type === 'text'));
    for (const [at, { payload }] of EXAMPLES.entries()) {
      assert.deepEqual(rows[at]?.map(comparable(columns)), expectedRow(columns, payload), `payload ${at}`);
    }
  });

  for (const { name, examples } of corpus) {
    test(`${name}: a table of its own, read back equal and right in SQL`, async () => {
      const events = await workspace.events(`by_name/${name}`);
      assert.deepEqual(
        events.map(canonicalJson),
        examples.map((payload) => canonicalJson(JSON.stringify(payload))),
      );
      const { columns, rows } = await readTable(`by_name/${name}`, '"time"');
      const seen = rows.map((row) => JSON.stringify(row.map(comparable(columns)))).toSorted();
      assert.deepEqual(seen, examples.map((payload) => JSON.stringify(expectedRow(columns, payload))).toSorted());
    });
  }

  async function readTable(
    table: string,
    order: string,
  ): Promise<{ columns: readonly Column[]; rows: SqlAnswer['rows'] }> {
    const [database, name] = table.split('/');
    const { columns } = await workspace.administer<{ columns: readonly Column[] }>(
      'GET',
      `/databases/${database}/tables/${name}`,
    );
    const list = columns.map(({ column }) => `"${column}"`).join(', ');
    const answer = await workspace.sqlAnswer(`select ${list} from ${database}."${name}" order by ${order}`);
    const { rows, truncated } = JSON.parse(answer.text) as SqlAnswer;
    assert.equal(truncated, undefined);
    return { columns, rows };
  }
});

/** What SQL shows, with the text of JSON columns made comparable. */
function comparable(columns: readonly Column[]): (cell: unknown, at: number) => unknown {
  return (cell, at) => (columns[at]?.type === 'json' && cell !== null ? canonicalJson(cell as string) : cell);
}

function expectedRow(columns: readonly Column[], payload: Payload): readonly unknown[] {
  return columns.map(({ key, type }) => {
    const value = Object.hasOwn(payload, key) ? payload[key] : null;
    if (value === null) return null;
    if (type === 'json') return canonicalJson(JSON.stringify(value));
    return type === 'text' && typeof value !== 'string' ? JSON.stringify(value) : value;
  });
}
