import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FateCounts } from '#model/words.ts';
import { findFaults } from './checker.ts';
import { applyObjects, eventFates } from './expected.ts';
import { findWrongAnswers, Ledger, objectsOf } from './ledger.ts';
import type { RequestContent, SentRequest } from './ledger.ts';
import type { Observation, Sample, SeenFate, SeenJournalEvent, SeenRequest, SeenRow } from './observation.ts';
import { SeededRandom } from './seeded-random.ts';
import { createSenders } from './senders.ts';

/** A run of 40 requests a sender, one after the other; of every sender the last one has no answer. */
function record(): Ledger {
  const ledger = new Ledger();
  ledger.gatewayStarted();
  const senders = createSenders(new SeededRandom(7));
  let id = 0;
  for (let turn = 0; turn < 40; turn += 1) {
    for (const { name, next } of senders) {
      const content = next();
      const request = ledger.sent(name, content);
      if (turn === 39) continue;
      const status = content.malformed ? 400 : 200;
      ledger.answered(request, { status, requestId: `id-${(id += 1)}` }, false);
    }
  }
  return ledger;
}

type Mutable<Shape> = { -readonly [Member in keyof Shape]: Shape[Member] };

/** An observation that a fault can be planted in. */
interface Plot extends Observation {
  readonly events: Map<string, string[]>;
  readonly eventCounts: Map<string, number>;
  readonly rows: Map<string, Mutable<SeenRow>[]>;
  readonly requests: SeenRequest[];
  readonly fates: Map<string, SeenFate>;
  readonly metrics: Mutable<Sample>[];
  readonly journal: SeenJournalEvent[];
}

/** What a server without fault shows, which took one in two of the unanswered requests. */
function honestObservation({ requests }: Ledger): Plot {
  const accepted = requests.filter(
    ({ outcome, content }, place) =>
      outcome === 'acknowledged' || (outcome === 'unknown' && !content.malformed && place % 2 === 0),
  );
  const objects = applyObjects(accepted);
  const events = new Map<string, string[]>();
  const seenRequests: SeenRequest[] = [];
  const fates = new Map<string, SeenFate>();
  for (const [place, request] of accepted.entries()) {
    const { content, requestId = `unanswered-${place}` } = request;
    const { counts, failures } = objects.fates.get(request) ?? eventFates(objectsOf(content));
    addEvents(events, content);
    const correlationId = content.kind === 'event' ? null : content.correlationId;
    seenRequests.push({ requestId, kind: content.kind, type: content.type, correlationId, counts });
    if (request.outcome === 'acknowledged') fates.set(requestId, { state: 'done', counts, failures });
  }
  const eventCounts = new Map([...events].map(([table, lines]) => [table, lines.length]));
  const rows = new Map([...objects.rows].map(([type, byKey]) => [type, seenRows(byKey)]));
  const failed = seenRequests.reduce((sum, { counts }) => sum + counts.failed, 0);
  const metrics = metricsOf(accepted, failed);
  return { events, eventCounts, rows, requests: seenRequests, fates, metrics, journal: journalOf(seenRequests) };
}

/** Two requests an event. */
function journalOf(requests: readonly SeenRequest[]): SeenJournalEvent[] {
  const told = requests.map(({ requestId, counts }) => {
    const { failed, pending: _, ...decided } = counts;
    return { requestId, records: { ...decided, failed: { '1003': failed } } };
  });
  return Array.from({ length: Math.ceil(told.length / 2) }, (_, at) => {
    return { id: `event-${at}`, told: told.slice(at * 2, at * 2 + 2) };
  });
}

function addEvents(tables: Map<string, string[]>, content: RequestContent): void {
  if (content.kind !== 'event') return;
  const lines = tables.get(content.type) ?? [];
  lines.push(...content.events.map((event) => JSON.stringify(event)));
  tables.set(content.type, lines);
}

function seenRows(byKey: ReadonlyMap<string, SeenRow['fields']>): Mutable<SeenRow>[] {
  return [...byKey].map(([key, fields]) => ({ key, fields }));
}

