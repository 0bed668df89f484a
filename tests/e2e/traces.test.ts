/** What tracing must never do: tell a secret (law 8), or keep anybody waiting for a receiver (law 6). */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { buffer } from 'node:stream/consumers';
import { packedImport, tdCaller } from '../support/server/td-import.ts';
import { startTraced } from '../support/server/traced-server.ts';
import { Workspace } from '../support/server/workspace.ts';

/** Keeps the bytes that it is sent, and answers as it is told to, or never. */
class Capture implements AsyncDisposable {
  readonly bodies: Buffer[] = [];
  readonly authorizations: (string | undefined)[] = [];
  readonly #server = createServer((request, response) => {
    this.authorizations.push(request.headers.authorization);
    // An export that is broken off by the end of a server has no whole body.
    void buffer(request).then(
      (body) => {
        this.bodies.push(body);
        this.#answer(response);
      },
      () => undefined,
    );
  });
  readonly #answer: (response: ServerResponse) => void;

  private constructor(answer: (response: ServerResponse) => void) {
    this.#answer = answer;
  }

  static async start(answer: (response: ServerResponse) => void): Promise<Capture> {
    const capture = new Capture(answer);
    await new Promise<void>((resolve) => capture.#server.listen(0, '127.0.0.1', resolve));
    return capture;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.bodies);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Those that stand in the bytes as they are, percent-encoded, or in base64. */
function leaked(bytes: Buffer, secrets: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(secrets)
    .filter(([, secret]) =>
      [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')].some((form) => bytes.includes(form)),
    )
    .map(([name]) => name);
}

const BATCH = 'application/vnd.treasuredata.v1+json';

suite('law 8: no secret and no content is in what is exported', () => {
  test('the search finds what is planted', () => {
    const bytes = Buffer.from('\n\x05POST /x?key=1%2Fabc c2VjcmV0');
    assert.deepEqual(leaked(bytes, { key: '1/abc', word: 'secret', other: 'nothing' }), ['key', 'word']);
  });

  test('keys, tokens, passwords and objects of every way in', async () => {
    await using capture = await Capture.start((response) => response.end());
    const exportToken = 'Bearer export-token-9c1d';
    await using server = await startTraced(`http://user:endpoint-word@127.0.0.1:${capture.port}`, {
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${encodeURIComponent(exportToken)}`,
    });
    const workspace = new Workspace(server);
    const { adminToken, clientSecret, writeKey, munchkinId } = workspace.credentials;
    const token = await workspace.token();
    const td = await tdCaller(workspace);
    const content = 'content-7f3a@traces.example';
    const key = encodeURIComponent(writeKey);
    const record = JSON.stringify({ email: content });
    await workspace.store('shop/orders', record);
    const inQuery = [
      `/postback/v3/event/shop/orders?td_write_key=${key}&email=${content}`,
      `/postback/v3/event/shop/orders?td_format=pixel&td_write_key=${key}&email=${content}`,
      `/js/v3/event/shop/orders?api_key=${key}&data=${encodeURIComponent(Buffer.from(record).toString('base64'))}`,
    ];
    for (const path of inQuery) assert.equal((await workspace.send({ method: 'GET', path })).status, 200, path);
    const records = { Authorization: `TD1 ${writeKey}`, 'Content-Type': BATCH };
    const events = `{"events":[${record}]}`;
    assert.equal((await workspace.send({ path: '/shop/orders', headers: records, body: events })).status, 200);
    await workspace.accept('persons', { persons: [{ email: content, leadScore: content }] });
    const lead = { path: `/rest/v1/leads.json?access_token=${token}`, headers: { 'Content-Type': 'application/json' } };
    await workspace.send({ ...lead, body: JSON.stringify({ input: [{ email: content }] }) });
    await td.call('POST', 'database/create/shop');
    await td.call('POST', 'table/create/shop/imports/log');
    const imported = await td.call('PUT', 'table/import/shop/imports/msgpack.gz', packedImport([{ time: 1, content }]));
    assert.equal(imported.status, 200, imported.text);
    await workspace.sql(`select '${content}'`);
    for (const path of [`/postback/${key}`, `/${key}/${key}`, `/v1/${token}`, `/subscriptions/${token}/persons`]) {
      await workspace.send({ path, body: content });
    }
    await server.stop();

    const { bytes } = capture;
    for (const known of [munchkinId, 'apply batch', 'commit', 'importRecords', '/subscriptions/{munchkinId}/persons']) {
      assert.ok(bytes.includes(known), `${known} is exported`);
    }
    const secrets = { adminToken, clientSecret, writeKey, token, tdKey: td.writeKey, content, exportToken };
    assert.deepEqual(leaked(bytes, { ...secrets, endpoint: 'endpoint-word' }), []);
    assert.ok(capture.authorizations.includes(exportToken), 'headers for the receiver are sent to it');
    assert.deepEqual(leaked(Buffer.from(server.stderr), { ...secrets, endpoint: 'endpoint-word' }), []);
  });
});

suite('law 6: a receiver that fails harms nobody', () => {
  /** What an export meets. */
  const RECEIVERS: Readonly<Record<string, (response: ServerResponse) => void>> = {
    'never answers': () => undefined,
    'refuses all': (response) => response.writeHead(503, { 'Retry-After': '60' }).end(),
  };
  for (const [name, answer] of Object.entries(RECEIVERS)) {
    test(`one that ${name}: requests are taken and applied, and the server stops in time`, async () => {
      await using capture = await Capture.start(answer);
      const environment = { OTEL_BSP_SCHEDULE_DELAY: '10', OTEL_BSP_MAX_QUEUE_SIZE: '50' };
      await using server = await startTraced(`http://127.0.0.1:${capture.port}`, environment);
      const workspace = new Workspace(server);
      const ids = await Promise.all(Array.from({ length: 200 }, (_, n) => workspace.store('db/tbl', { n })));
      for (const requestId of ids.slice(-10)) await workspace.decided(requestId);
      assert.deepEqual(await workspace.sql('select count(*) from db.tbl'), [[200]]);
      assert.ok(capture.bodies.length > 0, 'exports were tried');
      // Fails when the server has to be abandoned at its deadline.
      await server.stop();
      assert.doesNotMatch(server.stderr, /stopping took longer/);
    });
  }

  test('one that is not there is told of in the log', async () => {
    const gone = await Capture.start(() => undefined);
    const { port } = gone;
    await gone[Symbol.asyncDispose]();
    const environment = { OTEL_BSP_SCHEDULE_DELAY: '10', OTEL_EXPORTER_OTLP_TIMEOUT: '100' };
    await using server = await startTraced(`http://127.0.0.1:${port}`, environment);
    await new Workspace(server).store('db/tbl', { n: 1 });
    await server.logged(/traces cannot be exported: connect ECONNREFUSED/);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    assert.match(metrics, /inlet_trace_spans_total\{outcome="lost",process="gateway"\} [1-9]/);
  });
});
