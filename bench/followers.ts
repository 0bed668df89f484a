/**
 * What those who follow the journal cost those who send: single events with streams and webhooks attached beside none,
 * in turn, on the same server.
 */
import autocannon from 'autocannon';
import { FollowersProcess } from './support/followers-process.ts';
import { startInlet } from './support/inlet-process.ts';
import type { InletProcess } from './support/inlet-process.ts';
import { median, printFigure } from './support/report.ts';
import { settled } from './support/settled.ts';
import { BenchWorkspace } from './support/workspace.ts';

const BODY = '{"param1":"value1","param2":1234}';
const CONNECTIONS = 64;

export interface FollowersRun {
  readonly streams: number;
  readonly webhooks: number;
  readonly pairs: number;
  /** Of each measurement. */
  readonly seconds: number;
}

export async function benchFollowers({ streams, webhooks, pairs, seconds }: FollowersRun): Promise<void> {
  await using inlet = await startInlet(['--webhook-allow-private', 'true']);
  await using followers = await FollowersProcess.start();
  await requestsPerSecond(inlet, seconds);
  const ratios: number[] = [];
  const alone: number[] = [];
  const sums = { frames: 0, bytes: 0, deliveries: 0 };
  for (let pair = 0; pair < pairs; pair += 1) {
    // What one measurement has left behind is not the next one's to apply.
    await settled(inlet);
    const without = await requestsPerSecond(inlet, seconds);
    await settled(inlet);
    const { detach } = await attached(inlet, followers, { streams, webhooks });
    const followed = await requestsPerSecond(inlet, seconds);
    const received = await detach();
    ratios.push(followed / without);
    alone.push(without);
    for (const each of ['frames', 'bytes', 'deliveries'] as const) sums[each] += received[each];
  }
  const ceiling = median(alone);
  printFigure({
    what: `single events, ${streams} streams and ${webhooks} webhooks, beside none`,
    measured: median(ratios) * ceiling,
    ceiling,
    unit: 'requests/s',
    target: { atLeast: 0.9 },
  });
  const all = pairs * seconds;
  printFigure({ what: 'meanwhile to all streams together', measured: sums.frames / all, unit: 'events/s' });
  printFigure({ what: '… in bytes', measured: sums.bytes / all / 1024 / 1024, unit: 'MiB/s' });
  printFigure({ what: 'meanwhile to all webhooks together', measured: sums.deliveries / all, unit: 'deliveries/s' });
}

interface Attached {
  readonly detach: () => ReturnType<FollowersProcess['detach']>;
}

async function attached(
  inlet: InletProcess,
  followers: FollowersProcess,
  { streams, webhooks }: Pick<FollowersRun, 'streams' | 'webhooks'>,
): Promise<Attached> {
  const { url, munchkinId, adminToken } = inlet.credentials;
  const workspace = BenchWorkspace.first(inlet);
  const ids: string[] = [];
  for (let n = 0; n < webhooks; n += 1) {
    const hook = { url: `${followers.receiverUrl}${n}`, delivery: 'batch' };
    ids.push(((await workspace.administer('POST', '/webhooks', hook)) as { id: string }).id);
  }
  await followers.attach(`${url}/v1/workspaces/${munchkinId}/journal/live`, adminToken, streams);
  return {
    detach: async () => {
      const received = await followers.detach();
      if (received.streams !== streams) throw new Error(`${received.streams} of ${streams} streams were open`);
      for (const id of ids) await workspace.administer('DELETE', `/webhooks/${id}`, {});
      return received;
    },
  };
}

async function requestsPerSecond({ credentials }: InletProcess, seconds: number): Promise<number> {
  const result = await autocannon({
    url: `${credentials.url}/postback/v3/event/bench/followed`,
    headers: { 'content-type': 'application/json', 'x-td-write-key': credentials.writeKey },
    method: 'POST',
    body: BODY,
    connections: CONNECTIONS,
    duration: seconds,
  });
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx} refused, ${result.errors} errors`);
  return result.requests.total / result.duration;
}
