/** Values by type: the recorded accept and reject cases of the service, and what its documentation says beyond. */
import assert from 'node:assert/strict';
import { persons, reads, send } from './world.ts';
import type { Decision, Step } from './world.ts';

/** A field, what is sent as JSON text, and what is read back. */
type Taken = readonly [field: string, sent: string, kept: unknown];
/** A field, what is sent as JSON text, and what the message shows of it. */
type Refused = readonly [field: string, sent: string, shown: string];

/** Each value in a person of its own; all are created and read back. */
function takes(...rows: readonly Taken[]): readonly Step[] {
  const list = rows.map(([field, sent], at) => `{"email":"t${at}@row","${field}":${sent}}`);
  return [
    persons(`[${list.join()}]`, { created: rows.length }),
    ...rows.map(([field, , kept], at) => reads(`select "${field}" from persons where email = 't${at}@row'`, [[kept]])),
  ];
}

/** Each value in a person of its own, each between two good ones; it fails alone, with 1003. */
function refusesValues(...rows: readonly Refused[]): readonly Step[] {
  const list = rows.map(([field, sent], at) => {
    const bad = field === 'email' ? `{"email":${sent}}` : `{"email":"bad${at}@row","${field}":${sent}}`;
    return `{"email":"good${at}@row"},${bad}`;
  });
  const failed = rows.map(
    ([field, , shown], at) => [2 * at + 1, '1003', `Invalid value for field '${field}' and value '${shown}'`] as const,
  );
  return [
    persons(`[${list.join()}]`, { created: rows.length, failed }),
    reads("select count(*) from persons where email like 'bad%@row'", [[0]]),
  ];
}

