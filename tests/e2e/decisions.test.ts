/**
 * Must show 1: each decision of the Data Ingestion API's documentation and of our spec, a row each, over HTTP against
 * a running server, with the fates read back. The rows are in decisions/, by theme; docs/specs/persons.md,
 * custom-objects.md, gateway.md and retries.md say the rules.
 */
import { after, before, suite, test } from 'node:test';
import { CUSTOM_OBJECTS } from './decisions/custom-objects.ts';
import { IDENTITY } from './decisions/identity.ts';
import { BACKLOG, DAYS, RATES } from './decisions/limits.ts';
import { LINKS, RETRIES } from './decisions/links.ts';
import { MATCHING } from './decisions/matching.ts';
import { OPTIONS, SHORT_TOKENS } from './decisions/options.ts';
import { PERSONS } from './decisions/persons.ts';
import { QUARANTINE } from './decisions/quarantine.ts';
import { REQUESTS } from './decisions/requests.ts';
import { VALUES } from './decisions/values.ts';
import { World } from './decisions/world.ts';
import type { Decision } from './decisions/world.ts';
import { PURCHASE_TYPE } from '../support/server/documented-requests.ts';
import { startServer } from '../support/server/inlet-server.ts';
import type { InletServer } from '../support/server/inlet-server.ts';
import { Workspace } from '../support/server/workspace.ts';

/** Rows that share a server, by theme. */
interface Group {
  readonly options: readonly string[];
  readonly tables: Readonly<Record<string, readonly Decision[]>>;
}

const GROUPS: readonly Group[] = [
  {
    options: [],
    tables: {
      requests: REQUESTS,
      persons: PERSONS,
      'matching of persons': MATCHING,
      'values by type': VALUES,
      'custom objects': CUSTOM_OBJECTS,
      links: LINKS,
      quarantine: QUARANTINE,
      // The last of these starts the server again.
      identity: IDENTITY,
    },
  },
  { options: ['--retry-schedule', '1s,1s,1s'], tables: { retries: RETRIES } },
  {
    options: ['--create-partitions', 'false', '--multiple-matches', 'update-most-recent', '--unknown-fields', 'add'],
    tables: { options: OPTIONS },
  },
  { options: ['--token-lifetime', '1s'], tables: { 'short tokens': SHORT_TOKENS } },
  { options: ['--requests-per-second', '3'], tables: { rates: RATES } },
  { options: ['--daily-objects', '5', '--quota-timezone', zoneAtNoon()], tables: { days: DAYS } },
  { options: ['--max-backlog', '1MB'], tables: { backlog: BACKLOG } },
];

// So that no day ends while a test runs. Etc/GMT-5 is five hours ahead of UTC.
function zoneAtNoon(): string {
  const ahead = 12 - new Date().getUTCHours();
  return ahead < 0 ? `Etc/GMT+${-ahead}` : `Etc/GMT-${ahead}`;
}

const PERSON_FIELDS = {
  aText: 'text',
  aString: 'string',
  anInteger: 'integer',
  aScore: 'score',
  aPercent: 'percent',
  aFloat: 'float',
  aCurrency: 'currency',
  aBoolean: 'boolean',
  aDate: 'date',
  aDatetime: 'datetime',
  aPhone: 'phone',
  aUrl: 'url',
} as const;

const CUSTOM_OBJECT_TYPES = {
  purchases: {
    ...PURCHASE_TYPE,
    link: { field: 'email', personField: 'email' },
  },
  orders: {
    fields: [
      { name: 'shop', dataType: 'string' },
      { name: 'number', dataType: 'integer' },
      { name: 'total', dataType: 'currency' },
      { name: 'note', dataType: 'text' },
    ],
    dedupeFields: ['shop', 'number'],
  },
  visits: {
    fields: [
      { name: 'shop', dataType: 'string' },
      { name: 'day', dataType: 'date' },
      { name: 'till', dataType: 'integer' },
    ],
    dedupeFields: ['shop', 'day', 'till'],
  },
} as const;

async function define(workspace: Workspace): Promise<void> {
  for (const [name, dataType] of Object.entries(PERSON_FIELDS)) {
    await workspace.administer('PUT', `/person-fields/${name}`, { dataType });
  }
  for (const [name, type] of Object.entries(CUSTOM_OBJECT_TYPES)) {
    await workspace.administer('PUT', `/custom-objects/${name}`, type);
  }
}

let row = 0;
for (const { options, tables } of GROUPS) {
  suite(`must show 1: decisions${options.length === 0 ? '' : `, with ${options.join(' ')}`}`, () => {
    let server: InletServer;
    before(async () => {
      server = await startServer('--log-level', 'warn', ...options);
      await define(new Workspace(server));
    });
    after(() => server[Symbol.asyncDispose]());
    for (const [theme, decisions] of Object.entries(tables)) {
      suite(theme, () => {
        for (const { says, shows } of decisions) {
          const number = (row += 1);
          test(says, async () => {
            const world = new World(server, number);
            for (const step of shows) await step(world);
          });
        }
      });
    }
  });
}
