import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { IngestionErrorCode } from '#protocols/ingestion/errors.ts';
import { OTHER_WORKSPACE, RunningGateway, WORKSPACE } from '../../tests/support/gateway.ts';
import type { GatewaySetup } from '../../tests/support/gateway.ts';
import { refusal, send } from '../../tests/support/ingestion-requests.ts';
import type { Sent } from '../../tests/support/ingestion-requests.ts';

interface Fault {
  readonly code: IngestionErrorCode | '405';
  /** What it changes in a good request. */
  readonly sent?: Sent;
  /** What it changes in a good gateway. */
  readonly setup?: GatewaySetup;
}

/** In the order of the table. */
const FAULTS: readonly Fault[] = [
  { code: '404040', sent: { path: `/subscriptions/${WORKSPACE}/nothing` } },
  { code: '405', sent: { method: 'PUT' } },
  { code: '403010', sent: { token: null } },
  { code: '401013', sent: { token: 'wrong' } },
  { code: '429001', setup: { options: { requestsPerSecond: 0 } } },
  { code: '4030801', sent: { path: `/subscriptions/${OTHER_WORKSPACE}/persons` } },
  { code: '404040', sent: { path: `/subscriptions/${WORKSPACE}/customobjects/unknown` } },
  { code: '4000801', sent: { query: '?access_token=x' } },
  { code: '4000802', sent: { body: '{"persons":[]}' } },
  { code: '4290801', setup: { options: { dailyObjects: 0 } } },
  { code: '5030801', setup: { parts: { backlogBytes: () => Infinity } } },
];

// Later faults first, so that an earlier one takes the member that both change.
function withFaults(chosen: readonly Fault[]): { readonly sent: Sent; readonly setup: GatewaySetup } {
  return chosen.toReversed().reduce<{ sent: Sent; setup: GatewaySetup }>(
    (all, { sent, setup }) => ({
      sent: { ...all.sent, ...sent },
      setup: { parts: { ...all.setup.parts, ...setup?.parts }, options: { ...all.setup.options, ...setup?.options } },
    }),
    { sent: {}, setup: {} },
  );
}

async function assertFirstAnswers(chosen: readonly Fault[]): Promise<void> {
  const { sent, setup } = withFaults(chosen);
  await using running = await RunningGateway.start(setup);
  const said = await refusal(await send(running, sent));
  assert.equal(said.status === 405 ? '405' : said.code, chosen[0]?.code);
  assert.deepEqual(await running.entries(), []);
}

test('of each two faults the first of the table answers', async () => {
  for (const [at, first] of FAULTS.entries()) {
    for (const second of FAULTS.slice(at)) await assertFirstAnswers([first, second]);
  }
});

test('of several faults the first of the table answers', async () => {
  const faults = fc.subarray([...FAULTS], { minLength: 1 });
  await fc.assert(fc.asyncProperty(faults, assertFirstAnswers), { numRuns: 60 });
});
