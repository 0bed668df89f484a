import assert from 'node:assert/strict';
import { env } from 'node:process';
import { test } from 'node:test';
import { Authority, withoutOpenssl } from '../support/certificates.ts';
import { Receiver } from '../support/receiver.ts';
import { startServer } from '../support/server/inlet-server.ts';
import { Workspace } from '../support/server/workspace.ts';

interface Shown {
  readonly state: string;
  readonly reason?: string;
}

test('NODE_EXTRA_CA_CERTS has webhooks trust a private authority', { skip: withoutOpenssl }, async () => {
  using authority = new Authority();
  await using receiver = await Receiver.open(authority.issue('localhost'));
  const webhook = { url: receiver.urlFor('localhost'), types: ['results'] };
  await using server = await startServer('--webhook-allow-private');
  const refused = await new Workspace(server).administer<Shown>('POST', '/webhooks', webhook);
  assert.equal(refused.state, 'disabled');
  assert.match(String(refused.reason), /NODE_EXTRA_CA_CERTS/);
  assert.deepEqual(receiver.received, []);

  env['NODE_EXTRA_CA_CERTS'] = authority.path;
  await server.restart('--webhook-allow-private');
  const workspace = new Workspace(server);
  const { state, reason } = await workspace.administer<Shown>('POST', '/webhooks', webhook);
  assert.equal(state, 'active', String(reason));
  const sent = await workspace.store('db/tbl', { a: 1 });
  await receiver.until(
    ({ posts }) => posts.some(({ body }) => body.toString().includes(sent)),
    'what became of the event',
  );
});
