/** What a million objects that wait for their persons cost the lanes: beside a workspace in which none waits. */
import { startInlet } from './support/inlet-process.ts';
import { bodiesOf } from './support/persons-load.ts';
import { printFigure } from './support/report.ts';
import { BenchWorkspace } from './support/workspace.ts';

const OPTIONS = ['--daily-objects', '1000000000', '--requests-per-second', '1000000', '--retry-schedule', '24h'];
const WAITING = 1_000_000;
const PERSONS_PER_SLICE = 150_000;
const CARS_PER_SLICE = 100_000;
const CARS_PER_REQUEST = 1_000;
const PAIRS = 10;
const CARS = {
  fields: [
    { name: 'vin', dataType: 'string' },
    { name: 'email', dataType: 'string' },
    { name: 'year', dataType: 'integer' },
  ],
  dedupeFields: ['vin'],
  link: { field: 'email', personField: 'email' },
};

export async function benchWaiting(): Promise<void> {
  await using inlet = await startInlet(OPTIONS);
  const crowded = BenchWorkspace.first(inlet);
  const empty = await BenchWorkspace.create(inlet);
  for (const workspace of [crowded, empty]) await workspace.administer('PUT', '/custom-objects/cars', CARS);
  await fill(crowded);
  const seconds = { persons: [0, 0] as [number, number], cars: [0, 0] as [number, number] };
  // The first slice warms up.
  for (let slice = 0; slice <= PAIRS; slice += 1) {
    for (const kind of ['persons', 'cars'] as const) {
      const send = kind === 'persons' ? personsPerSecond : carsPerSecond;
      const [ours, ceiling] = await inTurn(
        slice,
        () => send(crowded, slice),
        () => send(empty, slice),
      );
      if (slice === 0) continue;
      // Times are added, since a slice meets a checkpoint of DuckDB or meets none.
      seconds[kind][0] += 1 / ours;
      seconds[kind][1] += 1 / ceiling;
    }
  }
  for (const kind of ['persons', 'cars'] as const) {
    const [ours, ceiling] = seconds[kind].map((sum) => PAIRS / sum) as [number, number];
    printFigure({
      what: `${kind} visible, ${WAITING.toLocaleString('en-US')} objects waiting, beside none waiting`,
      measured: ours,
      ceiling,
      unit: 'objects/s',
      target: { atLeast: 0.9 },
    });
  }
}

/** In turn, and each of them first in every other slice, so that what one leaves behind touches both alike. */
async function inTurn(
  slice: number,
  one: () => Promise<number>,
  other: () => Promise<number>,
): Promise<readonly [number, number]> {
  if (slice % 2 === 0) return [await one(), await other()];
  const second = await other();
  return [await one(), second];
}

async function fill(workspace: BenchWorkspace): Promise<void> {
  const begun = performance.now();
  const ids = await workspace.post('customobjects/cars', carBodies({ first: 0, count: WAITING, owner: 'nobody' }));
  await workspace.sql('select 1', ids.at(-1));
  const [[waiting] = []] = await workspace.sql('select count(*) from inlet.retries');
  if (Number(waiting) !== WAITING) throw new Error(`${String(waiting)} objects wait instead of ${WAITING}`);
  const seconds = (performance.now() - begun) / 1000;
  printFigure({ what: 'objects put to wait', measured: WAITING / seconds, unit: 'objects/s' });
}

/** Half of the persons are new, half were in the slice before. */
async function personsPerSecond(workspace: BenchWorkspace, slice: number): Promise<number> {
  const first = (slice * PERSONS_PER_SLICE) / 2;
  return await perSecond(PERSONS_PER_SLICE, workspace, () =>
    workspace.post('persons', bodiesOf(numbers(first, PERSONS_PER_SLICE), slice)),
  );
}

/** All of them name persons that exist. */
async function carsPerSecond(workspace: BenchWorkspace, slice: number): Promise<number> {
  const first = WAITING + slice * CARS_PER_SLICE;
  return await perSecond(CARS_PER_SLICE, workspace, () =>
    workspace.post('customobjects/cars', carBodies({ first, count: CARS_PER_SLICE, owner: 'person' })),
  );
}

async function perSecond(objects: number, workspace: BenchWorkspace, send: () => Promise<string[]>): Promise<number> {
  const begun = performance.now();
  const ids = await send();
  await workspace.sql('select 1', ids.at(-1));
  return objects / ((performance.now() - begun) / 1000);
}

interface CarRange {
  readonly first: number;
  readonly count: number;
  readonly owner: 'person' | 'nobody';
}

function* carBodies({ first, count, owner }: CarRange): Generator<string> {
  for (let at = first; at < first + count; at += CARS_PER_REQUEST) {
    const customObjects = Array.from({ length: CARS_PER_REQUEST }, (_, n) => ({
      vin: `VIN${at + n}`,
      // As persons-load.ts spells those that exist.
      email: owner === 'person' ? `person${n}.name@example-${n % 100}.com` : `nobody${at + n}@example.com`,
      year: 1990 + (n % 30),
    }));
    yield JSON.stringify({ customObjects });
  }
}

function* numbers(first: number, count: number): Generator<number> {
  for (let n = first; n < first + count; n += 1) yield n;
}