export const VALUES: readonly Decision[] = [
  {
    says: 'Recorded: taken and read back equal, datetime as 2020-08-30T05:49:48Z',
    shows: takes(
      ['aBoolean', 'true', true],
      ['anInteger', '5', 5],
      ['aFloat', '5.4', 5.4],
      ['aDatetime', '"2020-08-30T05:49:48.000Z"', '2020-08-30T05:49:48Z'],
      ['aScore', '10', 10],
      ['aPercent', '99', 99],
      ['aCurrency', '34.66', 34.66],
      ['aText', '"text is here"', 'text is here'],
    ),
  },
  {
    says: "Recorded: refused with 1003 Invalid value for field '<f>' and value '<v>', the whole record skipped",
    shows: refusesValues(
      ['aBoolean', '"other"', 'other'],
      ['email', '"bademail"', 'bademail'],
      ['anInteger', '14.1', '14.1'],
      ['aFloat', '"14c"', '14c'],
      ['aDatetime', '"yesterday"', 'yesterday'],
      ['aPercent', '"100%"', '100%'],
    ),
  },
  {
    says: 'Recorded: a bad record does not harm its neighbours: the first updated, the second skipped',
    shows: [
      persons([{ email: 'a@row' }], { created: 1 }),
      persons(
        [
          { email: 'a@row', firstName: 'F' },
          { email: 'b@row', anInteger: 14.1 },
        ],
        { updated: 1, failed: [[1, '1003']] },
      ),
      reads("select email, firstName from persons where email like '%@row'", [['a@row', 'F']]),
    ],
  },
  {
    says: 'A string that is exactly a number or boolean is taken for number and boolean fields',
    shows: [
      ...takes(
        ['anInteger', '"17"', 17],
        ['anInteger', '"1.7e1"', 17],
        ['aFloat', '"5.4"', 5.4],
        ['aBoolean', '"true"', true],
        ['aBoolean', '"false"', false],
      ),
      ...refusesValues(
        ['anInteger', '" 17"', ' 17'],
        ['anInteger', '"+17"', '+17'],
        ['anInteger', '"017"', '017'],
        ['aBoolean', '"yes"', 'yes'],
        ['aBoolean', '"1"', '1'],
        ['aBoolean', '1', '1'],
        ['aString', '17', '17'],
        ['aString', 'true', 'true'],
      ),
    ],
  },
  {
    says: 'A string longer than its field fails: 255 characters, others by their length; text up to 30,000 bytes',
    shows: [
      ...takes(
        ['aString', `"${'x'.repeat(255)}"`, 'x'.repeat(255)],
        ['aString', `"${'🎉'.repeat(255)}"`, '🎉'.repeat(255)],
        ['sicCode', `"${'x'.repeat(40)}"`, 'x'.repeat(40)],
        ['aText', `"${'é'.repeat(15_000)}"`, 'é'.repeat(15_000)],
      ),
      ...refusesValues(
        ['aString', `"${'x'.repeat(256)}"`, `${'x'.repeat(255)}…`],
        ['sicCode', `"${'x'.repeat(41)}"`, 'x'.repeat(41)],
        ['aText', `"${'é'.repeat(15_001)}"`, `${'é'.repeat(255)}…`],
      ),
    ],
  },
  {
    says: 'Emails are ASCII and look like addresses; phones and urls are free strings',
    shows: [
      ...takes(
        ['aPhone', '"+81 3-1234-5678 ext. 9"', '+81 3-1234-5678 ext. 9'],
        ['aUrl', '"www.myblog.com"', 'www.myblog.com'],
      ),
      ...refusesValues(
        ['email', '"jörg@example.com"', 'jörg@example.com'],
        ['email', '"a b@example.com"', 'a b@example.com'],
        ['email', '"a@example"', 'a@example'],
        ['email', '"@example.com"', '@example.com'],
      ),
    ],
  },
  {
    says: 'Date-times are stored in UTC to the second; they need a zone. Dates are YYYY-MM-DD',
    shows: [
      ...takes(
        ['aDatetime', '"2020-08-30T07:49:48+02:00"', '2020-08-30T05:49:48Z'],
        ['aDatetime', '"2020-01-01T00:30:00.999+01:00"', '2019-12-31T23:30:00Z'],
        ['aDate', '"2024-02-29"', '2024-02-29'],
      ),
      ...refusesValues(
        ['aDatetime', '"2020-08-30T05:49:48"', '2020-08-30T05:49:48'],
        ['aDate', '"2023-02-29"', '2023-02-29'],
        ['aDate', '"30.08.2020"', '30.08.2020'],
        ['aDate', '"2020-08-30T05:49:48Z"', '2020-08-30T05:49:48Z'],
      ),
    ],
  },
  {
    says: 'Whole numbers are of the signed 64-bit range; nothing is rounded (law 10); arrays and objects fit no type',
    shows: [
      ...takes(
        ['anInteger', '9223372036854775807', '9223372036854775807'],
        ['anInteger', '-9223372036854775808', '-9223372036854775808'],
        ['anInteger', '5.0', 5],
        ['aScore', '-3', -3],
      ),
      ...refusesValues(
        ['anInteger', '9223372036854775808', '9223372036854775808'],
        ['aFloat', '1e400', '1e400'],
        ['aFloat', '0.12345678901234567890', '0.12345678901234567890'],
        ['aScore', '1.5', '1.5'],
        ['aString', '{"a":1}', '{"a":1}'],
        ['aText', '["a"]', '["a"]'],
      ),
    ],
  },
  {
    says: 'What no text can hold becomes U+FFFD, and the request carries a warning that names the key (law 10)',
    shows: [
      send('persons', '{"persons":[{"email":"a@row","aString":"x\\ud800y\\u0000z"}]}', { created: 1 }),
      reads("select aString from persons where email = 'a@row'", [['x\uFFFDy\uFFFDz']]),
      async ({ workspace, notes }) => {
        const { warnings } = await workspace.decided(String(notes.get('request')));
        assert.ok(
          warnings.some(({ message }) => message.includes('aString')),
          JSON.stringify(warnings),
        );
      },
    ],
  },
];
