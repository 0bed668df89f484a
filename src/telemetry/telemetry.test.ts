import { createApplierEvents, createGatewayEvents } from './room-events.ts';
import { joinExpositions } from './exposition.ts';
import { createLogger } from './logger.ts';
import type { Logger } from './logger.ts';
import { METRICS, createMetrics } from './metrics.ts';
import type { Metrics } from './metrics.ts';
import { noFates } from '#model/fates.ts';
import type { MunchkinId, RequestId } from '#model/words.ts';
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

const WORKSPACE = '123-ABC-456' as MunchkinId;
const REQUEST = '01900000-0000-7000-8000-000000000001' as RequestId;

function memoryLog(readable = false): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const destination = new Writable({
    write: (line: Buffer, _encoding, done) => {
      lines.push(String(line));
      done();
    },
  });
  return { logger: createLogger({ level: 'trace', process: 'gateway', destination, readable }), lines };
}

/**
 * The strictest reading of the text format: each metric described once, before its samples. Returns samples by
 * series.
 */
function parse(text: string): Map<string, number> {
  const described = new Set<string>();
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line);
    if (type !== null) {
      assert.ok(!described.has(String(type[1])), `described twice: ${type[1]}`);
      described.add(String(type[1]));
    }
    if (line.startsWith('#')) continue;
    const sample = /^([a-zA-Z_:][\w:]*)(\{.*\})? (\S+)$/.exec(line);
    assert.ok(sample, `not a sample: ${line}`);
    const [, name = '', labels = '', value] = sample;
    assert.ok(described.has(name) || described.has(name.replace(/_(bucket|sum|count)$/, '')), `not described: ${name}`);
    assert.ok(!samples.has(name + labels), `twice: ${line}`);
    samples.set(name + labels, Number(value));
  }
  return samples;
}

function tellEverything(logger: Logger, metrics: Metrics): void {
  const gateway = createGatewayEvents(logger, metrics);
  gateway.requestAnswered({ protocol: 'postback', status: 200, seconds: 0.002 });
  gateway.entryAccepted({
    workspace: WORKSPACE,
    lane: 'high',
    kind: 'person',
    objects: 3,
    bytes: 100,
    appendSeconds: 0.001,
  });
  gateway.requestRefused({ protocol: 'ingestion', requestId: REQUEST, status: 400, code: '4000801', reason: 'r' });
  gateway.recordsRefused({ protocol: 'records', error: 'InvalidPropertyValueError', records: 2 });
  gateway.postbackRejected({ requestId: REQUEST, database: 'db', table: 'tbl', reason: 'r' });
  gateway.internalFault(new Error('x'), { where: 'gateway.append' });
  gateway.logFailed(new Error('x'));
  const applier = createApplierEvents(logger, metrics);
  const counts = new Map([['person', { ...noFates(), received: 3, created: 2, failed: 1 }]] as const);
  applier.batchApplied({
    workspace: WORKSPACE,
    entries: 1,
    objects: 3,
    seconds: 0.1,
    commitSeconds: 0.05,
    lagSeconds: 0.2,
    counts,
  });
  applier.objectsFailed({ workspace: WORKSPACE, kind: 'person', code: '1003', objects: 1 });
  applier.eventsRepeated({ workspace: WORKSPACE, events: 6 });
  applier.entryQuarantined({ workspace: WORKSPACE, requestId: REQUEST, objects: 1, reason: 'r' });
  applier.entrySetAside({ workspace: WORKSPACE, requestId: REQUEST, objects: 1 });
  const retried = new Map([['customObject', { ...noFates(), created: 4, failed: 2 }]] as const);
  applier.objectsRetried({ workspace: WORKSPACE, objects: 9, postponed: 3, counts: retried, seconds: 0.1 });
  const cancelled = new Map([['customObject', { ...noFates(), failed: 5 }]] as const);
  applier.waitsCancelled({ workspace: WORKSPACE, requestId: REQUEST, counts: cancelled });
  applier.workspacePaused({ workspace: WORKSPACE, reason: 'r' });
  applier.batchRetried({ workspace: WORKSPACE, reason: 'r', attempt: 1, delayMs: 5 });
  applier.storeRestarted('killed');
}

