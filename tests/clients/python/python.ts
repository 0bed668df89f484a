/** Runs a script beside this file with the Python clients that `npm test` installs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PYTHON } from '../../run-plan.ts';

const ENVIRONMENT = join(import.meta.dirname, '../../..', PYTHON.environment);

/** Why suites of Python clients are skipped; false when they need not be. */
export const withoutClients: string | false = existsSync(join(ENVIRONMENT, 'requirements.txt'))
  ? false
  : 'the Python clients are not installed; npm test installs them';

/** Gives the script JSON, and resolves with the JSON that it prints; it complains about nothing. */
export async function runScript<Printed>(script: string, input: object): Promise<Printed> {
  const command = [join(import.meta.dirname, script)];
  const child = spawn(join(ENVIRONMENT, 'bin/python'), command, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify(input));
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.equal(errors, '');
  return JSON.parse(output) as Printed;
}
