import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function inlet(words: readonly string[], environment: Readonly<Record<string, string>> = {}): Ended {
  return spawnSync(process.execPath, [MAIN, ...words], { encoding: 'utf8', env: { PATH: '', ...environment } });
}

describe('the inlet process', () => {
  it('prints its version', () => {
    const { status, stdout } = inlet(['--version']);
    assert.equal(status, 0);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/u);
  });

  it('ends with 2 on misuse, before it loads an engine', () => {
    const { status, stdout, stderr } = inlet(['serve', '--prot', '1'], { INLET_MAX_COLUMNS: 'many' });
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /did you mean --port\?[^]*INLET_MAX_COLUMNS: is "many"/u);
  });
});
