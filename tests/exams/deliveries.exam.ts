/**
 * The exam of deliveries: each clause of src/ports/deliveries.ts as a check that any engine can be put to.
 * Owns: the clauses. Never: knows an engine.
 */
import assert from 'node:assert/strict';
import { MAX_TRACES, newStanding } from '#model/webhook.ts';
import type { Delivery, DeliveryTrace, WebhookStanding } from '#model/webhook.ts';
import type { Deliveries } from '#ports/deliveries.ts';

/** Deliveries with nothing in them. Disposing them removes what they left on disk. */
export interface DeliveriesSubject extends AsyncDisposable {
  readonly deliveries: Deliveries;
  /** Closes them and opens them again; absent where nothing outlives the process. */
  readonly reopen?: () => Promise<Deliveries>;
}

export interface DeliveriesClause {
  readonly name: string;
  readonly check: (subject: DeliveriesSubject) => Promise<void>;
}

const NOW = 1_795_000_000_000;

function standingOf(webhookId: string, more: Partial<WebhookStanding> = {}): WebhookStanding {
  return { ...newStanding(webhookId, 0), state: 'active', ...more };
}

function delivery(id: string, more: Partial<Delivery> = {}): Delivery {
  const times = { firstTriedAt: NOW, nextAttemptAt: NOW };
  return { id, webhookId: 'one', form: 'batch', ordinals: [1, 3], attempts: 0, ...times, ...more };
}

function trace(at: number, succeeded: boolean, webhookId = 'one'): DeliveryTrace {
  const request = {
    method: 'POST',
    url: 'https://example.com/ü',
    headers: { a: 'b' },
    body: '𝒳',
    bodyIsCut: true,
  } as const;
  const fault = succeeded ? {} : { fault: 'connection refused' };
  return { deliveryId: 'd', webhookId, kind: 'events', attempt: 1, at, durationMs: 2.5, succeeded, request, ...fault };
}

const ALL = { from: 0, limit: 1_000 };

export const DELIVERIES_EXAM: readonly DeliveriesClause[] = [
  {
    name: 'nothing is known of a webhook before its first commit',
    async check({ deliveries }) {
      assert.equal(await deliveries.standing('one'), undefined);
      assert.deepEqual(await deliveries.pending('one'), []);
      assert.deepEqual(await deliveries.traces('one', ALL), []);
    },
  },
  {
    name: 'a standing is read as it was committed last, one webhook apart from another',
    async check({ deliveries }) {
      const full = standingOf('one', {
        cursor: 7,
        state: 'unstable',
        reason: 'ü',
        verification: { challengeHash: 'a'.repeat(64), until: NOW },
        failingSince: NOW,
        outcomes: [{ from: NOW, succeeded: 1, failed: 9 }],
      });
      await deliveries.commit({ standing: standingOf('one') });
      await deliveries.commit({ standing: standingOf('two', { cursor: 2 }) });
      await deliveries.commit({ standing: full });
      assert.deepEqual(await deliveries.standing('one'), full);
      assert.deepEqual(await deliveries.standing('two'), standingOf('two', { cursor: 2 }));
    },
  },
  {
    name: 'pending deliveries begin, are replaced and end, in the order of their ids',
    async check({ deliveries }) {
      const standing = standingOf('one');
      await deliveries.commit({ standing, pending: [delivery('c'), delivery('a'), delivery('b')] });
      const other = delivery('a', { webhookId: 'two' });
      await deliveries.commit({ standing: standingOf('two'), pending: [other] });
      const later = delivery('b', { attempts: 1, nextAttemptAt: NOW + 60_000 });
      await deliveries.commit({ standing, pending: [later], ended: ['c', 'unknown'] });
      assert.deepEqual(await deliveries.pending('one'), [delivery('a'), later]);
      await deliveries.commit({ standing, ended: ['a'] });
      assert.deepEqual(await deliveries.pending('one'), [later]);
      assert.deepEqual(await deliveries.pending('two'), [other]);
    },
  },
  {
    name: 'traces are read newest first, page by page, from a moment on',
    async check({ deliveries }) {
      const traces = [1, 2, 3, 4, 5].map((step) => trace(NOW + step, step % 2 === 0));
      await deliveries.commit({ standing: standingOf('one'), traces: traces.slice(0, 2) });
      await deliveries.commit({ standing: standingOf('one'), traces: traces.slice(2) });
      await deliveries.commit({ standing: standingOf('two'), traces: [trace(NOW, true, 'two')] });
      const first = await deliveries.traces('one', { from: 0, limit: 2 });
      const before = first.at(-1)?.ordinal ?? 0;
      const second = await deliveries.traces('one', { before, from: NOW + 2, limit: 9 });
      const plain = [...first, ...second].map(({ ordinal: _ordinal, ...shown }) => shown);
      assert.deepEqual(plain, traces.slice(1).toReversed());
    },
  },
  {
    name: 'of traces the last successes and the last failures are kept (law 6)',
    async check({ deliveries }) {
      const standing = standingOf('one');
      await deliveries.commit({ standing, traces: [trace(NOW, false)] });
      for (let step = 0; step < MAX_TRACES + 5; step += 1)
        await deliveries.commit({ standing, traces: [trace(NOW + step, true)] });
      const kept = await deliveries.traces('one', ALL);
      assert.equal(kept.filter(({ succeeded }) => succeeded).length, MAX_TRACES);
      assert.equal(kept.filter(({ succeeded }) => !succeeded).length, 1);
      assert.equal(kept[0]?.at, NOW + MAX_TRACES + 4);
    },
  },
  {
    name: 'a webhook that is forgotten leaves nothing behind, and the others alone',
    async check({ deliveries }) {
      for (const id of ['one', 'two']) {
        const pending = [delivery('a', { webhookId: id })];
        await deliveries.commit({ standing: standingOf(id), pending, traces: [trace(NOW, true, id)] });
      }
      await deliveries.forget('one');
      await deliveries.forget('unknown');
      assert.equal(await deliveries.standing('one'), undefined);
      assert.deepEqual([await deliveries.pending('one'), await deliveries.traces('one', ALL)], [[], []]);
      assert.notEqual(await deliveries.standing('two'), undefined);
      assert.equal((await deliveries.pending('two')).length, 1);
      assert.equal((await deliveries.traces('two', ALL)).length, 1);
    },
  },
  {
    name: 'everything of a webhook that is not among those to keep is forgotten',
    async check({ deliveries }) {
      for (const id of ['one', 'two']) {
        const pending = [delivery('a', { webhookId: id })];
        await deliveries.commit({ standing: standingOf(id), pending, traces: [trace(NOW, true, id)] });
      }
      await deliveries.keepOnly(new Set(['two', 'three']));
      assert.equal(await deliveries.standing('one'), undefined);
      assert.deepEqual([await deliveries.pending('one'), await deliveries.traces('one', ALL)], [[], []]);
      assert.notEqual(await deliveries.standing('two'), undefined);
      assert.equal((await deliveries.pending('two')).length, 1);
      assert.equal((await deliveries.traces('two', ALL)).length, 1);
    },
  },
  {
    name: 'what was committed is there after closing and opening',
    async check({ deliveries, reopen }) {
      if (reopen === undefined) return;
      const standing = standingOf('one', { cursor: 9 });
      await deliveries.commit({ standing, pending: [delivery('a')], traces: [trace(NOW, true)] });
      const again = await reopen();
      assert.deepEqual(await again.standing('one'), standing);
      assert.deepEqual(await again.pending('one'), [delivery('a')]);
      assert.equal((await again.traces('one', ALL)).length, 1);
    },
  },
];
