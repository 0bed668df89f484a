import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MAX_DUPLICATES, noFates, withDuplicates } from './fates.ts';
import { answerClaims, forgottenBefore } from './idempotency.ts';
import type { KeyClaim } from './idempotency.ts';
import type { RequestId } from './words.ts';

const requestOf = (n: number): RequestId => `request ${n}` as RequestId;
const PLACE = { database: 'db', table: 'tbl', windowMs: 10 };

test('law 2: of claims to a key within a window one is granted, and the others name it, however they are grouped', () => {
  const claim = fc.record({ key: fc.constantFrom('a', 'b', '__proto__'), acceptedAt: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(fc.array(claim)), (groups) => {
      let n = 0;
      let taken: readonly KeyClaim[] = [];
      const first = new Map<string, RequestId>();
      for (const group of groups) {
        const claims = group.map((each) => ({ ...each, requestId: requestOf((n += 1)) }));
        const { owners, granted } = answerClaims(taken, { ...PLACE, claims });
        for (const [at, { key, requestId }] of claims.entries()) {
          assert.equal(owners[at], first.get(key));
          if (!first.has(key)) first.set(key, requestId);
        }
        taken = [...taken, ...granted];
      }
      assert.deepEqual(new Map(taken.map(({ key, requestId }) => [key, requestId])), first);
    }),
  );
});

test('what may be forgotten can be asked for by no claim of the last window', () => {
  const claims = [5, 30, 12].map((acceptedAt, n) => ({ key: 'a', requestId: requestOf(n), acceptedAt }));
  assert.equal(forgottenBefore({ ...PLACE, claims }), 10);
});

test('a request is a duplicate as a whole when all of it repeats one other', () => {
  const counts = { ...noFates(), received: 2, stored: 2 };
  const [a, b] = [requestOf(1), requestOf(2)];
  assert.deepEqual(withDuplicates({ counts }, []), {});
  assert.deepEqual(withDuplicates({ counts }, [{ index: 1, of: a }]), { duplicates: [{ index: 1, of: a }] });
  const one = { counts, duplicates: [{ index: 1, of: a }] };
  assert.deepEqual(withDuplicates(one, [{ index: 0, of: a }]), { duplicateOf: a });
  const mixed = [
    { index: 0, of: b },
    { index: 1, of: a },
  ];
  assert.deepEqual(withDuplicates(one, [{ index: 0, of: b }]), { duplicates: mixed });
  assert.deepEqual(withDuplicates({ counts, duplicateOf: a }, []), { duplicateOf: a });
});

test('law 6: the duplicates of a large request are named up to a bound, unless they are all of it', () => {
  const counts = { ...noFates(), received: 3_000, stored: 3_000 };
  const all = Array.from({ length: 3_000 }, (_, index) => ({ index, of: requestOf(1) }));
  assert.deepEqual(withDuplicates({ counts }, all), { duplicateOf: requestOf(1) });
  assert.equal(withDuplicates({ counts }, all.slice(1)).duplicates?.length, MAX_DUPLICATES);
});
