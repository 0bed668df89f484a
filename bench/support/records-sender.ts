/** The sender's process: told once which records to send and where, tells once how long it took. */
import { postAll } from './persons-load.ts';
import { recordBodies } from './records-load.ts';
import type { Records } from './records-load.ts';
import type { RecordsTarget, SentRecords } from './records-process.ts';

const CONNECTIONS = 8;

process.once('message', (message) => void send(message as { to: RecordsTarget; records: Records }));

async function send({ to, records }: { to: RecordsTarget; records: Records }): Promise<void> {
  const bodies = Array.from(recordBodies(records), (body) => Buffer.from(body));
  const begun = performance.now();
  await postAll({ ...to, connections: CONNECTIONS }, bodies.values());
  const seconds = (performance.now() - begun) / 1000;
  const sent: SentRecords = { begunAt: performance.timeOrigin + begun, seconds };
  process.send?.(sent);
}
