/** Must show 7: the way of one request from HTTP to the log to the store, seen by a receiver of another maker. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { requestIdOf, Workspace } from '../../support/server/workspace.ts';
import type { Answer } from '../../support/server/http.ts';
import { startTraced } from '../../support/server/traced-server.ts';
import { OtlpReceiver, WITHOUT_RECEIVER } from './otlp-receiver.ts';
import type { ReceivedSpan } from './otlp-receiver.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SENDER = '00f067aa0ba902b7';
const SAMPLED = { traceparent: `00-${TRACE}-${SENDER}-01` };
const UNSAMPLED = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00` };

const CARS = {
  fields: [
    { name: 'vin', dataType: 'string' },
    { name: 'email', dataType: 'string' },
  ],
  dedupeFields: ['vin'],
  link: { field: 'email', personField: 'email' },
};

/** In nanoseconds. Spans begin at whole milliseconds and last exactly, so that one below another may seem to outlast it. */
const MILLISECOND = 1_000_000n;

/** The spans of one request, by the kinds of work. */
interface Way {
  readonly server: ReceivedSpan;
  readonly append: ReceivedSpan;
  readonly apply: ReceivedSpan;
}

class Traces {
  readonly spans: readonly ReceivedSpan[];

  constructor(spans: readonly ReceivedSpan[]) {
    this.spans = spans;
  }

  named(name: string, requestId: string): readonly ReceivedSpan[] {
    return this.spans.filter((span) => span.name === name && span.attributes['inlet.request_id'] === requestId);
  }

  only(name: string, requestId: string): ReceivedSpan {
    const [span, ...others] = this.named(name, requestId);
    assert.ok(
      span !== undefined,
      `no span ${name} of ${requestId} among ${this.spans.map((each) => each.name).join()}`,
    );
    assert.deepEqual(others, [], `one span ${name} of ${requestId}`);
    return span;
  }

  /** Checks that append and apply lie below one server span. */
  wayOf(entryId: string): Way {
    const append = this.only('append', entryId);
    const server = this.spans.find(({ spanId }) => spanId === append.parentSpanId);
    assert.ok(server !== undefined, 'the append lies below a span that was received');
    const apply = this.only('apply', entryId);
    assert.equal(apply.parentSpanId, server.spanId);
    assert.deepEqual([append.traceId, apply.traceId], [server.traceId, server.traceId]);
    assert.deepEqual([server.kind, append.kind, apply.kind], ['SERVER', 'INTERNAL', 'INTERNAL']);
    assert.deepEqual(
      [server, append, apply].map(({ resource }) => resource['inlet.process']),
      ['gateway', 'gateway', 'store'],
    );
    assert.ok(server.begins <= append.begins && append.begins <= append.ends);
    assert.ok(append.ends <= server.ends + MILLISECOND);
    assert.ok(apply.begins <= apply.ends);
    return { server, append, apply };
  }
}

async function rest(workspace: Workspace, headers: Record<string, string>): Promise<Answer> {
  const answer = await workspace.send({
    path: '/rest/v1/leads.json',
    headers: { Authorization: `Bearer ${await workspace.token()}`, 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ lookupField: 'email', input: [{ email: 'rest@traces.example' }] }),
  });
  assert.equal(answer.status, 200, answer.text);
  return answer;
}

