import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { failureText, restRequestId, successText } from './envelope.ts';
import type { RestError } from './errors.ts';
import { pageToken, placeOf } from './page-token.ts';

test('an id has the recorded form: random hex, #, hex of the milliseconds', () => {
  // Recorded with the answer of 2021-04-09T15:22:40.703Z.
  assert.match(restRequestId(Date.UTC(2021, 3, 9, 15, 22, 40, 703), 0.5), /^7ffff#178b73a64bf$/);
  assert.match(restRequestId(0, 0), /^0#0$/);
  assert.match(restRequestId(1, 0.999999999), /^[0-9a-f]{5}#1$/);
});

test('success and failure have the documented members, and no empty ones', () => {
  const result = [{ id: 50, status: 'created' }];
  assert.equal(
    successText('a#b', { result }),
    '{"requestId":"a#b","result":[{"id":50,"status":"created"}],"success":true}',
  );
  assert.equal(successText('a#b', { result: [], warnings: [] }), '{"requestId":"a#b","result":[],"success":true}');
  assert.equal(
    failureText('a#b', [{ code: '601', message: 'Access token invalid' }]),
    '{"requestId":"a#b","success":false,"errors":[{"code":"601","message":"Access token invalid"}]}',
  );
});

test('law 10: a whole number beyond a double is written digit by digit', () => {
  assert.match(successText('a#b', { result: [{ n: 9223372036854775807n }] }), /"n":9223372036854775807\}/);
});

test("a page token gives its place back, looks like the service's, and no other text is one", () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (place) => {
      const token = pageToken(place);
      assert.match(token, /^[A-Z2-7]+=*$/);
      assert.equal(token.length % 8, 0);
      assert.equal(placeOf(token), place);
    }),
  );
  for (const token of ['', '=', 'ABC', 'abc', 'AAAAAAA1', 'ZZZZZZZZ', 'A'.repeat(400), pageToken('1').toLowerCase()]) {
    assert.throws(
      () => placeOf(token),
      (error: RestError) => error.code === '1003',
      token,
    );
  }
});