function metricsOf(accepted: readonly SentRequest[], failed: number): Sample[] {
  const gauges = [
    ['inlet_conservation_difference', 0],
    ['inlet_backlog_entries', 0],
    ['inlet_retries_pending', 0],
    ['inlet_quarantine_objects', failed],
  ] as const;
  const counters = accepted.flatMap(({ content }) => [
    { name: 'inlet_entries_accepted_total', labels: { kind: content.kind }, value: 1 },
    { name: 'inlet_objects_accepted_total', labels: { kind: content.kind }, value: objectsOf(content) },
  ]);
  return [...gauges.map(([name, value]) => ({ name, labels: {}, value })), ...counters];
}

function faultsOf(ledger: Ledger, seen: Observation): readonly string[] {
  return findFaults({ requests: ledger.requests, life: ledger.life }, seen);
}

test('a run without a fault has none', () => {
  const ledger = record();
  assert.deepEqual(findWrongAnswers(ledger.requests), []);
  assert.deepEqual(faultsOf(ledger, honestObservation(ledger)), []);
});

function linesOf(seen: Plot): string[] {
  return seen.events.get('crash.t0') ?? [];
}

function personOf(seen: Plot): Mutable<SeenRow> {
  return seen.rows.get('persons')?.find(({ fields }) => Number(fields['leadScore']) > 1) as Mutable<SeenRow>;
}

function countsOf(seen: Plot): FateCounts {
  return seen.requests.find(({ kind }) => kind === 'person')?.counts as FateCounts;
}

function setCount(seen: Plot, lines: number): void {
  seen.eventCounts.set('crash.t0', lines);
}

/** Each plants one fault, and says by which sentence it has to be caught. */
const PLANTED: readonly (readonly [string, (seen: Plot) => unknown, RegExp])[] = [
  ['a gap', (seen) => setCount(seen, (linesOf(seen).splice(5, 1), linesOf(seen).length)), /acknowledged and is lost/],
  ['a double', (seen) => setCount(seen, linesOf(seen).push(linesOf(seen)[5] ?? '')), /is there 2 times/],
  ['a swapped order', (seen) => linesOf(seen).unshift(...linesOf(seen).splice(20, 1)), /order: .* accepted earlier/],
  [
    'an alien event',
    (seen) => setCount(seen, linesOf(seen).push('{"sender":"e9","number":1,"index":0}')),
    /an alien event/,
  ],
  [
    'a changed event',
    (seen) => (linesOf(seen)[3] = (linesOf(seen)[3] ?? '').replace('740991', '740992')),
    /was changed/,
  ],
  ['rows that SQL does not see', (seen) => setCount(seen, 0), /SQL counts 0 rows/],
  [
    'an event in another table',
    (seen) => seen.events.get('crash.t1')?.push(linesOf(seen).pop() ?? ''),
    /an alien event, never sent there/,
  ],
  ['a lost update', (seen) => (personOf(seen).fields = { ...personOf(seen).fields, leadScore: 1 }), /leadScore is 1/],
  ['a lost person', (seen) => seen.rows.get('persons')?.pop(), /accepted and is lost/],
  ['a person twice', (seen) => seen.rows.get('persons')?.push(personOf(seen)), /is there twice/],
  ['an alien person', (seen) => seen.rows.get('persons')?.push({ key: 'x@y.z', fields: {} }), /is an alien row/],
  ['a lost custom object', (seen) => seen.rows.get('parcels')?.pop(), /parcels: .* is lost/],
  ['a wrong count', (seen) => (countsOf(seen).failed += 1), /law 2/],
  [
    'a count under the wrong name',
    (seen) => ((countsOf(seen).created += 1), (countsOf(seen).updated -= 1)),
    /in SQL: .* instead of/,
  ],
  ['a forgotten request', (seen) => seen.requests.shift(), /was acknowledged and is not known/],
  ['a request twice', (seen) => seen.requests.push(seen.requests[0] as SeenRequest), /is known twice/],
  [
    'an alien request',
    (seen) => seen.requests.push({ ...(seen.requests[0] as SeenRequest), kind: 'person', requestId: 'x' }),
    /was never sent, or was refused/,
  ],
  [
    'an alien request of events',
    (seen) => seen.requests.push({ ...(seen.requests[0] as SeenRequest), requestId: 'x' }),
    /requests of events without an answer/,
  ],
  ['a fate that GET does not know', (seen) => seen.fates.delete('id-1'), /GET knows nothing/],
  [
    'a request that never ends',
    (seen) => seen.fates.set('id-1', { ...(seen.fates.get('id-1') as SeenFate), state: 'pending' }),
    /its state is pending/,
  ],
  ['an event of the journal that is lost', (seen) => seen.journal.shift(), /in the journal: .* instead of/],
  [
    'an event of the journal that stands there twice',
    (seen) => seen.journal.push(seen.journal[0] as SeenJournalEvent),
    /in the journal: .* instead of/,
  ],
  [
    'a journal that tells of an alien request',
    (seen) => {
      const [first] = seen.journal as [SeenJournalEvent];
      const told = first.told.map((each) => ({ ...each, requestId: 'x' }));
      seen.journal.push({ id: 'alien', told });
    },
    /the journal tells of request x/,
  ],
  [
    'a failure that has vanished',
    (seen) => {
      const [id, fate] = [...seen.fates].find(([, { failures }]) => failures.length > 0) as [string, SeenFate];
      seen.fates.set(id, { ...fate, failures: [] });
    },
    /failures: \[\] instead of/,
  ],
  ...seenMetrics(),
];

