/**
 * What can be seen of the fates in an applier's world, in the words of its tests.
 * Owns: the check of law 2 at each look. Never: changes anything.
 */
import assert from 'node:assert/strict';
import { addsUp } from '#model/fates.ts';
import type { FailureRecord, RequestRecord } from '#model/fates.ts';
import type { WaitingObject } from '#model/waiting.ts';
import type { RequestId } from '#model/words.ts';
import { WORKSPACE } from './applier-world.ts';
import type { ApplierWorld } from './applier-world.ts';

export async function fatesOf(world: ApplierWorld, requestId: RequestId): Promise<RequestRecord> {
  const request = await world.store.reader().request(WORKSPACE, requestId);
  assert.ok(request);
  assert.ok(addsUp(request.counts), 'law 2');
  assert.equal(request.finishedAt === undefined, request.counts.pending > 0);
  return request;
}

/** Such as `2 created, 1 pending`. */
export async function countsOf(world: ApplierWorld, requestId: RequestId): Promise<string> {
  const { counts } = await fatesOf(world, requestId);
  return Object.entries(counts)
    .filter(([fate, count]) => fate !== 'received' && count > 0)
    .map(([fate, count]) => `${count} ${fate}`)
    .join(', ');
}

export function waitingOf(world: ApplierWorld): Promise<readonly WaitingObject[]> {
  return world.store.reader().waiting(WORKSPACE, { limit: 1_000 });
}

export function failuresOf(world: ApplierWorld, requestId?: RequestId): Promise<readonly FailureRecord[]> {
  return world.store.reader().failures(WORKSPACE, { limit: 1_000, ...(requestId && { requestId }) });
}

/** One per stored object, in the order in which they were made; null where it has none. */
export function valuesOf(world: ApplierWorld, type: 'persons' | 'purchases', field: string): unknown[] {
  const rows = world.store.objects(WORKSPACE, type)?.rows.values() ?? [];
  return Array.from(rows, ({ values }) => values.get(field.toLowerCase()) ?? null);
}

/** Of the purchases, by vin. */
export function notesByVin(world: ApplierWorld): Record<string, unknown> {
  const notes = valuesOf(world, 'purchases', 'note');
  return Object.fromEntries(valuesOf(world, 'purchases', 'vin').map((vin, at) => [String(vin), notes[at]]));
}
