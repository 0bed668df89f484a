/**
 * Says which records an answer refuses in its receipts.
 * Owns: the sums by fault. Never: sees what a record holds.
 */
import type { Receipt } from '#protocols/records/receipts.ts';
import type { Exchange } from './exchange.ts';

/** An answer with receipts is a success as a whole, so that nothing else would count what it refuses. */
export function reportRefusedRecords({ parts, protocol }: Exchange, receipts: readonly Receipt[]): void {
  const counts = new Map<string, number>();
  for (const receipt of receipts) {
    if (!receipt.success) counts.set(receipt.error.name, (counts.get(receipt.error.name) ?? 0) + 1);
  }
  for (const [error, records] of counts) parts.events.recordsRefused({ protocol, error, records });
}
