/**
 * How much of an import is in the log already, after a crash in the middle of its entries.
 * Owns: the names by which its entries are found again. Never: writes.
 */
import type { ImportName } from '#model/import-mark.ts';
import { LOG_START } from '#model/words.ts';
import type { Position } from '#model/words.ts';
import type { TdCall } from './td-parts.ts';

const LANE = 'events';
const SCAN = { entries: 1_000, objects: 10_000_000, bytes: 16 * 1024 * 1024 };

/** Goes along as the entry's correlation id; the same records make the same entries under the same names. */
export function entryName({ database, table, uniqueId }: ImportName, at: number): string {
  return `import ${database}.${table} ${uniqueId} ${at}`;
}

/**
 * The first entries of an import, which are durable: each is appended once the one before is, so that none is missing
 * between them. Looks into the log first, from where it has been applied, and into the store afterwards: an entry that
 * moves from one to the other meanwhile is seen.
 */
export async function entriesInLog(call: TdCall, name: ImportName, entries: number): Promise<number> {
  const { parts, workspace } = call;
  const waiting = await namesWaiting(call);
  for (let at = 0; at < entries; at += 1) {
    const correlationId = entryName(name, at);
    if (waiting.has(correlationId)) continue;
    const [applied] = await parts.reader.requests(workspace, { correlationId, limit: 1 });
    if (applied === undefined) return at;
  }
  return entries;
}

async function namesWaiting({ parts, workspace }: TdCall): Promise<ReadonlySet<string>> {
  const { clock, reader, intake } = parts;
  const names = new Set<string>();
  const now = clock.now();
  let after: Position = (await reader.checkpoint(workspace))[LANE] ?? LOG_START;
  for (;;) {
    const found = await intake.read(workspace, LANE, after, SCAN);
    for (const { envelope } of found) if (envelope.correlationId !== undefined) names.add(envelope.correlationId);
    const last = found.at(-1);
    // What comes in from here on is not of the import that was broken off.
    if (last === undefined || last.acceptedAt > now) return names;
    after = last.position;
  }
}
