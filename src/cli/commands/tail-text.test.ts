import assert from 'node:assert/strict';
import { it } from 'node:test';

import type { JsonObject } from '#model/json.ts';
import { eventText } from './tail-text.ts';

function event(type: string, said: JsonObject): JsonObject {
  return { type: `com.adobe.platform.marketo.observability.${type}`, time: '2026-11-23T10:00:00.000Z', data: said };
}

const HEAD = '2026-11-23T10:00:00.000Z';

it('a results event is a line per request, with its first failures below', () => {
  const failures = [0, 1, 2, 3].map((index) => ({ index, key: { email: `e${index}` }, code: '1003', message: 'Bad' }));
  const requests = [
    {
      requestId: 'R1',
      correlationId: 'C',
      objectType: 'person',
      type: 'persons',
      priority: 'high',
      records: { received: 8, created: 2, updated: 1, failed: { 1003: 4, 1006: 1 } },
      failures,
    },
    {
      requestId: 'R2',
      correlationId: '',
      objectType: 'event',
      priority: 'normal',
      records: { received: 1, created: 0, updated: 0, stored: 1, failed: {} },
    },
  ];
  assert.equal(
    eventText(event('results', { requests })),
    [
      `${HEAD}  results  R1  persons  high  received 8: created 2, updated 1, failed 5 (1003 × 4, 1006 × 1)  correlation C`,
      '    [0] {"email":"e0"}  1003 Bad',
      '    [1] {"email":"e1"}  1003 Bad',
      '    [2] {"email":"e2"}  1003 Bad',
      '    2 more failed: inlet requests fates R1',
      `${HEAD}  results  R2  event  normal  received 1: stored 1`,
      '',
    ].join('\n'),
  );
});

it('metrics tell what came in and what was refused; kinds of which nothing came are left out', () => {
  const none = { received: 0, created: 0, updated: 0, failed: {} };
  const said = {
    windowStart: '2026-11-23T09:00:00.000Z',
    requests: { received: 3, processed: 2, rejected: { 606: 1 } },
    records: { person: { high: none, normal: { received: 2, created: 2, updated: 0, failed: {} } } },
  };
  assert.equal(
    eventText(event('metrics', said)),
    `${HEAD}  metrics  since 2026-11-23T09:00:00.000Z  requests received 3, processed 2, refused (606 × 1)  ` +
      'person normal received 2: created 2\n',
  );
});

it('what a sender wrote does not steer the terminal, and an event of a later version does not break it', () => {
  const requests = [{ requestId: 'R', type: 'a\u001B[2Jb\nc', priority: 'high', records: 5 }];
  assert.equal(eventText(event('results', { requests })), `${HEAD}  results  R  a\\u001b[2Jb\\nc  high  received \n`);
  assert.equal(eventText(event('other', { a: 1 })), `${HEAD}  other    {"a":1}\n`);
  assert.equal(eventText({}), '           {}\n');
});
