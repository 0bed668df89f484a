/** PyPI `td-client`, unmodified, pointed at the server by its argument `endpoint`. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { suite, test } from 'node:test';
import { startServer } from '../../e2e/support/inlet-server.ts';
import { tdCaller } from '../../e2e/support/td-import.ts';
import { Workspace } from '../../e2e/support/workspace.ts';
import { PYTHON } from '../../run-plan.ts';

const ROOT = join(import.meta.dirname, '../../..');
const INTERPRETER = join(ROOT, PYTHON.environment, 'bin/python');
const SCENARIO = join(import.meta.dirname, 'td_client_scenario.py');
const skip = existsSync(join(ROOT, PYTHON.environment, 'requirements.txt'))
  ? false
  : 'the Python clients are not installed; npm test installs them';

const ROWS = 100_000;

async function python(input: object): Promise<Record<string, unknown>> {
  const child = spawn(INTERPRETER, [SCENARIO], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify(input));
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.equal(errors, '');
  return JSON.parse(output) as Record<string, unknown>;
}

suite('td-client 1.7.0', { skip }, () => {
  test('makes a table, imports 100,000 rows once, queries them, lists and deletes', async () => {
    await using server = await startServer('--log-level', 'warn');
    const workspace = new Workspace(server);
    const { writeKey: key } = await tdCaller(workspace);
    const { writeKey: writeOnlyKey } = workspace.credentials;
    const { elapsed, tail, ...steps } = await python({ url: server.url, key, writeOnlyKey, rows: ROWS });
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
