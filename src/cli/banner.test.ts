import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { promisify, stripVTControlCharacters } from 'node:util';

import { bannerText } from './banner.ts';
import { writeCredentials } from './data-directory-files.ts';
import type { Credentials } from './data-directory-files.ts';
import { makeTestDirectory, startFakeServer } from './testing.ts';

const CREDENTIALS: Credentials = {
  url: 'http://127.0.0.1:8080',
  munchkinId: '123-ABC-456',
  clientId: 'CLIENT-ID',
  clientSecret: 'CLIENT_SECRET',
  writeKey: '1/WRITE-KEY',
  adminToken: 'ADMIN_TOKEN',
};

const CONTENT = { url: CREDENTIALS.url, dataDirectory: '/var/lib/inlet', credentials: CREDENTIALS };
const TERMINAL = { terminal: true, color: false };
const PIPE = { terminal: false, color: false };

const ON_TERMINAL = String.raw`
Inlet is open at http://127.0.0.1:8080

  events         http://127.0.0.1:8080/postback/v3/event/{database}/{table}
  persons        http://127.0.0.1:8080/subscriptions/123-ABC-456/persons
  admin, SQL     http://127.0.0.1:8080/v1
  workspace      123-ABC-456
  client id      CLIENT-ID
  client secret  CLIENT_SECRET
  write key      1/WRITE-KEY
  admin token    ADMIN_TOKEN
  kept in        /var/lib/inlet/credentials.json

Paste these, one after the other:

an event
curl -sS -w '\n' -H "X-TD-Write-Key: 1/WRITE-KEY" -H 'Content-Type: application/json' -d '{"param1":"value1","param2":1234}' http://127.0.0.1:8080/postback/v3/event/test_db/test_tbl

two persons
curl -sS -w 'HTTP %{http_code}\n' -H "X-Mkto-User-Token: $(curl -sS -d grant_type=client_credentials --data-urlencode "client_id=CLIENT-ID" --data-urlencode "client_secret=CLIENT_SECRET" http://127.0.0.1:8080/identity/oauth/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')" -H 'Content-Type: application/json' -d '{"persons":[{"email":"ada@example.com","firstName":"Ada"},{"email":"alan@example.com","firstName":"Alan"}]}' http://127.0.0.1:8080/subscriptions/123-ABC-456/persons

both, in SQL
sleep 1; curl -sS -w '\n' -H "Authorization: Bearer ADMIN_TOKEN" -H 'Content-Type: application/json' -d '{"query":"select param1, param2, null as email, null as firstName from test_db.test_tbl union all select null, null, email, firstName from persons"}' http://127.0.0.1:8080/v1/workspaces/123-ABC-456/sql

`;

describe('the banner', () => {
  it('shows everything on a terminal', () => {
    assert.equal(bannerText(CONTENT, TERMINAL), ON_TERMINAL);
  });

  it('names the file instead of the secrets elsewhere (law 8)', () => {
    const text = bannerText(CONTENT, PIPE);
    assert.doesNotMatch(text, /CLIENT-ID|CLIENT_SECRET|WRITE-KEY|ADMIN_TOKEN/u);
    assert.match(text, /^ {2}credentials {4}\/var\/lib\/inlet\/credentials\.json$/mu);
    assert.match(text, /sed -n 's\/\.\*"writeKey": \*"/u);
  });

  it('shows no credentials at a later start', () => {
    const text = bannerText({ url: CREDENTIALS.url, dataDirectory: './inlet-data' }, TERMINAL);
    assert.equal(text, '\nInlet is open at http://127.0.0.1:8080\n\n  data           ./inlet-data\n\n');
  });

  it('tells senders the public URL, and has the lines for the shell go to where the server listens', () => {
    const credentials = { ...CREDENTIALS, url: 'https://example.com/inlet' };
    const text = bannerText({ ...CONTENT, credentials }, TERMINAL);
    assert.match(text, /^Inlet is open at http:\/\/127\.0\.0\.1:8080$/mu);
    assert.match(text, /^ {2}events {9}https:\/\/example\.com\/inlet\/postback\/v3\/event\//mu);
    const lines = text.split('\n').filter((line) => line.includes('curl'));
    assert.deepEqual(
      lines.map((line) => line.includes('https://')),
      [false, false, false],
    );
  });

  it('says the same with and without colour', () => {
    const colored = bannerText(CONTENT, { terminal: true, color: true });
    assert.notEqual(colored, ON_TERMINAL);
    assert.equal(stripVTControlCharacters(colored), ON_TERMINAL);
  });
});

const shells = ['bash', 'zsh', 'sh'].map((shell) => ({
  shell,
  missing: missingProgram(shell) ?? missingProgram('curl'),
}));

function missingProgram(program: string): string | undefined {
  return spawnSync('which', [program]).status === 0 ? undefined : program;
}

const TOKEN_ANSWER = { access_token: 'uuid:suffix', token_type: 'bearer', expires_in: 3599, scope: 'x' };

for (const { shell, missing } of shells) {
  for (const style of [TERMINAL, PIPE]) {
    const name = `its lines, pasted into ${shell} ${style.terminal ? 'from a terminal' : 'from a log'}, send what they say`;
    it(name, { skip: missing === undefined ? false : `${missing} is not installed` }, async () => {
      await using directory = await makeTestDirectory();
      await using server = await startFakeServer({
        'POST /postback/v3/event/test_db/test_tbl': { body: {} },
        'POST /identity/oauth/token': { body: TOKEN_ANSWER },
        'POST /subscriptions/123-ABC-456/persons': { status: 202 },
        'POST /v1/workspaces/123-ABC-456/sql': { body: { rows: [] } },
      });
      const credentials = { ...CREDENTIALS, url: server.url };
      await writeCredentials(directory.path, credentials);
      const text = bannerText({ url: server.url, dataDirectory: directory.path, credentials }, style);
      const lines = text.split('\n').filter((line) => line.includes('curl'));
      const outputs: string[] = [];
      for (const line of lines) outputs.push((await promisify(execFile)(shell, ['-c', line])).stdout);

      assert.deepEqual(outputs, ['{}\n', 'HTTP 202\n', '{"rows":[]}\n']);
      const [event, token, persons, sql] = server.seen;
      assert.equal(event?.headers['x-td-write-key'], CREDENTIALS.writeKey);
      assert.deepEqual(JSON.parse(event.body), { param1: 'value1', param2: 1234 });
      assert.equal(token?.body, 'grant_type=client_credentials&client_id=CLIENT-ID&client_secret=CLIENT_SECRET');
      assert.equal(persons?.headers['x-mkto-user-token'], TOKEN_ANSWER.access_token);
      assert.equal(JSON.parse(persons.body).persons.length, 2);
      assert.equal(sql?.headers['authorization'], `Bearer ${CREDENTIALS.adminToken}`);
      assert.match(JSON.parse(sql.body).query, /^select .* from persons$/u);
    });
  }
}
