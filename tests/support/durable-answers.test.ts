import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findUnsyncedAnswers } from './durable-answers.ts';
import type { SystemCall } from './strace.ts';

const SOCKET = '9<socket:[1]>';
const WAL = '4</d/intake.db-wal>';
const MARKED = { walPath: '/d/intake.db-wal', markers: ['m1'] };

/** Calls one after the other, each a second long. */
function trace(...calls: readonly (readonly [name: string, args: string, result?: number])[]): SystemCall[] {
  return calls.map(([name, args, result = 1], at) => ({ name, args, result, thread: '1', begun: at, ended: at + 0.9 }));
}

const READ = ['read', `${SOCKET}, "POST … m1"`] as const;
const WRITE = ['pwrite64', `${WAL}, "… m1 …"`] as const;
const SYNC = ['fsync', WAL, 0] as const;
const ANSWER = ['write', `${SOCKET}, "HTTP/1.1 200 OK"`] as const;

test('law 1 holds where a sync lies between write and answer', () => {
  assert.deepEqual(findUnsyncedAnswers(trace(READ, WRITE, SYNC, ANSWER), MARKED), []);
});

for (const [name, calls] of [
  ['no sync', trace(READ, WRITE, ANSWER)],
  ['a sync before the write', trace(READ, SYNC, WRITE, ANSWER)],
  ['a sync after the answer', trace(READ, WRITE, ANSWER, SYNC)],
  ['a sync that failed', trace(READ, WRITE, ['fsync', WAL, -1], ANSWER)],
  ['a sync of another file', trace(READ, WRITE, ['fsync', '5</d/control.db-wal>', 0], ANSWER)],
  ['an answer before the write', trace(READ, ANSWER, WRITE, SYNC)],
  ['an answer to somebody else', trace(READ, WRITE, SYNC, ['write', '8<socket:[2]>, "HTTP/1.1 200 OK"'])],
  ['no request', trace(WRITE, SYNC, ANSWER)],
] as const) {
  test(`law 1 is seen to be broken by ${name}`, () => {
    assert.equal(findUnsyncedAnswers(calls, MARKED).length, 1);
  });
}