suite('Must show 7: traces', { skip: WITHOUT_RECEIVER }, () => {
  test('one request is followed from HTTP to the commit to the store, for each way in', async () => {
    await using receiver = await OtlpReceiver.start();
    await using server = await startTraced(receiver.url, { OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test' });
    const workspace = new Workspace(server);
    await workspace.administer('PUT', '/custom-objects/cars', CARS);
    const event = requestIdOf(await workspace.event('shop/orders', '[{"n":1},{"n":2}]', SAMPLED));
    const own = await workspace.store('shop/orders', '{"n":3}');
    const hidden = requestIdOf(await workspace.event('shop/orders', '{"n":4}', UNSAMPLED));
    const cars = [{ vin: 'v1', email: 'late@traces.example' }];
    const waiting = await workspace.accept('customobjects/cars', { customObjects: cars });
    await workspace.decided(waiting);
    const persons = [{ email: 'late@traces.example' }, { email: 'good@traces.example', leadScore: 'bad' }];
    const accepted = await workspace.accept('persons', { persons });
    await workspace.done(waiting);
    const synced = String((await rest(workspace, SAMPLED)).headers['x-request-id']);
    for (const requestId of [event, own, hidden, accepted, synced]) await workspace.decided(requestId);
    assert.equal((await workspace.event('shop/orders', 'no json', SAMPLED)).status, 400);
    const { munchkinId } = workspace.credentials;
    // What has not been sent is sent by the stop.
    await server.stop();
    const traces = new Traces(receiver.spans);

    const sent = traces.wayOf(event);
    assert.deepEqual([sent.server.traceId, sent.server.parentSpanId], [TRACE, SENDER]);
    assert.equal(sent.server.name, 'POST /postback/v3/event/{database}/{table}');
    assert.deepEqual(sent.server.attributes, {
      'http.request.method': 'POST',
      'http.route': '/postback/v3/event/{database}/{table}',
      'http.response.status_code': 200,
      'inlet.request_id': event,
      'inlet.workspace': munchkinId,
      'inlet.objects': 2,
    });
    assert.deepEqual(sent.apply.attributes, {
      'inlet.request_id': event,
      'inlet.workspace': munchkinId,
      'inlet.lane': 'events',
      'inlet.objects': 2,
      'inlet.stored': 2,
    });
    assert.deepEqual(sent.apply.events, ['taken from the log']);
    assert.equal(sent.server.resource['service.name'], 'inlet');
    assert.equal(sent.server.resource['deployment.environment'], 'test');

    const batch = traces.spans.find(({ spanId }) => sent.apply.links.includes(spanId));
    assert.equal(batch?.name, 'apply batch');
    assert.ok(batch.links.includes(sent.server.spanId), 'the batch is linked to the request');
    assert.notEqual(batch.traceId, sent.server.traceId);
    const commit = traces.spans.find(({ parentSpanId }) => parentSpanId === batch.spanId);
    assert.equal(commit?.name, 'commit');
    assert.ok(batch.begins <= commit.begins && commit.ends <= batch.ends);

    const begun = traces.wayOf(own);
    assert.equal(begun.server.parentSpanId, '');
    assert.notEqual(begun.server.traceId, TRACE);
    assert.deepEqual(
      traces.spans.filter(({ attributes }) => attributes['inlet.request_id'] === hidden),
      [],
      'a sender that does not record its trace is not recorded here',
    );

    const ingested = traces.wayOf(accepted);
    assert.equal(ingested.server.attributes['http.route'], '/subscriptions/{munchkinId}/persons');
    assert.equal(ingested.server.attributes['http.response.status_code'], 202);
    assert.deepEqual([ingested.apply.attributes['inlet.created'], ingested.apply.attributes['inlet.failed']], [1, 1]);

    const linked = traces.wayOf(waiting);
    assert.equal(linked.server.attributes['http.route'], '/subscriptions/{munchkinId}/customobjects/{apiName}');
    assert.equal(linked.apply.attributes['inlet.pending'], 1);
    const retries = traces.named('retry', waiting);
    assert.ok(retries.length > 0, 'the try that ended the wait has a span');
    for (const retry of retries) {
      assert.deepEqual([retry.traceId, retry.parentSpanId], [linked.server.traceId, linked.server.spanId]);
    }

    const called = traces.wayOf(synced);
    assert.deepEqual([called.server.traceId, called.server.parentSpanId], [TRACE, SENDER]);
    assert.equal(called.server.attributes['inlet.call'], 'syncLeads');

    const refused = traces.spans.filter(({ attributes }) => attributes['inlet.refusal_code'] === 'BadRequest');
    assert.equal(refused.length, 1);
    assert.equal(refused[0]?.attributes['http.response.status_code'], 400);
  });
});
