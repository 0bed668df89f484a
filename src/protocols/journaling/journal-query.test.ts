import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { MunchkinId } from '#model/words.ts';
import { Problem } from '#protocols/api/problems.ts';
import { durationMs } from './duration.ts';
import { readJournalQuery, readLiveQuery } from './journal-query.ts';
import type { JournalParameters } from './journal-query.ts';
import { linkTo, nextPagePath, validatePath } from './links.ts';
import { positionText, readPosition } from './position.ts';
import { rejectedCode } from './rejected-code.ts';

const WORKSPACE = '556-RJS-213' as MunchkinId;
const NOW = Date.UTC(2026, 10, 23, 12);
const read = (given: JournalParameters) => readJournalQuery(given, { workspace: WORKSPACE, now: NOW });

function complaint(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof Problem && error.code === 'invalid-input', String(error));
    return error.message;
  }
  throw new Error('nothing was complained of');
}

suite('positions', () => {
  test('are read as they were given', () => {
    for (const ordinal of [0, 1, 42, 9_007_199_254_740_991])
      assert.equal(readPosition(positionText(WORKSPACE, ordinal), WORKSPACE, '?since'), ordinal);
  });

  test('of another journal, or of none, are refused with a way out', () => {
    const bad = ['', 'x', '17', 'inlet:556-RJS-213:-1', 'inlet:556-RJS-213:1.5', 'inlet:556-RJS-213:01'];
    for (const text of [...bad, 'inlet:556-RJS-213:99999999999999999'])
      assert.match(
        complaint(() => readPosition(text, WORKSPACE, '?since')),
        /^\?since: must be a position .* leave it out/,
      );
    const foreign = positionText('111-AAA-111' as MunchkinId, 3);
    const message = complaint(() => readPosition(foreign, WORKSPACE, 'Last-Event-ID'));
    assert.match(message, /^Last-Event-ID: is a position of another journal/);
  });
});

suite('durations', () => {
  const GOOD: Readonly<Record<string, number>> = {
    '-PT2H': -7_200_000,
    PT90S: 90_000,
    '-P1DT2H3M4.5S': -93_784_500,
    '-P2W': -1_209_600_000,
    'PT0,5S': 500,
    PT0S: 0,
  };
  for (const [text, ms] of Object.entries(GOOD)) {
    test(`${text} is ${ms} ms`, () => assert.equal(durationMs(text), ms));
  }
  for (const text of ['', 'P', 'PT', '-P', 'P1Y', 'P1M', '2H', 'PT2H ', 'P1DT', 'PT1H2', '--PT1H', '+PT1H']) {
    test(`"${text}" is none`, () => assert.equal(durationMs(text), undefined));
  }
});

suite('where a reader begins', () => {
  test('with the oldest event, behind a position, at the end, or so long ago', () => {
    assert.deepEqual(read({}).start, { at: 'oldest' });
    assert.deepEqual(read({ since: positionText(WORKSPACE, 7) }).start, { at: 'ordinal', ordinal: 7 });
    assert.deepEqual(read({ latest: 'true' }).start, { at: 'end' });
    assert.deepEqual(read({ seek: '-PT2H' }).start, { at: 'time', time: NOW - 7_200_000 });
  });

  test('only the literal true is latest', () => {
    for (const latest of ['false', '', 'TRUE', '1', 'undefined'])
      assert.deepEqual(read({ latest }).start, { at: 'oldest' });
    const since = positionText(WORKSPACE, 7);
    assert.deepEqual(read({ latest: 'false', since }).start, { at: 'ordinal', ordinal: 7 });
  });

  test('in one way alone', () => {
    const since = positionText(WORKSPACE, 7);
    assert.match(
      complaint(() => read({ since, seek: '-PT2H' })),
      /^\?seek: is not given together with since/,
    );
    assert.match(
      complaint(() => read({ since, latest: 'true' })),
      /^\?latest/,
    );
    assert.match(
      complaint(() => read({ seek: '-PT2H', latest: 'true' })),
      /^\?latest/,
    );
  });

  test('not in the future', () => {
    for (const seek of ['PT2H', 'P1Y', 'yesterday', 'PT0S'])
      assert.match(
        complaint(() => read({ seek })),
        /^\?seek: must be a negative ISO 8601 duration/,
      );
  });

  test('live: with what comes next, unless it says where it has been', () => {
    const live = (given: JournalParameters, id?: string) => readLiveQuery(given, id, WORKSPACE).start;
    const [seven, nine] = [positionText(WORKSPACE, 7), positionText(WORKSPACE, 9)];
    assert.deepEqual(live({}), { at: 'end' });
    assert.deepEqual(live({ since: 'oldest' }), { at: 'oldest' });
    assert.deepEqual(live({ from: '2026-11-23T10:00:00Z' }), { at: 'oldest' });
    assert.deepEqual(live({ since: seven }), { at: 'ordinal', ordinal: 7 });
    assert.deepEqual(live({ since: seven }, nine), { at: 'ordinal', ordinal: 9 }, 'a reconnect goes on');
    assert.deepEqual(live({ since: seven }, ''), { at: 'ordinal', ordinal: 7 });
    assert.match(
      complaint(() => live({}, 'rubbish')),
      /^Last-Event-ID/,
    );
  });
});

