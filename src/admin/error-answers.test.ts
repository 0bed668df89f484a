/** What goes wrong around a call, as its sender is told (docs/specs/admin.md, Problems). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemOf } from './error-answers.ts';

test('a body that is cut off is invalid JSON; another connection that is reset is a mistake of the server', () => {
  const reset = { code: 'ECONNRESET' };
  const cutOff = problemOf(Object.assign(new Error('aborted'), reset, { statusCode: 400 }));
  assert.equal(cutOff?.code, 'invalid-json');
  assert.equal(problemOf(Object.assign(new Error('reset'), reset)), undefined);
});
