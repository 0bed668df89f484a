import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ConfigError } from './config-error.ts';
import { OPTION_LIST, environmentName, fileKey } from './options.ts';
import type { OptionDefinition, OptionKey } from './options.ts';
import { readConfig } from './read-config.ts';
import type { ConfigSources } from './read-config.ts';

interface Given {
  readonly flags?: Readonly<Record<string, string>>;
  readonly operands?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The content of `inlet.json`; a string stands for itself, anything else for its JSON. */
  readonly file?: unknown;
}

function sources({ flags = {}, operands = [], environment = {}, file }: Given): ConfigSources {
  const withFile = file === undefined ? flags : { config: 'inlet.json', ...flags };
  return {
    flags: new Map(Object.entries(withFile)),
    operands,
    environment: { PATH: '/bin', ...environment },
    readText: async (path) => {
      if (path !== 'inlet.json') throw new Error('no such file');
      return typeof file === 'string' ? file : JSON.stringify(file);
    },
  };
}

const read = (given: Given): ReturnType<typeof readConfig> => readConfig(sources(given));

async function problemsOf(given: Given): Promise<readonly string[]> {
  const error = await read(given).then(
    () => assert.fail('the configuration was taken'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ConfigError);
  return error.problems;
}

/** Two good values for an option, neither of them its default. */
function twoValues(option: OptionDefinition): [string, string] {
  const byType = {
    path: ['/a', '/b'],
    host: ['::1', '0.0.0.0'],
    port: ['1', '2'],
    integer: ['11', '12'],
    bytes: ['70MB', '80MB'],
    duration: ['2s', '3s'],
    durations: ['2s,3s', '3s'],
    boolean: ['true', 'false'],
    hosts: ['a.example,b.example:81', 'c.example'],
    url: ['https://a.example', 'http://b.example:81/inlet'],
    timezone: ['Asia/Tokyo', 'Europe/Berlin'],
    enum: option.choices?.split('|').slice(0, 2) ?? [],
  } as const;
  return byType[option.type] as unknown as [string, string];
}

const TLS_PARTNER: Partial<Record<OptionKey, string>> = { tlsCertPath: 'tls-key', tlsKeyPath: 'tls-cert' };

describe('readConfig', () => {
  it('gives every option its default', async () => {
    const { config, secrets } = await read({});
    assert.deepEqual(config, {
      dataDirectory: './inlet-data',
      host: '127.0.0.1',
      port: 8080,
      tlsCertPath: undefined,
      tlsKeyPath: undefined,
      publicUrl: undefined,
      trustProxy: false,
      maxRequestBytes: 1_048_576,
      maxObjects: 1000,
      requestsPerSecond: 5000,
      dailyObjects: 10_000_000,
      quotaTimezone: 'UTC',
      tokenLifetimeMs: 3_600_000,
      createPartitions: true,
      unknownFields: 'reject',
      multipleMatches: 'fail',
      retryScheduleMs: [300_000, 1_800_000, 1_800_000],
      postbackAuth: 'strict',
      createDatabases: true,
      redirectHosts: undefined,
      webhookAllowPrivate: false,
      idempotencyWindowMs: 86_400_000,
      maxColumns: 512,
      retentionMs: 604_800_000,
      retentionBytes: 1e10,
      maxBacklogBytes: 1e10,
      storeMemoryBytes: 128e6,
      queryMemoryBytes: 512e6,
      queryTimeoutMs: 30_000,
      logLevel: 'info',
    });
    assert.deepEqual(secrets, { workspaces: [] });
  });

  for (const option of OPTION_LIST) {
    it(`takes --${option.flag} before the environment, that before the file, that before the default`, async () => {
      const [one, two] = twoValues(option);
      const partner = TLS_PARTNER[option.key];
      const also = partner === undefined ? {} : { [partner]: '/partner' };
      const name = environmentName(option.flag);
      const file = { [fileKey(option.flag)]: two };
      const valueOf = async (given: Given): Promise<unknown> => (await read(given)).config[option.key];

      const expectedOne = await valueOf({ flags: { ...also, [option.flag]: one } });
      const expectedTwo = await valueOf({ flags: also, file });
      assert.notDeepEqual(expectedOne, expectedTwo);
      assert.deepEqual(
        await valueOf({ flags: { ...also, [option.flag]: one }, environment: { [name]: two }, file }),
        expectedOne,
      );
      assert.deepEqual(await valueOf({ flags: also, environment: { [name]: one }, file }), expectedOne);
      assert.deepEqual(await valueOf({ flags: also, environment: { [name]: '' }, file }), expectedTwo);
    });
  }

  it('takes JSON numbers and booleans from the file where the type has them', async () => {
    const { config } = await read({ file: { port: 0, maxBacklog: 2_000_000, trustProxy: true } });
    assert.equal(config.port, 0);
    assert.equal(config.maxBacklogBytes, 2_000_000);
    assert.equal(config.trustProxy, true);
  });

  it('finds the file by INLET_CONFIG too', async () => {
    const given = { ...sources({ file: { port: 9 } }), flags: new Map(), environment: { INLET_CONFIG: 'inlet.json' } };
    assert.equal((await readConfig(given)).config.port, 9);
  });

  it('reports everything that is wrong at once, each with its name and its remedy', async () => {
    const problems = await problemsOf({
      flags: { port: '80a', prot: '', 'tls-cert': '/c' },
      operands: ['start'],
      environment: { INLET_MAX_COLUMNS: '0', INLET_MAX_COLUMN: '7', INLET_ADMIN_TOKEN: 'two words' },
      file: { trustProxy: 'maybe', maxObjects: { a: 1 }, createDatabase: true },
    });
    assert.deepEqual(problems, [
      '--prot: there is no such option; did you mean --port?',
      'start: serve takes options only, such as --port 8080.',
      'INLET_MAX_COLUMN: there is no such environment variable; did you mean INLET_MAX_COLUMNS?',
      'inlet.json: createDatabase: there is no such key; did you mean createDatabases?',
      '--port: is "80a", but must be a whole number from 0 to 65535.',
      'inlet.json: trustProxy: is "maybe", but must be true or false.',
      'inlet.json: maxObjects: is {"a":1}, but must be a JSON string or number.',
      'INLET_MAX_COLUMNS: is "0", but must be a whole number from 1 to 1500.',
      '--tls-cert: was given without --tls-key; https needs both.',
      'INLET_ADMIN_TOKEN: is wrong; it must be a string of letters, digits and - . _ ~ + /, with = at its end only.',
    ]);
  });

  it('says what is wrong with a file as a whole, without quoting it (law 8)', async () => {
    assert.deepEqual(await problemsOf({ file: '{"bootstrap": {"adminToken": "s3cret" oops' }), [
      'inlet.json: must be one JSON object, such as {"port": 8080}.',
    ]);
    assert.deepEqual(await problemsOf({ file: [] }), ['inlet.json: must be one JSON object, such as {"port": 8080}.']);
    assert.deepEqual(await problemsOf({ flags: { config: 'other.json' } }), [
      '--config: "other.json" cannot be read: no such file.',
    ]);
  });

  it('knows the environment names that are no options, and leaves others alone', async () => {
    const environment = { INLET_URL: 'http://x', INLET_CRASH_POINT: 'log.before-commit', inlet_port: 'x', OTHER: '1' };
    assert.equal((await read({ environment })).config.port, 8080);
  });
});

describe('the option table', () => {
  it('uses each flag once', () => {
    assert.equal(new Set(OPTION_LIST.map(({ flag }) => flag)).size, OPTION_LIST.length);
  });

  it('ends the names of bytes and milliseconds with their unit', () => {
    const units: Partial<Record<string, string>> = { bytes: 'Bytes', duration: 'Ms' };
    for (const { key, type } of OPTION_LIST) assert.ok(key.endsWith(units[type] ?? ''), key);
  });
});
