import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Problem } from '#protocols/api/problems.ts';
import { tdErrorOf } from './td-faults.ts';

test('a body for which there is no room is 503, with the time after which it may be sent again', () => {
  const error = tdErrorOf(new Problem('body-memory', 'send this one again'));
  assert.deepEqual([error?.status, error?.retryAfterSeconds], [503, 1]);
});
