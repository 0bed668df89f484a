/**
 * `npm run bench [-- section …]`: each figure beside its ceiling, measured in the same run on the same machine.
 * Figures are ratios: these print no verdict on a machine, only on the program.
 */
import { benchColumns } from './columns.ts';
import { benchEvents } from './events.ts';
import { benchFollowers } from './followers.ts';
import { benchImport } from './import.ts';
import { benchPersons } from './persons.ts';
import { benchPriorities } from './priorities.ts';
import { benchRecords } from './records.ts';
import { benchTables } from './tables.ts';
import { benchVisibility } from './visibility.ts';
import { benchWaiting } from './waiting.ts';

const SECTIONS: Readonly<Record<string, () => Promise<void>>> = {
  events: benchEvents,
  visibility: benchVisibility,
  persons: () => benchPersons({ existing: 1_000_000, objects: 2_000_000 }),
  waiting: benchWaiting,
  priorities: benchPriorities,
  followers: () => benchFollowers({ streams: 1_000, webhooks: 50, pairs: 5, seconds: 5 }),
  records: () => benchRecords({ records: 500_000 }),
  columns: () => benchColumns({ columns: 512 }),
  tables: () => benchTables({ tables: 1_000, events: 100_000 }),
  import: () => benchImport({ bytes: 1_000_000_000 }),
  'persons-10m': () => benchPersons({ existing: 10_000_000, objects: 2_000_000 }),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in SECTIONS));
if (unknown.length > 0) {
  console.error(`no section ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}`);
  process.exit(2);
}
for (const [name, section] of Object.entries(SECTIONS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n${name}`);
  await section();
}
