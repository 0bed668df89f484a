import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ProgressLine } from '#cli/progress-line.ts';
import { runWords, startFakeServer } from '#cli/testing.ts';
import type { CliRun, FakeAnswer, SeenRequest } from '#cli/testing.ts';

const W = '/v1/workspaces/123-ABC-456';
const REPLAY = `POST ${W}/quarantine/replay`;
const ID = '01900000-0000-7000-8000-000000000001';

interface Exchange extends CliRun {
  readonly seen: readonly SeenRequest[];
  /** The bodies of the calls for a replay, in order. */
  readonly calls: readonly unknown[];
}

async function exchange(words: readonly string[], answers: Record<string, FakeAnswer>): Promise<Exchange> {
  await using server = await startFakeServer(answers);
  const run = await runWords([...words, '--url', server.url, '--token', 'T', '--workspace', '123-ABC-456']);
  const posts = server.seen.filter(({ method }) => method === 'POST');
  return { ...run, seen: [...server.seen], calls: posts.map(({ body }) => JSON.parse(body) as unknown) };
}

function submitted(requestId: string, more: object = {}): FakeAnswer {
  const request = { requestId, kind: 'person', type: 'persons', objects: 3 };
  return { status: 202, body: { requests: [request], notReplayable: [], more: false, ...more } };
}

const DONE = {
  requestId: 'R1',
  type: 'persons',
  state: 'done',
  objects: { received: 3, created: 1, updated: 2, stored: 0, deleted: 0, failed: 0, pending: 0 },
  failures: [],
  retries: [],
};

const FAILED = {
  ...DONE,
  objects: { ...DONE.objects, updated: 1, failed: 1 },
  failures: [{ index: 2, code: '1003', message: 'Invalid value', key: { email: 'a@b.c' } }],
};

