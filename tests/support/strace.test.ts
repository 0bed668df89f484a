import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTrace } from './strace.ts';

const TRACE = `7 100.000000 pwrite64(4</d/log-wal>, "one", 3, 0) = 3 <0.000100>
7 100.001000 fsync(4</d/log-wal> <unfinished ...>
5 100.002000 read(9<socket:[1]>, "GET", 65536) = 3 <0.000050>
7 100.005000 <... fsync resumed>) = -1 EIO (Input/output error) (INJECTED) <0.004000>
5 100.006000 read(9<socket:[1]>,  <unfinished ...>
5 100.007000 <... read resumed>"POST", 65536) = 4 <0.001000>
7 100.008000 fsync(4</d/log-wal> <unfinished ...>
8 100.009000 +++ exited with 0 +++
`;

test('a trace is read in the order in which calls ended, halves put together', () => {
  const calls = parseTrace(TRACE).map(({ name, thread, result, args }) => ({ name, thread, result, args }));
  assert.deepEqual(calls, [
    { name: 'pwrite64', thread: '7', result: 3, args: '4</d/log-wal>, "one", 3, 0' },
    { name: 'read', thread: '5', result: 3, args: '9<socket:[1]>, "GET", 65536' },
    { name: 'fsync', thread: '7', result: -1, args: '4</d/log-wal>' },
    { name: 'read', thread: '5', result: 4, args: '9<socket:[1]>,"POST", 65536' },
  ]);
  const sync = parseTrace(TRACE)[2];
  assert.equal(sync?.begun, 100.001);
  assert.ok(Math.abs((sync?.ended ?? 0) - 100.005) < 1e-6);
});
