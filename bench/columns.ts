/** A table that grows from one column to as many as it may have while records arrive, beside one that has them all. */
import { startInlet } from './support/inlet-process.ts';
import type { InletProcess } from './support/inlet-process.ts';
import { allColumns, growingCount } from './support/records-load.ts';
import { runRecords } from './support/records-process.ts';
import { median, printFigure } from './support/report.ts';
import { settled } from './support/settled.ts';

const PAIRS = 3;
/** What every table shows besides the columns of its keys: `time`. */
const OWN_COLUMNS = 1;

export interface ColumnsBench {
  /** That the tables have in the end. Each comes with a request of 500 records. */
  readonly columns: number;
}

export async function benchColumns({ columns }: ColumnsBench): Promise<void> {
  await using inlet = await startInlet(['--max-columns', String(columns)]);
  const sent = { shape: 'growing', first: 0, count: growingCount(columns) } as const;
  const ratios: number[] = [];
  const ceilings: number[] = [];
  // The first pair warms up. In turn, so that a drift of the machine's speed touches both alike.
  for (let pair = 0; pair <= PAIRS; pair += 1) {
    const [growing, whole] = [`growing${pair}`, `whole${pair}`];
    const ours = await runRecords(inlet, growing, sent);
    await makeWhole(inlet, whole, columns);
    const ceiling = await runRecords(inlet, whole, sent);
    for (const table of [growing, whole]) await expectColumns(inlet, table, columns);
    if (pair === 0) continue;
    ratios.push(ours.visiblePerSecond / ceiling.visiblePerSecond);
    ceilings.push(ceiling.visiblePerSecond);
  }
  printFigure({
    what: `records visible, 1 to ${columns} columns, beside ${columns} from the start`,
    measured: median(ratios) * median(ceilings),
    ceiling: median(ceilings),
    unit: 'rows/s',
  });
}

async function makeWhole(inlet: InletProcess, table: string, columns: number): Promise<void> {
  const { url, writeKey } = inlet.credentials;
  const answer = await fetch(`${url}/postback/v3/event/bench/${table}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-td-write-key': writeKey },
    body: JSON.stringify(allColumns(columns)),
  });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  await settled(inlet);
}

async function expectColumns(inlet: InletProcess, table: string, columns: number): Promise<void> {
  const found = (await inlet.sql(`describe bench.${table}`)).length - OWN_COLUMNS;
  if (found !== columns) throw new Error(`${found} columns instead of ${columns} in ${table}`);
}