suite('what a reader wants', () => {
  const FULL = 'com.adobe.platform.marketo.observability.metrics';

  test('types by short or full name, one or several', () => {
    assert.deepEqual(read({ type: 'status' }).filter, { types: ['status'] });
    assert.deepEqual(read({ type: [FULL, 'results'] }).filter, { types: ['results', 'metrics'] });
    for (const type of ['', 'Status', ['status', 'nothing'], [], `${FULL}x`])
      assert.match(
        complaint(() => read({ type })),
        /^\?type: must be one of results, metrics, status/,
      );
  });

  test('times with a zone, and the id of a request', () => {
    const { filter } = read({
      from: '2026-11-23T10:00:00Z',
      to: '2026-11-23T12:30:00+01:00',
      requestId: '01A218A4-709A-7A0D-88B9-787C62E13464',
    });
    assert.deepEqual(filter, {
      from: Date.UTC(2026, 10, 23, 10),
      to: Date.UTC(2026, 10, 23, 11, 30),
      requestId: '01a218a4-709a-7a0d-88b9-787c62e13464',
    });
    assert.match(
      complaint(() => read({ from: '2026-11-23T10:00:00' })),
      /^\?from: must be an ISO 8601 time with its zone/,
    );
    assert.match(
      complaint(() => read({ to: '2026-13-23T10:00:00Z' })),
      /^\?to/,
    );
    assert.match(
      complaint(() => read({ requestId: 'x' })),
      /^\?requestId/,
    );
  });
});

suite('links', () => {
  test('are relative, and keep what was asked for', () => {
    assert.equal(nextPagePath(WORKSPACE, 7, {}), '/v1/workspaces/556-RJS-213/journal?since=inlet%3A556-RJS-213%3A7');
    const kept = { limit: 5, from: '2026-11-23T10:00:00+01:00', type: ['results', 'status'], requestId: 'r' };
    const path = nextPagePath(WORKSPACE, 7, kept);
    const query = new URL(path, 'http://localhost').searchParams;
    assert.equal(query.get('since'), positionText(WORKSPACE, 7));
    assert.equal(query.get('limit'), '5');
    assert.equal(query.get('from'), kept.from);
    assert.deepEqual(query.getAll('type'), kept.type);
    assert.equal(query.get('requestId'), 'r');
  });

  test('say what they lead to', () => {
    assert.equal(linkTo('/v1/here?a=1', 'next'), '</v1/here?a=1>; rel="next"');
    assert.equal(
      linkTo(validatePath(WORKSPACE, 7), 'validate'),
      '</v1/workspaces/556-RJS-213/journal/validate?since=inlet%3A556-RJS-213%3A7>; rel="validate"',
    );
  });
});

test('refusals by a limit have the codes of the samples, others their own', () => {
  assert.deepEqual(['429001', '4290801', '4000802', 'Forbidden'].map(rejectedCode), [
    '606',
    '607',
    '4000802',
    'Forbidden',
  ]);
});
