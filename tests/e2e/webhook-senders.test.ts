/** The guide for webhooks: payloads in the shapes of eight senders, posted as each posts them, and the guide's SQL. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { canonicalJson } from '../support/exact-json.ts';
import type { Sent } from '../support/server/http.ts';
import { startServer } from '../support/server/inlet-server.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { requestIdOf, Workspace } from '../support/server/workspace.ts';
import type { SqlAnswer } from '../support/server/workspace.ts';

interface Sender {
  /** Its heading in the guide. */
  readonly name: string;
  readonly table: string;
  readonly file: string;
  /** How it sends the file, the key included. */
  readonly sent: (path: string, key: string, body: string) => Sent;
  readonly answer: SqlAnswer['rows'];
}

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** With nothing but a URL to set. */
function posting(contentType: string): Sender['sent'] {
  return (path, key, body) => ({ path: withKey(path, key), headers: { 'Content-Type': contentType }, body });
}

function withKey(path: string, key: string): string {
  return `${path}?td_write_key=${encodeURIComponent(key)}`;
}

const postingJson = posting(JSON_TYPE);
const SENDERS: readonly Sender[] = [
  {
    name: 'GitHub',
    table: 'github/webhooks',
    file: 'github.json',
    sent: postingJson,
    answer: [['harbour/charts', 1]],
  },
  {
    name: 'SendGrid',
    table: 'sendgrid/events',
    file: 'sendgrid.json',
    sent: postingJson,
    answer: [
      ['bounce', 1],
      ['delivered', 1],
      ['open', 1],
    ],
  },
  {
    name: 'Mailgun',
    table: 'mailgun/events',
    file: 'mailgun.json',
    sent: postingJson,
    answer: [['ana@example.com', 'delivered']],
  },
  {
    name: 'Shopify',
    table: 'shopify/orders',
    file: 'shopify.json',
    sent: postingJson,
    answer: [['820982911946154508', '403.00', 2]],
  },
  {
    name: 'Stripe',
    table: 'stripe/events',
    file: 'stripe.json',
    sent: posting('application/json; charset=utf-8'),
    answer: [['charge.succeeded', 2599]],
  },
  {
    name: 'Zendesk',
    table: 'zendesk/events',
    file: 'zendesk.json',
    sent: (path, key, body) => ({ path, headers: { 'Content-Type': JSON_TYPE, 'X-TD-Write-Key': key }, body }),
    answer: [['2026-09-21T05:33:18Z', 'OPEN']],
  },
  {
    name: 'AppsFlyer',
    table: 'appsflyer/events',
    file: 'appsflyer.json',
    sent: postingJson,
    answer: [['af_purchase', '9.99']],
  },
  {
    name: 'Adjust',
    table: 'adjust/callbacks',
    file: 'adjust.txt',
    sent: (path, key, query) => ({ method: 'GET', path: `${withKey(path, key)}&${query}` }),
    answer: [['level up', '2026-09-21T14:18:20Z']],
  },
];

const GUIDE = readFileSync(new URL('../../docs/guides/webhooks.md', import.meta.url), 'utf8');

function fileOf(name: string): string {
  return readFileSync(new URL(`webhook-senders/${name}`, import.meta.url), 'utf8');
}

/** The section of the guide under a heading. */
function sectionOf(name: string): string {
  const section = GUIDE.split(/^## /m).find((each) => each.startsWith(`${name}\n`));
  assert.ok(section, `the guide has a section on ${name}`);
  return section;
}

/** The events that a file holds, as JSON texts. */
function eventsOf(file: string, text: string): readonly string[] {
  if (file.endsWith('.txt')) return [JSON.stringify(Object.fromEntries(new URLSearchParams(text)))];
  // Elements of an array stand on lines of their own.
  return text.startsWith('[') ? text.trim().slice(1, -1).split(',\r\n') : [text];
}

suite('the guide for webhooks', () => {
  let server: InletServer;
  let workspace: Workspace;
  before(async () => {
    server = await startServer('--log-level', 'warn');
    workspace = new Workspace(server);
  });
  after(() => server[Symbol.asyncDispose]());

  async function deliver({ table, file, sent }: Pick<Sender, 'table' | 'file' | 'sent'>): Promise<void> {
    const body = fileOf(file);
    const request = sent(`/postback/v3/event/${table}`, server.credentials.writeKey, body);
    const answer = await workspace.send(request);
    assert.deepEqual([answer.status, answer.text], [200, '{}']);
    await workspace.decided(requestIdOf(answer));
    const stored = await workspace.events(table);
    assert.deepEqual(stored.map(canonicalJson), eventsOf(file, body).map(canonicalJson));
  }

  for (const sender of SENDERS) {
    test(`${sender.name}: taken as it is sent, read back equal, and asked with the guide's SQL (law 10)`, async () => {
      await deliver(sender);
      const section = sectionOf(sender.name);
      assert.ok(section.includes(`/postback/v3/event/${sender.table}`), 'the guide names the table');
      const query = /```sql\n(?<query>[^`]+)```/.exec(section)?.groups?.['query'];
      assert.ok(query, 'the guide has a line of SQL');
      assert.deepEqual(await workspace.sql(query), sender.answer);
    });
  }

  test('GitHub with its form: the JSON is the text of payload', async () => {
    await deliver({ table: 'github_form/webhooks', file: 'github.form.txt', sent: posting(FORM_TYPE) });
    const expression = /`(?<expression>payload::json[^`]+)`/.exec(sectionOf('GitHub'))?.groups?.['expression'];
    const rows = await workspace.sql(`select ${expression} from github_form.webhooks`);
    assert.deepEqual(rows, [['harbour/charts']]);
  });

  test("Mailgun's routes: a form is a row of strings, and a multipart form is refused", async () => {
    await deliver({ table: 'mailgun/mails', file: 'mailgun-route.form.txt', sent: posting(FORM_TYPE) });
    const path = withKey('/postback/v3/event/mailgun/mails', server.credentials.writeKey);
    const body = '--b\r\nContent-Disposition: form-data; name="subject"\r\n\r\nLost lamp\r\n--b--\r\n';
    const headers = { 'Content-Type': 'multipart/form-data; boundary=b' };
    assert.equal((await workspace.send({ path, headers, body })).status, 400);
  });

  test('AppsFlyer by GET: the query is a row of strings', async () => {
    const query = 'event_name=af_purchase&event_revenue=9.99&event_time=2026-09-21%2006%3A40%3A01.123&campaign=';
    const path = withKey('/postback/v3/event/appsflyer/by_get', server.credentials.writeKey);
    const answer = await workspace.send({ method: 'GET', path: `${path}&${query}` });
    assert.equal(answer.status, 200);
    await workspace.decided(requestIdOf(answer));
    assert.deepEqual((await workspace.events('appsflyer/by_get')).map(canonicalJson), [
      canonicalJson(JSON.stringify(Object.fromEntries(new URLSearchParams(query)))),
    ]);
  });
});
