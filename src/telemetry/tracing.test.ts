/** Sampling, bounds and the end of tracing (docs/specs/tracing.md). */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { noFates } from '#model/fates.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import { contextOf, RecordedSpans } from '../../tests/support/recorded-spans.ts';
import { MAX_TRACED_PER_BATCH, MAX_TRACED_WAITING } from './tracing-applier.ts';
import { createTracing } from './tracing-provider.ts';
import type { SpanOutcome } from './tracing-provider.ts';
import { readTracingSettings } from './tracing-settings.ts';
import type { SamplerName, TracingSettings } from './tracing-settings.ts';
import type { TracedBatch, Tracing } from './tracing.ts';

/** Seconds since 1970. */
const EPOCH = 1_700_000_000;
const WORKSPACE = '123-ABC-456' as MunchkinId;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const RECORDED = `00-${TRACE}-00f067aa0ba902b7-01`;
const NOT_RECORDED = `00-${TRACE}-00f067aa0ba902b7-00`;

/** Takes exports, and answers them once it may. */
class SlowReceiver implements AsyncDisposable {
  exports = 0;
  readonly #answering = Promise.withResolvers<void>();
  readonly #server = createServer((request, response) => {
    this.exports += 1;
    request.resume();
    void this.#answering.promise.then(() => response.end());
  });

  static async start(): Promise<SlowReceiver> {
    const receiver = new SlowReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  answer(): this {
    this.#answering.resolve();
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.answer();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

// Read by the exporter: failed exports are tried again for so long, which would keep the process.
process.env['OTEL_EXPORTER_OTLP_TIMEOUT'] = '2000';

interface Watched {
  readonly tracing: Tracing;
  readonly counts: Record<SpanOutcome, number>;
  readonly problems: string[];
}

function watch(endpoint: string, settings: Partial<TracingSettings> = {}): Watched {
  const standard = readTracingSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }).settings;
  assert.ok(standard !== undefined);
  const counts: Watched['counts'] = { ended: 0, exported: 0, lost: 0 };
  const problems: string[] = [];
  const tracing = createTracing(
    { ...standard, ...settings },
    {
      process: 'gateway',
      version: '0',
      onSpans: (outcome, spans) => (counts[outcome] += spans),
      onProblem: (problem) => problems.push(problem),
    },
  );
  return { tracing, counts, problems };
}

/** Answers one request and gives the context that its envelope would carry. */
function request({ gateway }: Pick<Tracing, 'gateway'>, traceparent?: string): string {
  const span = gateway.beginRequest({ requestId: requestId(0), method: 'POST', route: '/{database}', traceparent });
  span.end({ status: 200 });
  return span.traceparent;
}

function requestId(n: number): RequestId {
  return `01900000-0000-7000-8000-${String(n).padStart(12, '0')}` as RequestId;
}

function batchOf(contexts: readonly (string | undefined)[], pending = 0): TracedBatch {
  const entries = contexts.map((traceparent, n) => ({
    requestId: requestId(n),
    acceptedAt: EPOCH * 1000 + 1_000,
    lane: 'events',
    objects: 1,
    envelope: { kind: 'person', clientId: 'c', ...(traceparent !== undefined && { traceparent }) },
  })) satisfies TracedBatch['entries'];
  const counts = { ...noFates(), received: 1, stored: 1 - pending, pending };
  const requests = entries.map((entry) => ({ requestId: entry.requestId, counts }));
  return {
    workspace: WORKSPACE,
    entries,
    requests,
    times: { now: EPOCH * 1000 + 2_000, seconds: 0.5, commitSeconds: 0.25 },
  };
}

describe('sampling', () => {
  /** Whether a request is recorded: without a sender's context, with a recorded one, with one that is not. */
  const SAMPLED: readonly (readonly [SamplerName, number, readonly [boolean, boolean, boolean]])[] = [
    ['always_on', 1, [true, true, true]],
    ['always_off', 1, [false, false, false]],
    ['traceidratio', 1, [true, true, true]],
    ['traceidratio', 0, [false, false, false]],
    ['parentbased_always_on', 1, [true, true, false]],
    ['parentbased_always_off', 1, [false, true, false]],
    ['parentbased_traceidratio', 1, [true, true, false]],
    ['parentbased_traceidratio', 0, [false, true, false]],
  ];
  for (const [sampler, ratio, expected] of SAMPLED) {
    test(`${sampler} ${ratio}`, async () => {
      await using receiver = (await SlowReceiver.start()).answer();
      const { tracing, counts } = watch(receiver.url, { sampler, ratio });
      const contexts = [undefined, RECORDED, NOT_RECORDED].map((sender) => request(tracing, sender));
      assert.deepEqual(
        contexts.map((context) => context.endsWith('-01')),
        expected,
      );
      const recorded = expected.filter(Boolean).length;
      assert.equal(counts.ended, recorded);
      // The applier follows what the gateway has decided.
      tracing.applier.batchApplied(batchOf(contexts));
      const applied = counts.ended - recorded;
      assert.equal(applied, recorded === 0 ? 0 : recorded + 2, 'one for each, the batch and its commit');
      await tracing[Symbol.asyncDispose]();
      assert.deepEqual(counts, { ended: counts.ended, exported: counts.ended, lost: 0 });
    });
  }
});

