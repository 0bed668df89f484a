/** Small single events spread over many tables, beside as many events of one table: accepted, and visible in SQL. */
import autocannon from 'autocannon';
import { startInlet } from './support/inlet-process.ts';
import type { InletProcess } from './support/inlet-process.ts';
import { median, printFigure } from './support/report.ts';
import { settled } from './support/settled.ts';

const CONNECTIONS = 64;
const PAIRS = 3;
const TABLES_PER_QUERY = 50;
const BODY = '{"param1":"value1","param2":1234}';

export interface TablesBench {
  readonly tables: number;
  /** Of each measured run. */
  readonly events: number;
}

interface TablesRun {
  readonly acceptedPerSecond: number;
  readonly visiblePerSecond: number;
}

export async function benchTables({ tables, events }: TablesBench): Promise<void> {
  await using inlet = await startInlet();
  const label = `${tables.toLocaleString('en-US')} tables`;
  const first = await run(inlet, (n) => `many${n % tables}`, events);
  printFigure({
    what: `single events that make ${label}: visible`,
    measured: first.visiblePerSecond,
    unit: 'events/s',
  });
  await run(inlet, () => 'one', events);
  const pairs: { readonly many: TablesRun; readonly one: TablesRun }[] = [];
  // In turn, so that a drift of the machine's speed touches both alike.
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const many = await run(inlet, (n) => `many${n % tables}`, events);
    pairs.push({ many, one: await run(inlet, () => 'one', events) });
  }
  const names = Array.from({ length: tables }, (_, n) => `many${n}`);
  for (const each of [['one'], names]) await expectRows(inlet, each, events * (PAIRS + 1));
  for (const [word, figure] of [
    ['accepted durably', 'acceptedPerSecond'],
    ['visible in SQL', 'visiblePerSecond'],
  ] as const) {
    const ceiling = median(pairs.map(({ one }) => one[figure]));
    const ratio = median(pairs.map(({ many, one }) => many[figure] / one[figure]));
    const what = `single events of ${label}: ${word}, beside one table`;
    printFigure({ what, measured: ratio * ceiling, ceiling, unit: 'events/s' });
  }
}

/** Sends so many events in all; `tableOf` names the table of each by its number. */
async function run(inlet: InletProcess, tableOf: (n: number) => string, events: number): Promise<TablesRun> {
  const { url, writeKey } = inlet.credentials;
  let sent = 0;
  const begun = performance.now();
  const result = await autocannon({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-td-write-key': writeKey },
    body: BODY,
    connections: CONNECTIONS,
    amount: events,
    requests: [{ setupRequest: (request) => ({ ...request, path: `/postback/v3/event/bench/${tableOf(sent++)}` }) }],
  });
  const acceptedSeconds = (performance.now() - begun) / 1000;
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx} refused, ${result.errors} errors`);
  await settled(inlet);
  const visibleSeconds = (performance.now() - begun) / 1000;
  return { acceptedPerSecond: events / acceptedSeconds, visiblePerSecond: events / visibleSeconds };
}

// In parts: one statement over a thousand tables would say more about SQL than about what was stored.
async function expectRows(inlet: InletProcess, tables: readonly string[], expected: number): Promise<void> {
  let found = 0;
  for (let at = 0; at < tables.length; at += TABLES_PER_QUERY) {
    const counts = tables.slice(at, at + TABLES_PER_QUERY).map((table) => `select count(*) from bench.${table}`);
    for (const [rows] of await inlet.sql(counts.join(' union all '))) found += Number(rows);
  }
  if (found !== expected) throw new Error(`${found} rows instead of ${expected} in ${tables[0]} and its like`);
}