function seenMetrics(): readonly (readonly [string, (seen: Plot) => unknown, RegExp])[] {
  const names = ['inlet_conservation_difference', 'inlet_backlog_entries', 'inlet_quarantine_objects'];
  const counters = ['inlet_entries_accepted_total', 'inlet_objects_accepted_total'];
  return [...names, ...counters].map((name) => {
    const plant = (seen: Plot): void => {
      const sample = seen.metrics.find((metric) => metric.name === name) as Mutable<Sample>;
      sample.value += 100;
    };
    return [`a wrong ${name}`, plant, new RegExp(name)];
  });
}

for (const [name, plant, sentence] of PLANTED) {
  test(`the checker catches ${name}`, () => {
    const ledger = record();
    const seen = honestObservation(ledger);
    plant(seen);
    assert.match(faultsOf(ledger, seen).join('\n'), sentence);
  });
}

test('the checker catches an event that was refused and is there', () => {
  const ledger = record();
  const seen = honestObservation(ledger);
  const request = ledger.requests.find(({ content }) => content.type === 'crash.t0') as SentRequest;
  request.outcome = 'refused';
  assert.match(faultsOf(ledger, seen).join('\n'), /was refused and is there/);
});

test('the checker catches a request without an answer that is there in part', () => {
  const ledger = record();
  const content = { kind: 'event', type: 'crash.t0', body: '', malformed: false } as const;
  const events = [0, 1].map((index) => ({ sender: 'e00', number: 1_000, index }));
  ledger.sent('e00', { ...content, events });
  const seen = honestObservation(ledger);
  const lines = linesOf(seen);
  seen.events.set(
    'crash.t0',
    lines.filter((line) => line !== JSON.stringify(events[1])),
  );
  const whole = lines.includes(JSON.stringify(events[0]));
  if (!whole) linesOf(seen).push(JSON.stringify(events[0]));
  assert.match(faultsOf(ledger, seen).join('\n'), /is there in part: 1 of 2/);
});

test('wrong answers are caught both ways', () => {
  const ledger = record();
  const good = ledger.requests.find(({ outcome }) => outcome === 'acknowledged') as SentRequest;
  const bad = ledger.requests.find(({ outcome }) => outcome === 'refused') as SentRequest;
  good.outcome = 'refused';
  bad.outcome = 'acknowledged';
  assert.equal(findWrongAnswers(ledger.requests).length, 2);
});
