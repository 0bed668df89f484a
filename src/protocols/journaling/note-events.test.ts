/** Status and metrics events have the documented members, and say zero where nothing happened. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noFates } from '#model/fates.ts';
import type { MunchkinId } from '#model/words.ts';
import { FailureSample } from './failure-sample.ts';
import { metricsEvent, statusEvent } from './note-events.ts';
import { ResultsTally } from './results-tally.ts';

const HEAD = { id: '018f2b6e-7a31-7c11-9d3f-52f4b8b1c001', workspace: '123-ABC-456' as MunchkinId };
const FROM = Date.UTC(2023, 7, 14, 17);
const TO = Date.UTC(2023, 7, 14, 18);

test('status: what may still be sent today, and the backlog of both priorities', () => {
  const queue = {
    high: { lagSeconds: 15, requestBacklog: 1, recordBacklog: 100 },
    normal: { lagSeconds: 135, requestBacklog: 10, recordBacklog: 1000 },
  };
  const { event, ...rest } = statusEvent(HEAD, { type: 'status', at: TO, quota: 65_432_100, queue });
  assert.deepEqual(rest, { id: HEAD.id, type: 'status', time: TO, requestIds: [] });
  const { type, time, data: said } = JSON.parse(event) as Record<string, unknown>;
  assert.equal(type, 'com.adobe.platform.marketo.observability.status');
  assert.equal(time, '2023-08-14T18:00:00.000Z');
  assert.deepEqual(said, { munchkinId: HEAD.workspace, quota: 65_432_100, queue });
});

test('metrics: the sums of several results events, and what was refused', () => {
  const failures = new FailureSample();
  failures.add({ index: 0, key: '{}', code: '1003', message: 'Invalid value' });
  const one = new ResultsTally();
  one.add('person', 'high', {
    counts: { ...noFates(), created: 3, failed: 1 },
    failures,
    isFirst: true,
    isLast: false,
  });
  const other = new ResultsTally();
  other.add('person', 'high', {
    counts: { ...noFates(), updated: 2, failed: 1 },
    failures,
    isFirst: false,
    isLast: true,
  });
  other.add('event', 'normal', { counts: { ...noFates(), stored: 7 }, isFirst: true, isLast: true });
  const sum = new ResultsTally();
  sum.addText(one.text());
  sum.addText(other.text());
  const note = { type: 'metrics', from: FROM, to: TO, rejected: { '606': 1, '4290801': 2 } } as const;
  const { data: said, time } = JSON.parse(metricsEvent(HEAD, note, sum).event) as Record<string, unknown>;
  const none = { received: 0, created: 0, updated: 0, failed: {} };
  assert.equal(time, '2023-08-14T18:00:00.000Z');
  assert.deepEqual(said, {
    munchkinId: HEAD.workspace,
    windowStart: '2023-08-14T17:00:00.000Z',
    requests: { received: 5, processed: 2, rejected: { '606': 1, '4290801': 2 } },
    records: {
      person: { high: { received: 7, created: 3, updated: 2, failed: { '1003': 2 } }, normal: none },
      customObject: { high: none, normal: none },
      event: { high: none, normal: { ...none, received: 7, stored: 7 } },
    },
  });
});
