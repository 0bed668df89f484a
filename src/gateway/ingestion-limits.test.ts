/** Limits over time, over HTTP against the real gateway, under a clock that the test holds. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RunningGateway, WORKSPACE } from '../../tests/support/gateway.ts';
import { PERSONS, refusal, send } from '../../tests/support/ingestion-requests.ts';

const SECOND_MS = 1000;
const HALF_DAY_SECONDS = 43_200;
const DAY_MS = 86_400 * SECOND_MS;

function persons(count: number): string {
  return JSON.stringify({ persons: Array.from({ length: count }, (_, n) => ({ email: `p${n}@b.example` })) });
}

function limitsOf({ headers }: Response): readonly (string | null)[] {
  return [headers.get('ratelimit-policy'), headers.get('ratelimit')];
}

/** Sends the same request over and over, more often than is allowed, without waiting for answers; gives these. */
async function sendMany(running: RunningGateway, count: number): Promise<readonly string[]> {
  const body = persons(1);
  const head = [
    `POST ${PERSONS} HTTP/1.1`,
    'Host: inlet',
    'Content-Type: application/json',
    `X-Mkto-User-Token: ${await running.token()}`,
    `Content-Length: ${body.length}`,
  ];
  const answersIn = (text: string): string[] => text.split('HTTP/1.1 ').slice(1);
  // The last is a refusal, whose body ends so.
  const isWhole = (text: string): boolean => text.endsWith('"}') && answersIn(text).length === count;
  const text = await running.raw(`${head.join('\r\n')}\r\n\r\n${body}`.repeat(count), isWhole);
  return answersIn(text);
}

describe('requests of one client in a second', () => {
  test('must show 5: 5,000 pass, the excess is 429001, and the next second is new', async () => {
    await using running = await RunningGateway.start();
    const answers = await sendMany(running, 5010);
    assert.equal(answers.length, 5010);
    assert.ok(answers.slice(0, 5000).every((answer) => answer.startsWith('202 ')));
    for (const answer of answers.slice(5000)) {
      assert.match(answer, /^429 [^]*Retry-After: 1\r\n[^]*"error_code":"429001"/);
    }
    assert.equal((await running.entries()).length, 5000);
    running.clock.advance(SECOND_MS);
    assert.equal((await send(running)).status, 202);
  });

  test('no wall clock opens or closes a window', async () => {
    await using running = await RunningGateway.start({ options: { requestsPerSecond: 1 } });
    const token = await running.token();
    assert.equal((await send(running, { token })).status, 202);
    for (const ms of [-5 * SECOND_MS, 10 * SECOND_MS, -5 * SECOND_MS]) {
      running.clock.nowMs += ms;
      assert.equal((await refusal(await send(running, { token }))).code, '429001');
    }
    running.clock.monotonicMs += SECOND_MS;
    assert.equal((await send(running, { token })).status, 202);
  });
});

describe('objects of one workspace in a day', () => {
  test('the 10,000,001st object of a day is 4290801, and a refused request counts nothing', async () => {
    await using running = await RunningGateway.start();
    await useUp(running, 9_999_999);
    assert.equal((await refusal(await send(running, { body: persons(2) }))).code, '4290801');
    assert.equal((await refusal(await send(running, { body: '{"persons":[]}' }))).code, '4000802');
    assert.equal((await send(running, { body: persons(1) })).status, 202);
    const over = await send(running, { body: persons(1) });
    assert.equal(over.headers.get('retry-after'), String(HALF_DAY_SECONDS));
    assert.equal((await refusal(over)).code, '4290801');
    assert.equal(await running.writer.objectsOfDay(WORKSPACE, '2026-11-23'), 10_000_000);
  });

  test('a clock that is set back or forth frees nothing of a day that is used up, and blocks no other', async () => {
    await using running = await RunningGateway.start();
    await useUp(running, 10_000_000);
    const codeAt = async (nowMs: number): Promise<string | number> => {
      running.clock.nowMs = nowMs;
      const answer = await send(running, { body: persons(1), token: await running.token() });
      return answer.status === 202 ? 202 : (await refusal(answer)).code;
    };
    const noon = running.clock.nowMs;
    assert.equal(await codeAt(noon), '4290801');
    assert.equal(await codeAt(noon - 3 * SECOND_MS), '4290801');
    assert.equal(await codeAt(noon - DAY_MS), 202);
    assert.equal(await codeAt(noon), '4290801');
    assert.equal(await codeAt(noon + 300 * DAY_MS), 202);
    assert.equal(await codeAt(noon + DAY_MS / 2 - 1), '4290801');
    assert.equal(await codeAt(noon + DAY_MS / 2), 202);
  });
});

describe('what answers say of the limits', () => {
  const policy = '"second";q=3;w=1, "day";q=5;qu="objects";w=86400';

  test('202 and 429 carry both; Retry-After reaches to the end of what refused', async () => {
    await using running = await RunningGateway.start({ options: { requestsPerSecond: 3, dailyObjects: 5 } });
    const first = await send(running, { body: persons(4) });
    assert.deepEqual(limitsOf(first), [policy, `"second";r=2;t=1, "day";r=1;t=${HALF_DAY_SECONDS}`]);
    const overDay = await send(running, { body: persons(2) });
    assert.deepEqual(limitsOf(overDay), [policy, `"second";r=1;t=1, "day";r=1;t=${HALF_DAY_SECONDS}`]);
    assert.equal(overDay.headers.get('retry-after'), String(HALF_DAY_SECONDS));
    await send(running, { body: persons(1) });
    const overSecond = await send(running, { body: persons(1) });
    assert.deepEqual(limitsOf(overSecond), [policy, `"second";r=0;t=1, "day";r=0;t=${HALF_DAY_SECONDS}`]);
    assert.equal(overSecond.headers.get('retry-after'), '1');
  });

  test('the day is left out until the log has been asked', async () => {
    await using running = await RunningGateway.start({ options: { requestsPerSecond: 0, dailyObjects: 5 } });
    assert.deepEqual(limitsOf(await send(running)), [policy.replace('q=3', 'q=0'), '"second";r=0;t=1']);
  });

  test('other refusals and other protocols say nothing of them', async () => {
    await using running = await RunningGateway.start();
    for (const answer of [await send(running, { body: '{' }), await running.postEvent('db/tbl', '{}')]) {
      assert.deepEqual(limitsOf(answer), [null, null], String(answer.status));
    }
  });
});

/** Counts objects for the day of the clock, as if they had been accepted before. */
async function useUp(running: RunningGateway, objects: number): Promise<void> {
  await running.writer.append(
    {
      workspace: WORKSPACE,
      lane: 'normal',
      requestId: '01900000-0000-7000-8000-000000000000' as never,
      acceptedAt: 0,
      objects,
      envelope: { kind: 'person', clientId: 'client-1' },
      body: new Uint8Array(),
    },
    '2026-11-23',
  );
}