describe('law 6: bounds', () => {
  test('spans that a receiver does not take are dropped, and the stop does not wait for it', async () => {
    await using receiver = await SlowReceiver.start();
    const bounds = { maxQueuedSpans: 10, maxSpansPerExport: 5, exportDelayMs: 60_000 };
    const { tracing, counts } = watch(receiver.url, bounds);
    for (let n = 0; n < 1_000; n += 1) request(tracing);
    assert.equal(counts.ended, 1_000);
    await tracing[Symbol.asyncDispose]();
    assert.equal(counts.exported, 0);
    assert.ok(counts.lost <= 15, `${counts.lost} spans were kept`);
    assert.ok(receiver.exports >= 1 && receiver.exports <= 3, `${receiver.exports} exports of 5 spans`);
  });

  test('a receiver that is not there is told of once, without the secrets of its address', async () => {
    const gone = await SlowReceiver.start();
    const { url } = gone;
    await gone[Symbol.asyncDispose]();
    const { tracing, counts, problems } = watch(url.replace('//', '//user:hunter2@'), { maxSpansPerExport: 5 });
    for (let n = 0; n < 20; n += 1) request(tracing);
    await tracing[Symbol.asyncDispose]();
    while (counts.lost < 20) await sleep(5);
    assert.deepEqual(counts, { ended: 20, exported: 0, lost: 20 });
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', /^traces cannot be exported: connect ECONNREFUSED/);
    assert.doesNotMatch(problems.join(), /hunter2/);
  });

  test('of a batch a bounded number of requests has spans', () => {
    const spans = new RecordedSpans();
    spans.applier.batchApplied(batchOf(Array.from({ length: 1_000 }, () => RECORDED)));
    assert.equal(spans.named('apply').length, MAX_TRACED_PER_BATCH);
    const [batch] = spans.named('apply batch');
    assert.equal(batch?.links.length, MAX_TRACED_PER_BATCH);
    assert.deepEqual([batch.attributes['inlet.entries'], batch.attributes['inlet.objects']], [1_000, 1_000]);
  });

  test('requests with waiting objects are remembered in a bounded number, the latest', () => {
    const spans = new RecordedSpans();
    const all = Array.from({ length: MAX_TRACED_WAITING + 1 }, (_, n) => requestId(n));
    for (const id of all) {
      const batch = batchOf([RECORDED], 1);
      const entries = batch.entries.map((entry) => ({ ...entry, requestId: id }));
      spans.applier.batchApplied({
        ...batch,
        entries,
        requests: batch.requests.map((each) => ({ ...each, requestId: id })),
      });
    }
    const times = { now: EPOCH * 1000 + 3_000, seconds: 0.1 };
    spans.applier.objectsRetried({ workspace: WORKSPACE, requestIds: all, times });
    assert.equal(spans.named('retry').length, MAX_TRACED_WAITING);
    assert.equal(spans.named('retry')[0]?.attributes['inlet.request_id'], requestId(1));
  });
});

describe('the spans of the applier', () => {
  test('each lies below its request, and between acceptance and commit', () => {
    const spans = new RecordedSpans();
    const context = request(spans, RECORDED);
    spans.applier.batchApplied(batchOf([context, undefined, NOT_RECORDED]));
    const [server] = spans.named('POST /{database}');
    const [apply, ...others] = spans.named('apply');
    const [batch] = spans.named('apply batch');
    const [commit] = spans.named('commit');
    assert.ok(server && apply && batch && commit);
    assert.deepEqual(others, []);
    assert.equal(contextOf(server), context);
    assert.equal(apply.parentSpanContext?.spanId, server.spanContext().spanId);
    assert.deepEqual(
      [apply.startTime, apply.endTime],
      [
        [EPOCH + 1, 0],
        [EPOCH + 2, 0],
      ],
    );
    assert.deepEqual(
      [batch.startTime, batch.endTime],
      [
        [EPOCH + 1, 500_000_000],
        [EPOCH + 2, 0],
      ],
    );
    assert.deepEqual(
      [commit.startTime, commit.endTime],
      [
        [EPOCH + 1, 750_000_000],
        [EPOCH + 2, 0],
      ],
    );
    assert.equal(apply.attributes['inlet.stored'], 1);
    assert.equal(apply.attributes['inlet.failed'], undefined);
  });

  test('a clock that was set back makes no span that ends before it begins', () => {
    const spans = new RecordedSpans();
    const batch = batchOf([RECORDED]);
    spans.applier.batchApplied({ ...batch, times: { ...batch.times, now: EPOCH * 1000 } });
    const [apply] = spans.named('apply');
    assert.deepEqual(apply?.startTime, apply?.endTime);
  });

  test('a batch of requests that are not recorded has no span', () => {
    const spans = new RecordedSpans();
    spans.applier.batchApplied(batchOf([undefined, NOT_RECORDED]));
    assert.deepEqual(spans.all, []);
  });

  test('several objects of one request are one try', () => {
    const spans = new RecordedSpans();
    spans.applier.batchApplied(batchOf([RECORDED], 1));
    const requestIds = [requestId(0), requestId(7), requestId(0)];
    spans.applier.objectsRetried({
      workspace: WORKSPACE,
      requestIds,
      times: { now: EPOCH * 1000 + 3_000, seconds: 0.5 },
    });
    const [retry, ...others] = spans.named('retry');
    assert.deepEqual(others, []);
    assert.equal(retry?.attributes['inlet.objects'], 2);
    assert.equal(retry.parentSpanContext?.spanId, '00f067aa0ba902b7');
    assert.deepEqual(retry.startTime, [EPOCH + 2, 500_000_000]);
  });
});
