/**
 * A process that appends one entry after the other and prints what became of each; intake-faults.test.ts harms it.
 * Owns: nothing. Never: is part of the server.
 * Arguments: path of the log, number of appends, `FULL` or `OFF`.
 */
import type { MunchkinId, RequestId } from '#model/words.ts';
import { IntakeError } from '#ports/intake-log.ts';
import { openSqliteIntakeWriter } from './intake-log.ts';

const [path = '', count = '0', synchronous = 'FULL'] = process.argv.slice(2);
const writer = await openSqliteIntakeWriter({ path, synchronous: synchronous === 'OFF' ? 'OFF' : 'FULL' });

for (let index = 1; index <= Number(count); index += 1) {
  const requestId = `019aae10-0000-7000-8000-${index.toString(16).padStart(12, '0')}` as RequestId;
  const outcome = await writer
    .append({
      workspace: '123-ABC-456' as MunchkinId,
      lane: 'normal',
      requestId,
      acceptedAt: 1_795_000_000_000,
      objects: 1,
      envelope: { kind: 'person', clientId: 'client' },
      body: Buffer.alloc(5_000, 'x'),
    })
    .catch((error: unknown) => (error instanceof IntakeError ? error.reason : String(error)));
  process.stdout.write(`${requestId} ${outcome}\n`);
}
await writer[Symbol.asyncDispose]();
