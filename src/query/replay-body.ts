/**
 * The body of a replay's entry: `[{"requestId","indexes":[0,…]},…]`, in the order in which the objects are tried.
 * Owns: that text, which is a disk format. Never: says what may be replayed.
 */
import { decodeUtf8 } from '#model/json.ts';
import type { FailureRef } from '#model/fates.ts';
import type { RequestId } from '#model/words.ts';

interface ReplayedIndexes {
  readonly requestId: RequestId;
  readonly indexes: number[];
}

/** UTF-8. Neighbours of one request share one element. */
export function replayBody(refs: readonly FailureRef[]): Uint8Array {
  const elements: ReplayedIndexes[] = [];
  for (const { requestId, index } of refs) {
    const last = elements.at(-1);
    if (last?.requestId === requestId) last.indexes.push(index);
    else elements.push({ requestId, indexes: [index] });
  }
  return new TextEncoder().encode(JSON.stringify(elements));
}

/** The requests that a replay's body names, each once; none when its bytes were changed (law 5). */
export function replayedRequests(body: Uint8Array): readonly RequestId[] {
  try {
    const elements = JSON.parse(decodeUtf8(body) ?? '') as readonly ReplayedIndexes[];
    return [...new Set(elements.map(({ requestId }) => requestId))];
  } catch {
    return [];
  }
}