test('one call feeds the log and the metrics, whose text parses', async () => {
  const { logger, lines } = memoryLog();
  const metrics = createMetrics('gateway');
  tellEverything(logger, metrics);
  const samples = parse(await metrics.text());
  const figure = (name: string, labels = ''): number | undefined =>
    [...samples].find(([series]) => series.startsWith(`${name}{${labels}`))?.[1];
  assert.equal(figure('inlet_requests_total', 'protocol="postback",status="200"'), 1);
  assert.equal(figure('inlet_objects_accepted_total', 'kind="person",lane="high"'), 3);
  assert.equal(figure('inlet_fates_total', 'kind="person",fate="created"'), 2);
  assert.equal(figure('inlet_fates_total', 'kind="person",fate="failed"'), 1);
  assert.equal(figure('inlet_fates_total', 'kind="person",fate="received"'), undefined);
  assert.equal(figure('inlet_object_failures_total', 'kind="person",code="1003"'), 1);
  assert.equal(figure('inlet_fates_total', 'kind="customObject",fate="created"'), 4);
  assert.equal(figure('inlet_fates_total', 'kind="customObject",fate="failed"'), 7);
  assert.equal(figure('inlet_records_refused_total', 'protocol="records",error="InvalidPropertyValueError"'), 2);
  assert.equal(figure('inlet_duplicates_total'), 6);
  assert.equal(figure('inlet_retries_attempted_total'), 9);
  const ends = ['applied', 'failed', 'cancelled'].map((end) => figure('inlet_waits_ended_total', `end="${end}"`));
  assert.deepEqual(ends, [4, 2, 5]);
  assert.equal(figure('inlet_workspaces_paused'), 1);
  assert.equal(figure('inlet_log_failed'), 1);
  assert.equal(figure('inlet_append_seconds_count'), 1);
  const events = lines.map((line) => JSON.parse(line) as { level: string; msg: string });
  assert.deepEqual(events.filter(({ level }) => level === 'fatal').length, 1);
  assert.ok(events.every(({ msg }) => msg.length > 5));
});

test('a paused workspace that resumes is no longer counted', async () => {
  const metrics = createMetrics('store');
  const applier = createApplierEvents(memoryLog().logger, metrics);
  applier.workspacePaused({ workspace: WORKSPACE, reason: 'r' });
  applier.workspacePaused({ workspace: WORKSPACE, reason: 'r' });
  applier.workspaceResumed(WORKSPACE);
  assert.equal(parse(await metrics.text()).get('inlet_workspaces_paused{process="store"}'), 0);
});

test('texts of two processes join into one that describes each metric once', async () => {
  const [gateway, store] = [createMetrics('gateway'), createMetrics('store')];
  gateway.add('inlet_internal_faults_total', { where: 'a' });
  store.add('inlet_internal_faults_total', { where: 'a' }, 2);
  store.observe('inlet_apply_seconds', {}, 0.1);
  const texts = [await gateway.text(), await store.text()];
  const joined = parse(joinExpositions(texts));
  const separate = texts.map(parse);
  assert.deepEqual(joined, new Map(separate.flatMap((samples) => [...samples])));
  assert.throws(() => parse(texts.join('\n')), /described twice/, 'the parser sees what joining is for');
});

test('names and helps of the catalogue follow the rules of the field', () => {
  for (const [name, { type, help, labels }] of Object.entries(METRICS)) {
    assert.match(name, /^inlet_[a-z_]+$/);
    assert.equal(name.endsWith('_total'), type === 'counter', name);
    assert.match(help, /\.$/);
    assert.equal(new Set(labels).size, labels.length);
  }
});

const SECRET = 'Zm9yLXlvdXItZXllcy1vbmx5';

test('law 8: no secret passes into the log, wherever in a line it stands', async () => {
  for (const readable of [false, true]) {
    const { logger, lines } = memoryLog(readable);
    logger.info({ clientSecret: SECRET, writeKey: SECRET, adminToken: SECRET, secretHash: SECRET }, 'top');
    logger.info({ client: { clientSecret: SECRET, keyHash: SECRET } }, 'within');
    logger.info(
      { headers: { authorization: `Bearer ${SECRET}`, 'x-td-write-key': SECRET, 'x-mkto-user-token': SECRET } },
      'headers',
    );
    logger.info({ request: { headers: { authorization: SECRET } } }, 'deep');
    logger.info({ url: `/postback/v3/event/a/b?x=1&td_write_key=${SECRET}&y=2` }, 'url');
    logger.error({ err: new Error(`GET /identity/oauth/token?client_secret=${SECRET}`) }, 'error');
    logger.warn(`Authorization: TD1 ${SECRET} and Bearer ${SECRET} and inlet_admin_${SECRET}`);
    while (lines.length < 7) await turn();
    const text = lines.join('');
    assert.ok(text.length > 100);
    assert.ok(!text.includes(SECRET), text);
  }
});

test('the log says level, time and process in words', () => {
  const { logger, lines } = memoryLog();
  logger.warn({ workspace: WORKSPACE }, 'hello');
  const { level, time, process, msg, workspace } = JSON.parse(lines[0] ?? '') as Record<string, string>;
  assert.deepEqual([level, process, msg, workspace], ['warn', 'gateway', 'hello', WORKSPACE]);
  assert.match(String(time), /^\d{4}-\d\d-\d\dT/);
});
