/** The commands that tell what became of objects, and whether everything adds up. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { W, exchange } from '#cli/testing.ts';

describe('inlet requests fates', () => {
  it('lists each object, without columns that are empty', async () => {
    const items = [
      { index: 0, outcome: 'created', identity: 5 },
      { index: 1, outcome: 'failed', key: { email: 'x' }, code: '1003', message: 'Bad', attempts: 1 },
    ];
    const answers = { [`GET ${W}/requests/R/fates?limit=100`]: { body: { items } } };
    const run = await exchange(['requests', 'fates', 'R'], answers);
    assert.equal(
      run.stdout,
      [
        'index  outcome  identity  key            code  message  attempts',
        '─────  ───────  ────────  ─────────────  ────  ───────  ────────',
        '    0  created         5',
        '    1  failed             {"email":"x"}  1003  Bad             1',
        '',
      ].join('\n'),
    );
    const none = await exchange(['requests', 'fates', 'R', '--json'], {
      [`GET ${W}/requests/R/fates?limit=100`]: { body: { items: [] } },
    });
    assert.equal(none.stdout, '[]\n');
  });
});

describe('inlet history', () => {
  const path = `GET ${W}/objects/purchases/history?limit=100&vin=a%3Db&Year=5`;
  const item = { requestId: 'R1', index: 0, outcome: 'created', acceptedAt: 'T1', fields: ['vin', 'year'] };

  it('names the object by the fields that are given, and follows the pages', async () => {
    const answers = {
      [path]: { body: { type: 'purchases', objects: [{ identity: 'G' }], items: [item], next: `${W}/next` } },
      [`GET ${W}/next`]: { body: { items: [{ ...item, requestId: 'R2', fieldsUnavailable: 'forgotten' }] } },
    };
    const run = await exchange(['history', 'purchases', 'vin=a=b', 'Year=5'], answers);
    assert.match(run.stdout, /^T1 +R1 +0 +created +vin, year$/mu);
    assert.match(run.stdout, /^T1 +R2 +0 +created +vin, year +forgotten$/mu);
    assert.deepEqual([run.exitCode, run.stderr], [0, '']);
    const json = await exchange(['history', 'purchases', 'vin=a=b', 'Year=5', '--json'], answers);
    const { objects, items } = JSON.parse(json.stdout) as { objects: unknown[]; items: unknown[] };
    assert.deepEqual([objects.length, items.length], [1, 2]);
  });

  it('says how many objects have the name, what is forgotten, and that there are more', async () => {
    const objects = [
      { identity: 1, partitionName: 'Default' },
      { identity: 2, partitionName: 'EU' },
    ];
    const answer = { type: 'persons', objects, items: [item, item], next: '/next', retainedFrom: 'T0' };
    const several = await exchange(['history', 'persons', 'email=x', '--limit', '1'], {
      [`GET ${W}/objects/persons/history?limit=1&email=x`]: { body: answer },
    });
    assert.equal(
      several.stderr,
      [
        '2 objects have this name: 1 (Default), 2 (EU).',
        'Finished requests that were accepted before T0 are forgotten.',
        'There are more; raise --limit to see them.',
        '',
      ].join('\n'),
    );
    const gone = await exchange(['history', 'persons', 'id=1'], {
      [`GET ${W}/objects/persons/history?limit=100&id=1`]: { body: { type: 'persons', objects: [], items: [item] } },
    });
    assert.equal(gone.stderr, 'No such object exists now.\n');
  });
});

describe('inlet conservation', () => {
  const lane = { received: 3, created: 1, updated: 0, stored: 0, deleted: 0, failed: 1, pending: 1, backlog: 0 };
  const account = (munchkinId: string, difference: number): object => ({
    munchkinId,
    holds: difference === 0,
    lanes: { high: { ...lane, difference } },
  });

  it('checks the whole server, and needs no workspace for it', async () => {
    const first = { holds: true, unread: 0, items: [account('A', 0)], next: '/v1/conservation?after=A' };
    const answers = {
      'GET /v1/conservation?limit=1000': { body: first },
      'GET /v1/conservation?after=A': { body: { items: [account('B', 0)] } },
    };
    const run = await exchange(['conservation'], answers, { workspace: false });
    assert.match(run.stdout, /^A +high +3 +1 +0 +0 +0 +1 +1 +0 +0$/mu);
    assert.match(run.stdout, /^B /mu);
    assert.deepEqual([run.exitCode, /adds up/u.test(run.stderr)], [0, true]);
  });

  it('ends with 1 when it does not add up, or nobody knows', async () => {
    const lost = await exchange(['conservation'], { [`GET ${W}/conservation`]: { body: account('123-ABC-456', 2) } });
    assert.deepEqual([lost.exitCode, /does not add up/u.test(lost.stderr)], [1, true]);
    const answers = { 'GET /v1/conservation?limit=1000': { body: { holds: false, unread: 2, items: [] } } };
    const unknown = await exchange(['conservation'], answers, { workspace: false });
    assert.deepEqual([unknown.exitCode, /2 workspaces do not answer/u.test(unknown.stderr)], [1, true]);
  });
});

describe('inlet webhooks', () => {
  const hook = { id: 'H', url: 'https://x.org', state: 'active', enabled: true, delivery: 'batch', pending: 0 };

  it('adds, enables, disables, removes', async () => {
    const words = ['webhooks', 'add', 'https://x.org', '--type', 'results', '--delivery', 'batch', '--disabled'];
    const added = await exchange(words, { [`POST ${W}/webhooks`]: { status: 201, body: hook } });
    const wanted = { url: 'https://x.org', types: ['results'], delivery: 'batch', enabled: false };
    assert.deepEqual(JSON.parse(added.seen[0]?.body ?? ''), wanted);
    assert.match(added.stdout, /^state +active$/mu);
    for (const enabled of [true, false]) {
      const command = enabled ? 'enable' : 'disable';
      const changed = await exchange(['webhooks', command, 'H'], { [`PATCH ${W}/webhooks/H`]: { body: hook } });
      assert.deepEqual(JSON.parse(changed.seen[0]?.body ?? ''), { enabled });
    }
    const removed = await exchange(['webhooks', 'remove', 'H'], { [`DELETE ${W}/webhooks/H`]: { status: 204 } });
    assert.equal(removed.stdout, 'Removed webhook H.\n');
  });

  it('lists webhooks and their tries', async () => {
    const hooks = await exchange(['webhooks'], { [`GET ${W}/webhooks?limit=100`]: { body: { items: [hook] } } });
    assert.match(hooks.stdout, /^H +https:\/\/x\.org +active +true +batch +0$/mu);
    const tried = { at: 'T', kind: 'events', deliveryId: 'D', attempt: 2, durationMs: 10.4 };
    const items = [
      { ...tried, succeeded: true, response: { status: 204 } },
      { ...tried, succeeded: false, fault: 'timeout after 10 s' },
    ];
    const tries = await exchange(['webhooks', 'deliveries', 'H'], {
      [`GET ${W}/webhooks/H/deliveries?limit=100`]: { body: { items } },
    });
    assert.match(tries.stdout, /^T +events +D +2 +true +204 +10$/mu);
    assert.match(tries.stdout, /^T +events +D +2 +false +10 +timeout after 10 s$/mu);
  });

  it('ends a test that was not taken with 1', async () => {
    const answer = { succeeded: false, fault: 'connection refused', durationMs: 1, request: { url: 'https://x.org' } };
    const run = await exchange(['webhooks', 'test', 'H'], { [`POST ${W}/webhooks/H/test`]: { body: answer } });
    assert.equal(run.exitCode, 1);
    assert.match(run.stdout, /^fault +connection refused$/mu);
  });
});
