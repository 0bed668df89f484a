/** Limits over time, and a log that is too far behind: rows 5, 10 and 11 of the table of checks. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../../support/server/http.ts';
import { assertRefused, sendWrong } from './refusals.ts';
import type { Wrong } from './refusals.ts';
import { reads, remember, send } from './world.ts';
import type { Decision, World } from './world.ts';

const SECONDS_A_DAY = 86_400;

function list(count: number): object {
  return { persons: Array.from({ length: count }, (_, n) => ({ email: `n${n}@row` })) };
}

/** Sends as a client does that heeds Retry-After of 429001. */
async function patiently(world: World, wrong: Wrong): Promise<Answer> {
  for (;;) {
    const answer = await sendWrong(world, wrong);
    if (!answer.text.includes('429001')) return answer;
    await sleep(Number(answer.headers['retry-after']) * 1000);
  }
}

/** With `--requests-per-second 3`. */
export const RATES: readonly Decision[] = [
  {
    says: '5: more requests per second of this client → 429 429001, Retry-After, whatever else is wrong; others are not harmed',
    shows: [
      async (world) => {
        const made = { name: 'other', permissions: ['Read-Write Lead'] };
        const other = await world.workspace.administer<{ clientId: string; clientSecret: string }>(
          'POST',
          '/clients',
          made,
        );
        const token = await world.workspace.tokenOf(other);
        await world.workspace.token();
        // However slow the machine is: of so many at once some second sees more than three.
        const answers: Answer[] = [];
        for (const deadline = Date.now() + 60_000; !answers.some(({ status }) => status === 429);) {
          assert.ok(Date.now() < deadline);
          const many = Array.from({ length: 50 }, (_, n) => sendWrong(world, n % 2 === 0 ? {} : { body: '{' }));
          answers.push(...(await Promise.all(many)));
        }
        const refused = answers.filter(({ status }) => status === 429);
        for (const answer of refused) {
          assertRefused(answer, '429001');
          assert.equal(answer.headers['retry-after'], '1');
          assert.match(String(answer.headers['ratelimit-policy']), /^"second";q=3;w=1, "day";/);
          assert.match(String(answer.headers['ratelimit']), /^"second";r=0;t=1/);
        }
        assert.equal((await sendWrong(world, { headers: { 'X-Mkto-User-Token': token } })).status, 202);
      },
    ],
  },
  {
    says: 'Events know only back-pressure',
    shows: [
      async ({ workspace }) => {
        const answers = await Promise.all(Array.from({ length: 50 }, () => workspace.event('rates/events', '{}')));
        for (const { status, headers } of answers) assert.deepEqual([status, headers['ratelimit']], [200, undefined]);
      },
    ],
  },
];

/** With `--daily-objects 5`, in a zone in which it is noon. */
export const DAYS: readonly Decision[] = [
  {
    says: '10: the request would pass the day’s objects: refused whole, a smaller one may still pass; Retry-After to the next day',
    shows: [
      async (world) => {
        // A refused request counts no object against the quota.
        for (const body of [list(0), { persons: [1, 2, 3] }, '{']) {
          assert.equal((await patiently(world, { body })).status, 400);
        }
        assert.equal((await patiently(world, { body: list(4) })).status, 202);
        const over = await patiently(world, { body: list(2) });
        assertRefused(over, '4290801');
        const wait = Number(over.headers['retry-after']);
        assert.ok(wait > 0 && wait <= SECONDS_A_DAY, String(wait));
        assert.match(String(over.headers['ratelimit']), /"day";r=1;t=\d+$/);
        assert.equal((await patiently(world, { body: list(1) })).status, 202);
        assertRefused(await patiently(world, { body: list(1) }), '4290801');
        const after = await world.workspace.store('days/events', { events: 'know no quota' });
        assert.deepEqual(await world.workspace.sql('select count(*) from days.events', { after }), [[1]]);
      },
      reads("select count(*) from persons where email like '%@row'", [[4]]),
    ],
  },
];

/** The applier stands still while the work runs. */
async function withoutApplier({ server }: World, work: () => Promise<void>): Promise<void> {
  const pids = server.childPids;
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    await work();
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
}

/** With `--max-backlog 1MB`. */
export const BACKLOG: readonly Decision[] = [
  {
    says: '`high` goes before `normal`, which still advances',
    shows: [
      send('persons', { persons: [{ email: 'first@row' }] }, { created: 1 }),
      async (world) => {
        await withoutApplier(world, async () => {
          for (const priority of ['normal', 'high']) {
            const person = { email: 'a@row', firstName: priority };
            world.notes.set('request', await world.accept('persons', { priority, persons: [person] }));
            await remember(priority)(world);
          }
        });
        const fates = async (priority: string): Promise<object> => {
          const { objects, priority: shown } = await world.workspace.decided(String(world.notes.get(priority)));
          return { shown, created: objects.created, updated: objects.updated };
        };
        assert.deepEqual(await fates('high'), { shown: 'high', created: 1, updated: 0 });
        assert.deepEqual(await fates('normal'), { shown: 'normal', created: 0, updated: 1 });
      },
      reads("select firstName from persons where email = 'a@row'", [['normal']]),
    ],
  },
  {
    says: '11: the log cannot take it (too far behind) → 503 5030801, Retry-After; it takes more when the applier has come after',
    shows: [
      send('persons', { persons: [{ email: 'first@row' }] }, { created: 1 }),
      async (world) => {
        const event = JSON.stringify({ filler: 'x'.repeat(600_000) });
        await withoutApplier(world, async () => {
          let answer = await sendWrong(world, {});
          for (const deadline = Date.now() + 60_000; answer.status === 202; answer = await sendWrong(world, {})) {
            assert.ok(Date.now() < deadline);
            await world.workspace.event('backlog/events', event);
            await sleep(50);
          }
          assertRefused(answer, '5030801');
          assert.ok(Number(answer.headers['retry-after']) > 0);
          assert.equal((await world.workspace.event('backlog/events', '{}')).status, 503);
        });
        let { status } = await sendWrong(world, {});
        for (const deadline = Date.now() + 60_000; status === 503 && Date.now() < deadline; await sleep(50)) {
          ({ status } = await sendWrong(world, {}));
        }
        assert.equal(status, 202);
      },
    ],
  },
];
