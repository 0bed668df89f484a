/** PyPI `td-client`, unmodified, pointed at the server by its argument `endpoint`. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startServer } from '../../support/server/inlet-server.ts';
import { tdCaller } from '../../support/server/td-import.ts';
import { Workspace } from '../../support/server/workspace.ts';
import { runScript, withoutClients as skip } from './python.ts';

const ROWS = 100_000;

suite('td-client 1.7.0', { skip }, () => {
  test('makes a table, imports 100,000 rows once, queries them, lists and deletes', async () => {
    await using server = await startServer('--log-level', 'warn');
    const workspace = new Workspace(server);
    const { writeKey: key } = await tdCaller(workspace);
    const { writeKey: writeOnlyKey } = workspace.credentials;
    const { elapsed, tail, ...steps } = await runScript<Record<string, unknown>>('td_client_scenario.py', {
      url: server.url,
      key,
      writeOnlyKey,
      rows: ROWS,
    });
    assert.equal(typeof elapsed, 'number');
    assert.deepEqual(
      (tail as readonly { name: string }[]).map(({ name }) => name),
      ['last', `ü${ROWS - 1}`],
    );
    assert.deepEqual(steps, {
      status: 'ok',
      again: 'AlreadyExistsError',
      missing: 'NotFoundError',
      jobStatus: 'success',
      result: [[ROWS + 1, (ROWS * (ROWS - 1)) / 2 - 1, 'last']],
      schema: [
        ['c', 'bigint'],
        ['s', 'varchar'],
        ['m', 'varchar'],
      ],
      json: [
        [-1, null],
        [0, 0],
        [1, 0.5],
        [2, 1],
      ],
      downloaded: [
        [-1, null],
        [0, 0],
        [1, 0.5],
        [2, 1],
      ],
      jobs: ['success', 'success'],
      wrong: ['error', steps['wrong'] instanceof Array ? (steps['wrong'][1] as unknown) : ''],
      databases: ['py_db'],
      tables: [
        [
          'clicks',
          ROWS + 1,
          [
            ['n', 'long', 'n'],
            ['name', 'string', 'name'],
            ['half', 'double', 'half'],
          ],
        ],
      ],
      killed: 'success',
      tablesLeft: [],
      deleted: 'NotFoundError',
      writeOnly: 'ForbiddenError',
    });
    assert.match(String((steps['wrong'] as unknown[])[1]), /no table "nowhere"/);
  });
});
