/**
 * The checker of crash runs: the record of what was sent and answered against what is read back.
 * Owns: the verdict, as sentences; none when all is well. Never: reads anything itself. Pure.
 */
import { judgeEvents } from './event-faults.ts';
import { applyObjects, eventFates } from './expected.ts';
import type { ExpectedFates } from './expected.ts';
import { judgeJournal } from './journal-faults.ts';
import { objectsOf } from './ledger.ts';
import type { SentRequest } from './ledger.ts';
import { judgeMetrics } from './metric-faults.ts';
import { judgeRows } from './object-faults.ts';
import type { Observation } from './observation.ts';
import { judgeFates, judgeUnansweredEvents, matchRequests } from './request-faults.ts';

export interface CrashRecord {
  readonly requests: readonly SentRequest[];
  /** The life of the gateway that was asked. */
  readonly life: number;
}

/**
 * What of laws 1 to 4 and 10 was broken. Acknowledged: there exactly once, in order, with right fates. Refused and
 * never sent: not there. Unknown: there at most once, whole or not at all, and known to the server when it is.
 */
export function findFaults(record: CrashRecord, seen: Observation): readonly string[] {
  const { requests, life } = record;
  const events = judgeEvents(requests, seen);
  const matches = matchRequests(requests, seen);
  const objects = applyObjects(matches.objectsAccepted);
  const fatesOf = (request: SentRequest): ExpectedFates =>
    objects.fates.get(request) ?? eventFates(objectsOf(request.content));
  const failed = [...objects.fates.values()].reduce((sum, { counts }) => sum + counts.failed, 0);
  return [
    ...events.faults,
    ...matches.faults,
    ...judgeUnansweredEvents(events.acceptedUnknown, matches.eventsUnanswered),
    ...judgeRows(objects, seen),
    ...judgeFates(matches.seenOf, fatesOf, seen),
    ...judgeJournal(seen.requests, seen.journal),
    ...judgeMetrics(seen.metrics, { requests, life, failed }),
  ];
}
