import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';

import { OPTION_TYPES } from './option-types.ts';
import type { Limits, OptionTypeName, Parsed } from './option-types.ts';

interface Example {
  readonly type: OptionTypeName;
  readonly good: Readonly<Record<string, unknown>>;
  readonly bad: readonly string[];
  readonly limits?: Limits;
  readonly allowed: RegExp;
}

const EXAMPLES: readonly Example[] = [
  { type: 'path', good: { './inlet-data': './inlet-data', '/a b': '/a b' }, bad: [''], allowed: /path/u },
  {
    type: 'host',
    good: { '127.0.0.1': '127.0.0.1', '::1': '::1', 'db-1.example': 'db-1.example' },
    bad: ['', 'a b', 'http://x', 'a,b'],
    allowed: /host name/u,
  },
  {
    type: 'port',
    good: { 0: 0, 8080: 8080, 65535: 65535 },
    bad: ['', '65536', '-1', '80a', '1.5'],
    allowed: /0 to 65535/u,
  },
  {
    type: 'integer',
    good: { 2: 2, 10: 10 },
    bad: ['1', '11', '1e1', '0x5', ' 5', '5 ', '٣', '9007199254740993'],
    limits: { minimum: '2', maximum: '10' },
    allowed: /from 2 to 10/u,
  },
  {
    type: 'bytes',
    good: { '1048576': 1_048_576, '512MB': 512_000_000, '10GB': 1e10, '2KiB': 2048, '1TiB': 2 ** 40, '7B': 7 },
    bad: ['', '10gb', '1.5GB', 'GB', '10 GB', '-1', '99999TB'],
    allowed: /number of bytes/u,
  },
  {
    type: 'duration',
    good: { '500ms': 500, '90s': 90_000, '5m': 300_000, '24h': 86_400_000, '7d': 604_800_000 },
    bad: ['', '5', '5M', '1h30m', '-5s', '1.5h'],
    allowed: /duration/u,
  },
  {
    type: 'durations',
    good: { '5m,30m,30m': [300_000, 1_800_000, 1_800_000], '1s': [1000] },
    bad: ['', '5m,', '5m 30m', '5m;30m', '5', '1ms', '8d', '5m,8d', Array(11).fill('1s').join(',')],
    limits: { minimum: '10ms', maximum: '7d' },
    allowed: /one to ten durations from 10ms to 7d/u,
  },
  {
    type: 'hosts',
    good: {
      'example.com': ['example.com'],
      'A.example,localhost:3000,[::1]:80': ['a.example', 'localhost:3000', '[::1]:80'],
    },
    bad: [
      '',
      'a,',
      'a b',
      '*',
      '*.example.com',
      'https://a.example',
      'user@a.example',
      'a/b',
      Array(101).fill('a').join(','),
    ],
    allowed: /host names/u,
  },
  { type: 'boolean', good: { true: true, false: false }, bad: ['', 'yes', 'TRUE', '1'], allowed: /true or false/u },
  {
    type: 'enum',
    good: { fail: 'fail', 'update-most-recent': 'update-most-recent' },
    bad: ['', 'Fail', 'fail|update-most-recent'],
    limits: { choices: 'fail|update-most-recent' },
    allowed: /fail or update-most-recent/u,
  },
  {
    type: 'timezone',
    good: { UTC: 'UTC', 'Europe/Berlin': 'Europe/Berlin' },
    bad: ['', 'Mars/Olympus'],
    allowed: /IANA/u,
  },
  {
    type: 'url',
    good: {
      'https://inlet.example.com': 'https://inlet.example.com',
      'http://[::1]:8080/': 'http://[::1]:8080',
      'HTTPS://Inlet.Example.com:443/In-let//': 'https://inlet.example.com/In-let',
      'https://bücher.example/a b': 'https://xn--bcher-kva.example/a%20b',
    },
    bad: [
      '',
      'inlet.example.com',
      '//inlet.example.com',
      'https:inlet.example.com',
      'ftp://inlet.example.com',
      'https://',
      'https://inlet.example.com:99999',
      'https://user@inlet.example.com',
      'https://:secret@inlet.example.com',
      'https://inlet.example.com?',
      'https://inlet.example.com/?a=1',
      'https://inlet.example.com/#top',
      'https://inlet.example.com/\n',
    ],
    allowed: /URL of http or https without user name, query and fragment, such as https:/u,
  },
];

function parse(type: OptionTypeName, text: string, limits: Limits = {}): Parsed<unknown> {
  return OPTION_TYPES[type].parse(text, limits);
}

describe('option types', () => {
  it('has examples for every type', () => {
    assert.deepEqual(EXAMPLES.map(({ type }) => type).toSorted(), Object.keys(OPTION_TYPES).toSorted());
  });

  for (const { type, good, bad, limits, allowed } of EXAMPLES) {
    it(`reads good values of ${type}`, () => {
      for (const [text, value] of Object.entries(good)) assert.deepEqual(parse(type, text, limits), { value }, text);
    });

    it(`says what is allowed instead of bad values of ${type}`, () => {
      for (const text of bad) {
        const parsed = parse(type, text, limits);
        assert.ok('allowed' in parsed, `${JSON.stringify(text)} was taken`);
        assert.match(parsed.allowed, allowed);
      }
    });
  }

  it('names each kind of bound', () => {
    assert.deepEqual(parse('integer', '0', { minimum: '1' }), { allowed: 'a whole number of at least 1' });
    assert.deepEqual(parse('duration', '2h', { maximum: '1h' }), {
      allowed: 'a duration such as 500ms, 90s, 5m, 24h or 7d of at most 1h',
    });
  });

  it('reads every safe integer exactly', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        assert.deepEqual(parse('integer', String(value)), { value });
        assert.deepEqual(parse('bytes', `${value}B`), { value });
      }),
    );
  });
});
