/**
 * Reads everything that a run has left through the HTTP API.
 * Owns: fates that were read once, which are final. Never: judges.
 */
import assert from 'node:assert/strict';
import { must } from '#kit/assert.ts';
import type { FateCounts } from '#model/words.ts';
import type { SqlAnswer, Workspace } from '../server/workspace.ts';
import type { Ledger } from './ledger.ts';
import type {
  Observation,
  Sample,
  SeenFate,
  SeenJournalEvent,
  SeenRequest,
  SeenRow,
  ToldRequest,
} from './observation.ts';

const REQUESTS_PER_PAGE = 5_000;
const FATES_AT_ONCE = 8;
const COLUMNS = {
  persons: ['email', 'leadScore', 'firstName', 'lastName'],
  parcels: ['code', 'version', 'note'],
} as const;

export class ReadBack {
  readonly #fates = new Map<string, SeenFate>();

  /** Waits until the last requests of each sender have been decided, and with them all before; then reads. */
  async read(workspace: Workspace, { requests }: Ledger): Promise<Observation> {
    const acknowledged = requests.flatMap(({ outcome, requestId }) =>
      outcome === 'acknowledged' ? [must(requestId, 'each answer carries X-Request-Id')] : [],
    );
    await decided(workspace, lastOfEach(requests));
    const events = await readEvents(workspace);
    return {
      ...events,
      rows: new Map([
        ['persons', await readRows(workspace, 'persons')],
        ['parcels', await readRows(workspace, 'parcels')],
      ]),
      requests: await readRequests(workspace),
      fates: await this.#readFates(workspace, acknowledged),
      journal: await readJournal(workspace),
      metrics: readMetrics((await workspace.send({ method: 'GET', path: '/metrics' })).text),
    };
  }

  async #readFates(workspace: Workspace, ids: readonly string[]): Promise<ReadonlyMap<string, SeenFate>> {
    const missing = ids.filter((id) => !this.#fates.has(id)).values();
    const worker = async (): Promise<void> => {
      for (const id of missing) {
        const fate = await readFate(workspace, id);
        if (fate !== undefined) this.#fates.set(id, fate);
      }
    };
    await Promise.all(Array.from({ length: FATES_AT_ONCE }, worker));
    return this.#fates;
  }
}

/** The last acknowledged request of each sender and lane. */
function lastOfEach(requests: Ledger['requests']): readonly string[] {
  const last = new Map<string, string>();
  for (const { sender, content, outcome, requestId } of requests) {
    const lane = content.kind === 'event' ? 'events' : content.priority;
    if (outcome === 'acknowledged' && requestId !== undefined) last.set(`${sender} ${lane}`, requestId);
  }
  return [...last.values()];
}

async function decided(workspace: Workspace, requestIds: readonly string[]): Promise<void> {
  for (const after of requestIds) await workspace.sql('select 1', { after });
}

type SeenEvents = Pick<Observation, 'events' | 'eventCounts'>;

async function readEvents(workspace: Workspace): Promise<SeenEvents> {
  const events = new Map<string, readonly string[]>();
  const eventCounts = new Map<string, number>();
  for (const table of await readTables(workspace)) {
    events.set(table, await workspace.events(table.replace('.', '/')));
    eventCounts.set(table, Number((await workspace.sql(`select count(*) from ${table}`))[0]?.[0]));
  }
  return { events, eventCounts };
}

interface TablesPage {
  readonly items: readonly { readonly table: string }[];
  readonly next?: string;
}

async function readTables(workspace: Workspace): Promise<readonly string[]> {
  const databases = await workspace.administer<{ items: { database: string }[] }>('GET', '/databases');
  const tables: string[] = [];
  for (const { database } of databases.items) {
    for (let path: string | undefined = `/databases/${database}/tables?limit=100`; path !== undefined;) {
      const page: TablesPage = await workspace.administer('GET', path);
      tables.push(...page.items.map(({ table }) => `${database}.${table}`));
      path = page.next?.replace(/^\/v1\/workspaces\/[^/]+/u, '');
    }
  }
  return tables;
}