describe('inlet replay', () => {
  it('sends its filters, waits for the fates, and ends with 0 when all went well', async () => {
    const words = ['replay', '--code', '1003', '--kind', 'person', '--type', 'persons', '--request-id', 'R'];
    const run = await exchange(words, { [REPLAY]: submitted('R1'), [`GET ${W}/requests/R1`]: { body: DONE } });
    assert.deepEqual(run.calls, [{ filter: { kind: 'person', type: 'persons', code: '1003', requestId: 'R' } }]);
    assert.match(run.stdout, /^R1 +persons +done +3 +1 +2 +0 +0 +0 +0$/mu);
    assert.deepEqual([run.stderr, run.exitCode], ['', 0]);
  });

  it('ends with 1 when one failed again, and shows which', async () => {
    const run = await exchange(['replay', '--all'], {
      [REPLAY]: submitted('R1'),
      [`GET ${W}/requests/R1`]: { body: FAILED },
    });
    assert.deepEqual(run.calls, [{ filter: {} }]);
    assert.match(run.stdout, /^R1 +2 +1003 +Invalid value +\{"email":"a@b\.c"\}$/mu);
    assert.equal(run.exitCode, 1);
  });

  it('asks again until the request is decided', async () => {
    let polls = 0;
    const answers: Record<string, FakeAnswer> = {
      [REPLAY]: submitted('R1'),
      get [`GET ${W}/requests/R1`]() {
        polls += 1;
        return { body: polls < 3 ? { ...DONE, state: 'pending' } : DONE };
      },
    };
    const run = await exchange(['replay', '--all'], answers);
    assert.deepEqual([polls, run.exitCode], [3, 0]);
    assert.match(run.stdout, /^R1 +persons +done/mu);
  });

  it('does not wait for objects that wait for a later try, and says so', async () => {
    const body = { ...DONE, state: 'retrying', objects: { ...DONE.objects, updated: 0, pending: 2 } };
    const run = await exchange(['replay', '--all'], { [REPLAY]: submitted('R1'), [`GET ${W}/requests/R1`]: { body } });
    assert.match(run.stderr, /wait for a later try/u);
    assert.equal(run.exitCode, 0);
  });

  it('ends with 1 when time is up first', async () => {
    const body = { ...DONE, state: 'pending', objects: { ...DONE.objects, created: 0, updated: 0, pending: 3 } };
    const run = await exchange(['replay', '--all', '--timeout', '1ms'], {
      [REPLAY]: submitted('R1'),
      [`GET ${W}/requests/R1`]: { body },
    });
    assert.match(run.stderr, /Not all is decided yet/u);
    assert.equal(run.exitCode, 1);
  });

  it('calls as often as there is more, and shows everything', async () => {
    let calls = 0;
    const notReplayable = [{ requestId: 'R', index: -1, reason: 'unreadable' }];
    const answers: Record<string, FakeAnswer> = {
      get [REPLAY]() {
        calls += 1;
        return calls === 1 ? submitted('R1', { more: true, after: 'PLACE', notReplayable }) : submitted('R2');
      },
      [`GET ${W}/requests/R1`]: { body: DONE },
      [`GET ${W}/requests/R2`]: { body: { ...DONE, requestId: 'R2' } },
    };
    const run = await exchange(['replay', '--all', '--json'], answers);
    assert.deepEqual(run.calls, [{ filter: {} }, { filter: {}, after: 'PLACE' }]);
    const printed = JSON.parse(run.stdout) as { requests: { requestId: string }[]; notReplayable: unknown };
    assert.deepEqual(
      printed.requests.map(({ requestId }) => requestId),
      ['R1', 'R2'],
    );
    assert.deepEqual(printed.notReplayable, notReplayable);
    assert.equal(run.exitCode, 0, 'what no replay can mend is no failure of a filter');
  });

  it('stops when the log takes no more, and ends with 1', async () => {
    const run = await exchange(['replay', '--all'], {
      [REPLAY]: submitted('R1', { more: true, refused: 'Nothing was taken: the intake log is full.' }),
      [`GET ${W}/requests/R1`]: { body: DONE },
    });
    assert.match(run.stderr, /the intake log is full\. Then run the same command again\./u);
    assert.deepEqual([run.calls.length, run.exitCode], [1, 1]);
  });

  it('replays named objects, and ends with 1 when one of them cannot be', async () => {
    const notReplayable = [{ requestId: ID, index: 3, reason: 'replayed', replayedBy: 'R0' }];
    const run = await exchange(['replay', '--object', `${ID}/0`, '--object', `${ID}/3`], {
      [REPLAY]: submitted('R1', { notReplayable }),
      [`GET ${W}/requests/R1`]: { body: DONE },
    });
    assert.deepEqual(run.calls, [
      {
        objects: [
          { requestId: ID, index: 0 },
          { requestId: ID, index: 3 },
        ],
      },
    ]);
    assert.equal(run.stderr, 'Not replayable: 1 replayed.\n');
    assert.equal(run.exitCode, 1);
  });

  it('says so when there is nothing', async () => {
    const run = await exchange(['replay', '--code', '9'], {
      [REPLAY]: { body: { requests: [], notReplayable: [], more: false } },
    });
    assert.deepEqual([run.stdout, run.exitCode], ['Nothing was replayed.\n', 0]);
  });

  it('rehearses: sums, then what would become of each', async () => {
    const objects = [
      { requestId: 'R', index: 0, outcome: 'updated', overwrites: ['firstName', 'city'] },
      { requestId: 'R', index: 1, outcome: 'failed', code: '1003', message: 'Invalid value', overwrites: [] },
    ];
    const sums = { created: 0, updated: 1, stored: 0, waiting: 0, failed: 1, overwriting: 1 };
    const run = await exchange(['replay', '--all', '--dry-run', '--limit', '1'], {
      [REPLAY]: { body: { requests: [], objects, sums, notReplayable: [], more: false } },
    });
    assert.deepEqual(run.calls, [{ filter: {}, dryRun: true }]);
    assert.match(run.stdout, /^created 0, updated 1, stored 0, waiting 0, failed 1, overwriting 1$/mu);
    assert.match(run.stdout, /^R +0 +updated +firstName, city\nand 1 more$/mu);
    assert.equal(run.exitCode, 0, 'a rehearsal fails nothing');
    assert.equal(run.seen.length, 1);
  });

  const misuses: readonly (readonly string[])[] = [
    ['replay'],
    ['replay', '--dry-run'],
    ['replay', '--all', '--code', '1003'],
    ['replay', '--code', '1003', '--object', `${ID}/0`],
    ['replay', '--object', ID],
    ['replay', '--object', `${ID}/-1`],
    ['replay', '--all', '--timeout', '5'],
  ];
  for (const words of misuses) {
    it(`ends "inlet ${words.join(' ')}" with 2, and sends nothing`, async () => {
      const run = await exchange(words, {});
      assert.deepEqual([run.exitCode, run.seen.length], [2, 0], run.stderr);
    });
  }
});

describe('the progress line', () => {
  it('is for terminals alone, and leaves nothing behind', () => {
    let written = '';
    const write = (text: string): void => void (written += text);
    using silent = new ProgressLine({ write });
    silent.show('Replaying', 1, 2);
    silent.clear();
    assert.equal(written, '');
    {
      using shown = new ProgressLine({ write, isTTY: true });
      shown.show('Replaying', 1, 2);
      assert.match(written, /Replaying {2}█{12}░{12} {2}1 of 2$/u);
    }
    assert.ok(written.endsWith('\r\u001B[K'));
  });
});
