import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Client } from '#model/definitions.ts';
import type { MunchkinId } from '#model/words.ts';
import { TokenIndex } from './token-index.ts';
import { clientTag, deriveToken, readToken, remainingSeconds } from './token.ts';

const SECRET = new Uint8Array(32).fill(1);

function client(clientId: string, more: Partial<Client> = {}): Client {
  return {
    clientId,
    workspace: '123-ABC-456' as MunchkinId,
    name: 'n',
    permissions: [],
    secretHash: 'h',
    createdAt: 0,
    ...more,
  };
}

function indexOf(...clients: readonly Client[]): TokenIndex {
  return new TokenIndex(SECRET, new Map(clients.map((each) => [each.clientId, each])));
}

const issue = fc.integer({ min: 0, max: 0xffff_ffff });

test('law 8: a token is derived, not stored: the same again, and found with its time of issue', () => {
  fc.assert(
    fc.property(fc.string(), issue, (id, issuedAt) => {
      const token = deriveToken(SECRET, client(id), issuedAt);
      assert.equal(deriveToken(SECRET, client(id), issuedAt), token);
      assert.equal(readToken(token)?.issuedAt, issuedAt);
      assert.deepEqual(indexOf(client('other'), client(id)).clientOf(token), { client: client(id), issuedAt });
    }),
  );
});

test('law 8: a token with one character changed opens nothing', () => {
  const token = deriveToken(SECRET, client('a'), 1_800_000_000);
  const index = indexOf(client('a'));
  for (let at = 0; at < token.length; at += 1) {
    const other = token[at] === '0' ? '1' : '0';
    assert.equal(index.clientOf(token.slice(0, at) + other + token.slice(at + 1)), undefined, `at ${at}`);
  }
});

test('law 7: a token ends with its client, another secret and another workspace', () => {
  const token = deriveToken(SECRET, client('a'), 1);
  assert.equal(indexOf().clientOf(token), undefined);
  assert.equal(indexOf(client('a', { createdAt: 1 })).clientOf(token), undefined);
  assert.equal(indexOf(client('a', { secretHash: 'x' })).clientOf(token), undefined);
  assert.equal(indexOf(client('a', { workspace: '999-XYZ-999' as MunchkinId })).clientOf(token), undefined);
  assert.equal(new TokenIndex(new Uint8Array(32), new Map([['a', client('a')]])).clientOf(token), undefined);
});

test('clients that share a tag are told apart', () => {
  const byTag = new Map<string, string>();
  let pair: readonly [string, string] | undefined;
  for (let n = 0; pair === undefined; n += 1) {
    const other = byTag.get(clientTag(`c${n}`));
    if (other !== undefined) pair = [other, `c${n}`];
    byTag.set(clientTag(`c${n}`), `c${n}`);
  }
  const [first, second] = pair.map((id) => client(id));
  assert.ok(first && second);
  const index = indexOf(first, second);
  assert.equal(index.clientOf(deriveToken(SECRET, second, 5))?.client, second);
  assert.equal(index.clientOf(deriveToken(SECRET, first, 5))?.client, first);
});

test('texts that are no tokens are refused before any work', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), (text) => {
      assert.equal(readToken(text), undefined);
    }),
  );
});

test('what is left of a token never passes its lifetime, though the clock be set back', () => {
  assert.equal(remainingSeconds(100, 60, 100), 60);
  assert.equal(remainingSeconds(100, 60, 160), 0);
  assert.equal(remainingSeconds(100, 60, 0), 60);
});
