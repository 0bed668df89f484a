import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, suite, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Authority, withoutOpenssl } from '../../tests/support/certificates.ts';
import type { Certified } from '../../tests/support/certificates.ts';
import { Receiver } from '../../tests/support/receiver.ts';
import { openWebhookWorld } from '../../tests/support/webhook-world.ts';

const NAME = 'hook.test';

suite('receivers over https', { skip: withoutOpenssl }, () => {
  using made = new DisposableStack();
  const trusted = made.use(new Authority());
  const unknown = made.use(new Authority());
  // What NODE_EXTRA_CA_CERTS does, for this process.
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(trusted.path, 'utf8')]);
  const owned = made.move();
  after(() => owned.dispose());

  test('are sent to when they are trusted: by name in SNI and Host, at the address that was judged', async () => {
    await using receiver = await Receiver.open(trusted.issue(NAME));
    const asked: string[] = [];
    await using world = await openWebhookWorld({
      resolve: async (hostname) => {
        asked.push(hostname);
        return [{ address: '127.0.0.1', family: 4 }];
      },
    });
    const { id, state, reason } = await world.create({ url: receiver.urlFor(NAME) });
    assert.equal(state, 'active', reason);
    const sent = world.feed.append(2);
    await receiver.until(({ posts }) => posts.length === 2);
    assert.deepEqual(receiver.eventIds.toSorted(), [...sent].toSorted());
    for (const { servername, headers } of receiver.received)
      assert.deepEqual([servername, headers.host], [NAME, `${NAME}:${receiver.port}`]);
    assert.deepEqual(new Set(asked), new Set([NAME]), 'nobody but the guard looked it up');
    await world.pass(0, async () => (await world.show(id)).delivered === 2);
  });

  const refused: Readonly<Record<string, readonly [certified: Certified, fault: string]>> = {
    'is self-signed': [trusted.selfSigned(NAME), 'is self-signed; NODE_EXTRA_CA_CERTS names a file'],
    'comes from another authority': [unknown.issue(NAME), 'comes from no authority that is trusted'],
    'has expired': [trusted.issue(NAME, -1), 'has expired'],
    'is for another name': [trusted.issue('other.test'), 'is for another name'],
  };
  for (const [what, [certified, fault]] of Object.entries(refused)) {
    test(`whose certificate ${what} are sent nothing, and the record says why`, async () => {
      await using receiver = await Receiver.open(certified);
      await using world = await openWebhookWorld();
      const { id, state, reason } = await world.create({ url: receiver.urlFor(NAME) });
      assert.equal(state, 'disabled');
      assert.ok(reason.startsWith(`the challenge was not met: the receiver's certificate ${fault}`), reason);
      await world.api.call('POST', `${world.api.path}/webhooks/${id}/test`);
      const traces = await world.traces(id);
      assert.deepEqual(
        traces.map(({ kind }) => kind),
        ['test', 'challenge'],
      );
      for (const trace of traces) {
        assert.ok(trace.fault.startsWith(`the receiver's certificate ${fault}`), trace.fault);
        assert.deepEqual([trace.succeeded, trace.response], [false, undefined]);
      }
      assert.deepEqual(receiver.received, []);
    });
  }

  test('that speak http are told apart from those that are silent', async () => {
    await using receiver = await Receiver.open();
    await using world = await openWebhookWorld();
    const { reason } = await world.create({ url: receiver.urlFor(NAME).replace('http:', 'https:') });
    assert.match(reason, /the receiver does not speak https on this port/);
  });
});
