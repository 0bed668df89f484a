/** Results events: their shape, their bounds, and what is never cut. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { RequestRecord } from '#model/fates.ts';
import { noFates } from '#model/fates.ts';
import type { NewJournalEvent } from '#model/journal.ts';
import type { FateCounts, MunchkinId, RequestId } from '#model/words.ts';
import { FailureSample, MAX_FAILURES } from './failure-sample.ts';
import type { SampledFailure } from './failure-sample.ts';
import { MAX_EVENT_BYTES, ResultsWriter } from './results-event.ts';
import type { DecidedRequest, RequestFacts } from './results-event.ts';
import { ResultsTally } from './results-tally.ts';

const WORKSPACE = '123-ABC-456' as MunchkinId;
const TIME = Date.UTC(2023, 7, 14, 17, 30);
const EVENT_ID = '018f2b6e-7a31-7c11-9d3f-52f4b8b1c001';

function idOf(number: number): RequestId {
  return `018f2b6e-7a31-7c11-9d3f-${String(number).padStart(12, '0')}` as RequestId;
}

function request(given: Partial<RequestRecord> = {}): RequestFacts {
  return {
    requestId: idOf(1),
    kind: 'person',
    type: 'persons',
    clientId: 'foo@marketo.com',
    lane: 'high',
    acceptedAt: Date.UTC(2023, 7, 14, 17, 20),
    ...given,
  };
}

function decided(facts: Partial<RequestRecord>, counts: Partial<FateCounts>, failures?: FailureSample): DecidedRequest {
  const common = { request: request(facts), counts: { ...noFates(), ...counts }, isFirst: true, isLast: true };
  return failures === undefined ? common : { ...common, failures };
}

function sampleOf(failures: readonly SampledFailure[]): FailureSample {
  const sample = new FailureSample();
  for (const failure of failures) sample.add(failure);
  return sample;
}

function written(all: readonly DecidedRequest[]): readonly NewJournalEvent[] {
  const writer = new ResultsWriter({ workspace: WORKSPACE, time: TIME, newId: () => EVENT_ID });
  for (const each of all) writer.add(each);
  return writer.finish();
}

interface ReadRequest {
  readonly requestId: string;
  readonly records: { readonly received: number; readonly failed: Readonly<Record<string, number>> };
  readonly failures?: readonly { readonly index: number; readonly key: unknown }[];
  readonly failuresUrl?: string;
}

function requestsIn(event: NewJournalEvent): readonly ReadRequest[] {
  return (JSON.parse(event.event) as { data: { requests: ReadRequest[] } }).data.requests;
}

suite('a results event (docs/specs/journal.md, Results)', () => {
  test('has the documented members, both spellings of the ids, and which objects failed', () => {
    const failures = sampleOf([{ index: 17, key: '{"vin":1e400}', code: '1003', message: 'Invalid "value"\u2028' }]);
    const events = written([
      decided(
        { correlationId: '6180bb48', requestSource: 'Adobe Journey Optimizer' },
        { received: 100, created: 90, updated: 10 },
      ),
      decided(
        { requestId: idOf(2), kind: 'customObject', type: 'purchases', lane: 'normal' },
        { received: 5, created: 1, deleted: 2, failed: 1, pending: 1 },
        failures,
      ),
    ]);
    assert.equal(events.length, 1);
    const [{ event, ...rest }] = events as [NewJournalEvent];
    assert.deepEqual(JSON.parse(event), {
      id: EVENT_ID,
      specversion: '1.0',
      type: 'com.adobe.platform.marketo.observability.results',
      source: 'urn:data_ingestion_service',
      time: '2023-08-14T17:30:00.000Z',
      datacontenttype: 'application/json',
      eventid: EVENT_ID,
      event_id: EVENT_ID,
      recipientclientid: WORKSPACE,
      recipient_client_id: WORKSPACE,
      data: {
        munchkinId: WORKSPACE,
        requests: [
          {
            requestId: idOf(1),
            requestTime: '2023-08-14T17:20:00.000Z',
            clientId: 'foo@marketo.com',
            correlationId: '6180bb48',
            requestSource: 'Adobe Journey Optimizer',
            objectType: 'person',
            priority: 'high',
            type: 'persons',
            records: { received: 100, created: 90, updated: 10, failed: {} },
          },
          {
            requestId: idOf(2),
            requestTime: '2023-08-14T17:20:00.000Z',
            clientId: 'foo@marketo.com',
            correlationId: '',
            requestSource: 'Public API',
            objectType: 'customObject',
            priority: 'normal',
            type: 'purchases',
            records: { received: 4, created: 1, updated: 0, deleted: 2, failed: { 1003: 1 } },
            failures: [{ index: 17, key: { vin: Infinity }, code: '1003', message: 'Invalid "value"\u2028' }],
          },
        ],
      },
    });
    // Law 10: what no double tells stands there as it was sent.
    assert.ok(event.includes('"key":{"vin":1e400}'));
    assert.deepEqual(rest, {
      id: EVENT_ID,
      type: 'results',
      time: TIME,
      requestIds: [idOf(1), idOf(2)],
      tally: JSON.stringify({
        first: 2,
        last: 2,
        records: {
          person: { high: { created: 90, updated: 10, stored: 0, deleted: 0, failed: 0, codes: {} } },
          customObject: { normal: { created: 1, updated: 0, stored: 0, deleted: 2, failed: 1, codes: { 1003: 1 } } },
        },
      }),
    });
  });

  test('names where a request came from when its sender did not', () => {
    const [event] = written([
      decided({ kind: 'event', type: 'web.clicks', lane: 'events' }, { stored: 1 }),
      decided({ requestId: idOf(2), kind: 'event', type: 'web.clicks', lane: 'events', replayOf: [] }, { stored: 1 }),
    ]);
    const read = JSON.parse((event as NewJournalEvent).event) as { data: { requests: Record<string, unknown>[] } };
    const said = read.data.requests.map(({ requestSource, priority, objectType }) => [
      requestSource,
      priority,
      objectType,
    ]);
    assert.deepEqual(said, [
      ['Postback API', 'normal', 'event'],
      ['Replay', 'normal', 'event'],
    ]);
  });

  test('is not written when nothing was decided', () => {
    assert.deepEqual(written([decided({}, { received: 3, pending: 3 }), decided({}, {})]), []);
  });

  test('leaves failures out whole, and says where they are, rather than cut one', () => {
    const long = { index: 1, key: '{"email":"a@b.co"}', code: '1003', message: 'é'.repeat(3_000) };
    const short = { index: 2, key: '{}', code: '1006', message: 'Field not found' };
    const [event] = written([decided({}, { failed: 2 }, sampleOf([long, short]))]);
    const [read] = requestsIn(event as NewJournalEvent) as [ReadRequest];
    assert.deepEqual(read.records.failed, { 1003: 1, 1006: 1 });
    assert.deepEqual(read.failures, [{ ...short, key: {} }]);
    assert.equal(read.failuresUrl, `/v1/workspaces/${WORKSPACE}/requests/${idOf(1)}`);
  });

  test('names at most so many failures of a request, and counts all', () => {
    const failures = Array.from({ length: MAX_FAILURES + 1 }, (_, index) => {
      return { index, key: '{}', code: '1003', message: 'Invalid value' };
    });
    const [event] = written([decided({}, { failed: failures.length }, sampleOf(failures))]);
    const [read] = requestsIn(event as NewJournalEvent) as [ReadRequest];
    assert.deepEqual([read.records.failed, read.failures?.length], [{ 1003: MAX_FAILURES + 1 }, MAX_FAILURES]);
    assert.ok(read.failuresUrl !== undefined);
  });
});

// All that a sender has in hand, and what makes texts longer in UTF-8 or in JSON than they look.
const text = fc.string({ unit: fc.constantFrom('a', '"', '\\', '\n', 'é', '漢', '😀', '\u0001'), maxLength: 40 });
const failure = fc.record({
  index: fc.nat({ max: 1_000 }),
  key: fc.dictionary(fc.constantFrom('email', 'vin'), text).map((key) => JSON.stringify(key)),
  code: fc.constantFrom('1003', '1006', 'refused'),
  message: fc
    .tuple(fc.constantFrom('m', '漢', '"'), fc.nat({ max: 3_000 }))
    .map(([character, times]) => character.repeat(times)),
});
const anyRequest = fc.record({
  clientId: text,
  correlationId: fc.option(text, { nil: undefined }),
  requestSource: fc.option(text, { nil: undefined }),
  type: text,
  acceptedAt: fc.nat({ max: 2e12 }),
  stored: fc.nat({ max: 3 }),
  failures: fc.array(failure, { maxLength: 120 }),
});

test('law 6: no event is longer than its bound; every request and every code is in one of them', () => {
  fc.assert(
    fc.property(fc.array(anyRequest, { minLength: 1, maxLength: 40, size: 'max' }), (all) => {
      const requests = all.map(({ failures, stored, correlationId, requestSource, ...facts }, number) => {
        const sources = {
          ...(correlationId !== undefined && { correlationId }),
          ...(requestSource !== undefined && { requestSource }),
        };
        const sample = failures.length === 0 ? undefined : sampleOf(failures);
        return decided({ requestId: idOf(number), ...facts, ...sources }, { stored, failed: failures.length }, sample);
      });
      const events = written(requests);
      const tally = new ResultsTally();
      for (const { event, requestIds, tally: sums } of events) {
        assert.ok(Buffer.byteLength(event) <= MAX_EVENT_BYTES);
        assert.deepEqual(
          JSON.parse(event).data.requests.map(({ requestId }: ReadRequest) => requestId),
          requestIds,
        );
        tally.addText(sums ?? '');
      }
      const wanted = requests.filter(({ counts }) => counts.stored + counts.failed > 0);
      assert.deepEqual(
        events.flatMap(requestsIn).map((each) => [each.requestId, each.records.received]),
        wanted.map(({ request: { requestId }, counts }) => [requestId, counts.stored + counts.failed]),
      );
      assert.equal(tally.first, wanted.length);
      const { failed, codes } = tally.of('person', 'high');
      assert.equal(
        failed,
        all.reduce((sum, { failures }) => sum + failures.length, 0),
      );
      assert.equal(
        failed,
        Object.values(codes).reduce((sum, objects) => sum + objects, 0),
      );
    }),
    { numRuns: 50 },
  );
});

test('law 6: a full event is used: thousands of small requests take few events', () => {
  const small = Array.from({ length: 5_000 }, (_, number) => {
    return decided({ requestId: idOf(number), kind: 'event', type: 'web.clicks', lane: 'events' }, { stored: 1 });
  });
  const events = written(small);
  const bytes = events.map(({ event }) => Buffer.byteLength(event));
  assert.ok(
    bytes.slice(0, -1).every((each) => each > MAX_EVENT_BYTES * 0.99),
    String(bytes),
  );
});