async function readRows(workspace: Workspace, table: keyof typeof COLUMNS): Promise<readonly SeenRow[]> {
  const [keyColumn, ...columns] = COLUMNS[table];
  const rows = await workspace.sql(`select ${[keyColumn, ...columns].join(', ')} from ${table}`);
  return rows.map(([key, ...values]) => ({
    key: String(key),
    fields: Object.fromEntries(columns.map((column, index) => [column, values[index] as string | number | null])),
  }));
}

const REQUEST_COLUMNS =
  'requestId, kind, type, correlationId, received, created, updated, stored, deleted, failed, pending';

async function readRequests(workspace: Workspace): Promise<readonly SeenRequest[]> {
  const requests: SeenRequest[] = [];
  for (let after: string | undefined = '00000000-0000-0000-0000-000000000000'; after !== undefined;) {
    const rows: SqlAnswer['rows'] = await workspace.sql(
      `select ${REQUEST_COLUMNS} from inlet.requests where requestId >= $1::uuid order by requestId limit ${REQUESTS_PER_PAGE}`,
      { params: [after] },
    );
    const page = rows.map(toRequest);
    // Pages overlap by one row, so that a request that stands there twice is not cut away between two pages.
    requests.push(...(requests.length === 0 ? page : page.slice(1)));
    after = page.length < REQUESTS_PER_PAGE ? undefined : page.at(-1)?.requestId;
  }
  return requests;
}

function toRequest([requestId, kind, type, correlationId, ...counts]: readonly unknown[]): SeenRequest {
  const [received = 0, created = 0, updated = 0, stored = 0, deleted = 0, failed = 0, pending = 0] = counts.map(Number);
  return {
    requestId: String(requestId),
    kind: String(kind),
    type: String(type),
    correlationId: correlationId as string | null,
    counts: { received, created, updated, stored, deleted, failed, pending },
  };
}

interface JournalAnswer {
  readonly events: readonly { readonly event: JournalText }[];
  readonly _page: { readonly last: string };
}

interface JournalText {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly requests: readonly ToldRequest[] };
}

/** From the beginning to its end. */
async function readJournal(workspace: Workspace): Promise<readonly SeenJournalEvent[]> {
  const seen: SeenJournalEvent[] = [];
  for (let since = ''; ;) {
    const answer = await workspace.administer<JournalAnswer | undefined>('GET', `/journal?limit=1000${since}`);
    // 204: its end.
    if (answer === undefined) return seen;
    const { events, _page: page } = answer;
    const results = events.map(({ event }) => event).filter(({ type }) => type.endsWith('.results'));
    seen.push(...results.map(({ id, data: said }) => ({ id, told: said.requests })));
    since = `&since=${encodeURIComponent(page.last)}`;
  }
}

interface RequestAnswer {
  readonly state: string;
  readonly objects: FateCounts;
  readonly failures: readonly { readonly index: number; readonly code: string }[];
}

/** Undefined when the server knows no such request. */
async function readFate(workspace: Workspace, requestId: string): Promise<SeenFate | undefined> {
  const { status, text } = await workspace.admin('GET', `/requests/${requestId}`);
  if (status === 404) return undefined;
  assert.equal(status, 200, text);
  const { state, objects, failures } = JSON.parse(text) as RequestAnswer;
  return { state, counts: objects, failures: failures.map(({ index, code }) => ({ index, code })) };
}

/** Samples of Prometheus text. */
export function readMetrics(text: string): readonly Sample[] {
  return [...text.matchAll(/^(?<name>\w+)(?:\{(?<labels>[^}]*)\})? (?<value>\S+)$/gmu)].map(({ groups = {} }) => ({
    name: groups['name'] ?? '',
    labels: Object.fromEntries(
      [...(groups['labels'] ?? '').matchAll(/(\w+)="([^"]*)"/gu)].map(([, label = '', value = '']) => [label, value]),
    ),
    value: Number(groups['value']),
  }));
}
