/**
 * High and normal priority under a standing backlog: how fast each lane advances while both have entries waiting, and
 * how long their requests wait.
 */
import { startInlet } from './support/inlet-process.ts';
import { bodiesOf } from './support/persons-load.ts';
import { printFigure } from './support/report.ts';
import { BenchWorkspace } from './support/workspace.ts';

const OPTIONS = ['--daily-objects', '1000000000', '--requests-per-second', '1000000'];
const PERSONS_PER_LANE = 400_000;

export async function benchPriorities(): Promise<void> {
  await using inlet = await startInlet(OPTIONS);
  const workspace = BenchWorkspace.first(inlet);
  const sent = await Promise.all([
    workspace.post('persons', prioritised('normal', 0)),
    workspace.post('persons', prioritised('high', PERSONS_PER_LANE)),
  ]);
  for (const ids of sent) await workspace.sql('select 1', ids.at(-1));
  // While the last request of `high` was waiting, both lanes had a backlog.
  const [[high, normal] = []] = await workspace.sql(`
    with overlap as (select max("finishedAt") as ended from inlet.requests where priority = 'high')
    select count(*) filter (priority = 'high'), count(*) filter (priority = 'normal') from inlet.requests, overlap
    where "finishedAt" <= overlap.ended`);
  printFigure({
    what: 'requests decided while both lanes have a backlog: high, beside normal',
    measured: Number(high),
    ceiling: Number(normal),
    unit: 'requests',
    target: { atLeast: 2 },
  });
  const waits = await workspace.sql(`
    select priority, avg(epoch("finishedAt") - epoch("acceptedAt")), count(*) from inlet.requests group by priority order by priority`);
  const [highWait = NaN, normalWait = NaN] = waits.map(([, seconds]) => Number(seconds));
  printFigure({
    what: 'mean wait from acceptance to decision: normal, beside high',
    measured: normalWait,
    ceiling: highWait,
    unit: 's',
    target: { atLeast: 1.5 },
  });
  printFigure({ what: 'requests of normal priority decided meanwhile', measured: Number(normal), unit: 'requests' });
}

function* prioritised(priority: 'high' | 'normal', first: number): Generator<string> {
  for (const body of bodiesOf(numbers(first), 0)) yield `{"priority":"${priority}",${body.slice(1)}`;
}

function* numbers(first: number): Generator<number> {
  for (let n = first; n < first + PERSONS_PER_LANE; n += 1) yield n;
}
