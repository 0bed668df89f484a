/** What failed for good: where it is kept, and how it is tried again. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { administers, persons, reads, remember } from './world.ts';
import type { Decision, World } from './world.ts';

export const QUARANTINE: readonly Decision[] = [
  {
    says: 'What fails for good is in quarantine with its bytes, its code and its history',
    shows: [
      persons('[{"email":"a@row","shoeSize":12345678901234567890}]', { failed: [[0, '1006']] }),
      async (world) => {
        const path = `/quarantine?requestId=${world.notes.get('request')}`;
        const { text } = await world.workspace.admin('GET', path);
        assert.ok(text.includes(world.ownText('"object":{"email":"a@row","shoeSize":12345678901234567890}')), text);
        const { items } = JSON.parse(text) as { items: Record<string, unknown>[] };
        assert.deepEqual([items[0]?.['code'], items[0]?.['attempts'], items[0]?.['type']], ['1006', 1, 'persons']);
        assert.ok(String(items[0]?.['acceptedAt']) <= String(items[0]?.['failedAt']));
      },
      reads('select "index", code from inlet.failures where requestId = \'{request}\'', [[0, '1006']]),
    ],
  },
  {
    says: 'A replay is a new request with replayOf, its own id and fates; the old failure stays failed, with replayedBy; it counts against no quota',
    shows: [
      persons(
        [
          { email: 'a@row', row_later: 5 },
          { email: 'b@row', row_later: 6 },
        ],
        {
          failed: [
            [0, '1006'],
            [1, '1006'],
          ],
        },
      ),
      administers('PUT', '/person-fields/row_later', { dataType: 'integer' }),
      replays,
      reads("select row_later from persons where email like '%@row' order by email", [[5], [6]]),
    ],
  },
  {
    says: 'A dry run names what would happen, fields that would overwrite later values among it',
    shows: [
      persons([{ email: 'a@row', title: 'earlier', company: 'C', dry_later: 5 }], { failed: [[0, '1006']] }),
      remember('earlier'),
      // Moments are kept to the second, and the person is to be changed later than that was sent.
      () => sleep(1100),
      persons([{ email: 'a@row', title: 'later', company: 'C' }], { created: 1 }),
      administers('PUT', '/person-fields/dry_later', { dataType: 'integer' }),
      async ({ workspace, notes }) => {
        const call = { filter: { requestId: notes.get('earlier') }, dryRun: true };
        const { objects } = await workspace.administer<Rehearsal>('POST', '/quarantine/replay', call);
        assert.deepEqual(
          objects.map(({ outcome, overwrites }) => [outcome, overwrites]),
          [['updated', ['title']]],
        );
      },
      reads("select title from persons where email = 'a@row'", [['later']]),
    ],
  },
];

interface Rehearsal {
  readonly sums: { readonly created: number; readonly failed: number };
  readonly objects: readonly { readonly outcome: string; readonly overwrites: readonly string[] }[];
}

/** Replays what failed of the request that was sent last. */
async function replays({ workspace, notes }: World): Promise<void> {
  const replayed = String(notes.get('request'));
  const call = { filter: { requestId: replayed } };
  const { sums } = await workspace.administer<Rehearsal>('POST', '/quarantine/replay', { ...call, dryRun: true });
  assert.deepEqual([sums.created, sums.failed], [2, 0]);
  const left = async (): Promise<string> => {
    const answer = await workspace.ingest('persons', { persons: [{ email: 'quota@probe.example' }] });
    return /"day";r=(\d+)/.exec(String(answer.headers['ratelimit']))?.[1] ?? '';
  };
  const before = Number(await left());
  const { requests } = await workspace.administer<{ requests: { requestId: string }[] }>(
    'POST',
    '/quarantine/replay',
    call,
  );
  const [{ requestId } = { requestId: '' }] = requests;
  const replay = (await workspace.decided(requestId)) as unknown as {
    replayOf: string[];
    objects: { created: number };
  };
  assert.deepEqual([replay.replayOf, replay.objects.created], [[replayed], 2]);
  assert.equal(Number(await left()), before - 1, 'the probe alone was counted');
  const { objects, failures } = await workspace.decided(replayed);
  assert.equal(objects.failed, 2);
  const replayedBy = failures.map((failure) => (failure as { replayedBy?: string }).replayedBy);
  assert.deepEqual(replayedBy, [requestId, requestId]);
}
