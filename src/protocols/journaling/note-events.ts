/**
 * Status and metrics events: quota and backlog of the minute, the sums of the hour (docs/specs/journal.md).
 * Owns: the documented shapes. Never: measures anything.
 */
import type { MetricsNote, NewJournalEvent, QueueStatus, StatusNote } from '#model/journal.ts';
import type { ObjectKind, Priority } from '#model/words.ts';
import { cloudEvent } from './cloud-event.ts';
import type { EventHead } from './cloud-event.ts';
import { decidedTotal } from './results-tally.ts';
import type { ResultsTally } from './results-tally.ts';

/** Whose event it is, and its id. */
export type NoteHead = Pick<EventHead, 'id' | 'workspace'>;

export function statusEvent(head: NoteHead, { at, quota, queue }: StatusNote): NewJournalEvent {
  const said = {
    munchkinId: head.workspace,
    quota,
    queue: { high: queueMember(queue.high), normal: queueMember(queue.normal) },
  };
  return cloudEvent({ ...head, type: 'status', time: at }, { data: JSON.stringify(said), requestIds: [] });
}

// Member by member: what else the object has is nothing for the journal.
function queueMember({ lagSeconds, requestBacklog, recordBacklog }: QueueStatus): QueueStatus {
  return { lagSeconds, requestBacklog, recordBacklog };
}

/** `tally`: the sums of the results events of that time. */
export function metricsEvent(
  head: NoteHead,
  { from, to, rejected }: MetricsNote,
  tally: ResultsTally,
): NewJournalEvent {
  const refused = Object.values(rejected).reduce((sum, requests) => sum + requests, 0);
  const said = {
    munchkinId: head.workspace,
    windowStart: new Date(from).toISOString(),
    // Received is what came in, be it refused; processed is what has nothing pending any more.
    requests: { received: tally.first + refused, processed: tally.last, rejected },
    records: {
      person: recordsByPriority(tally, 'person'),
      customObject: recordsByPriority(tally, 'customObject'),
      event: recordsByPriority(tally, 'event'),
    },
  };
  return cloudEvent({ ...head, type: 'metrics', time: to }, { data: JSON.stringify(said), requestIds: [] });
}

function recordsByPriority(tally: ResultsTally, kind: ObjectKind): Record<Priority, object> {
  return { high: records(tally, kind, 'high'), normal: records(tally, kind, 'normal') };
}

function records(tally: ResultsTally, kind: ObjectKind, priority: Priority): object {
  const sums = tally.of(kind, priority);
  const { created, updated, stored, deleted, codes } = sums;
  return {
    received: decidedTotal(sums),
    created,
    updated,
    ...(stored > 0 && { stored }),
    ...(deleted > 0 && { deleted }),
    failed: codes,
  };
}
