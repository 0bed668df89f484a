/** Records in requests of 500, with and without ids: visible in SQL, beside DuckDB's own load of the same JSON. */
import { startInlet } from './support/inlet-process.ts';
import { loadedRowsPerSecond } from './support/load-baseline.ts';
import { runRecords } from './support/records-process.ts';
import { median, printFigure } from './support/report.ts';

const SHAPES = ['plain', 'uuid'] as const;
const LABELS = { plain: 'records', uuid: 'records with a uuid' };
const PAIRS = 3;

export interface RecordsBench {
  /** Of each measured run. */
  readonly records: number;
}

export async function benchRecords({ records }: RecordsBench): Promise<void> {
  await using inlet = await startInlet();
  for (const shape of SHAPES) {
    const accepted: number[] = [];
    const ratios: number[] = [];
    const ceilings: number[] = [];
    // The first run warms up. In turn, so that a drift of the machine's speed touches both alike.
    for (let pair = 0; pair <= PAIRS; pair += 1) {
      const sent = { shape, first: pair * records, count: records };
      const run = await runRecords(inlet, shape, sent);
      const ceiling = await loadedRowsPerSecond(sent);
      if (pair === 0) continue;
      accepted.push(run.acceptedPerSecond);
      ratios.push(run.visiblePerSecond / ceiling);
      ceilings.push(ceiling);
    }
    const [[rows] = []] = await inlet.sql(`select count(*) from bench.${shape}`);
    if (Number(rows) !== records * (PAIRS + 1)) throw new Error(`${String(rows)} rows of ${LABELS[shape]}`);
    printFigure({ what: `${LABELS[shape]}: accepted durably`, measured: median(accepted), unit: 'rows/s' });
    printFigure({
      what: `${LABELS[shape]}: visible in SQL, beside DuckDB's own JSON load`,
      measured: median(ratios) * median(ceilings),
      ceiling: median(ceilings),
      unit: 'rows/s',
      target: { atLeast: 0.5 },
    });
  }
}
