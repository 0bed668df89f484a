/** How much of a workspace waits in the log, by priority. */
import type { QueueStatus, StatusNote } from '#model/journal.ts';
import { LANES } from '#model/words.ts';
import type { MunchkinId, Priority } from '#model/words.ts';
import type { Backlog, IntakeReader } from '#ports/intake-log.ts';
import type { StoreReader } from '#ports/store-reader.ts';

export interface FiguresParts {
  readonly intake: Pick<IntakeReader, 'backlog'>;
  readonly reader: Pick<StoreReader, 'checkpoint'>;
}

/** Events count as normal. `now` in milliseconds since 1970. */
export async function queueFigures(
  { intake, reader }: FiguresParts,
  workspace: MunchkinId,
  now: number,
): Promise<StatusNote['queue']> {
  const checkpoint = await reader.checkpoint(workspace);
  const queue: Record<Priority, QueueStatus> = { high: EMPTY, normal: EMPTY };
  for (const lane of LANES) {
    const priority = lane === 'high' ? 'high' : 'normal';
    queue[priority] = added(queue[priority], await intake.backlog(workspace, lane, checkpoint[lane]), now);
  }
  return queue;
}

const EMPTY: QueueStatus = { lagSeconds: 0, requestBacklog: 0, recordBacklog: 0 };

function added(sum: QueueStatus, { entries, objects, oldestAcceptedAt = Infinity }: Backlog, now: number): QueueStatus {
  const lagSeconds = Math.max(0, Math.floor((now - oldestAcceptedAt) / 1000));
  return {
    lagSeconds: Math.max(sum.lagSeconds, lagSeconds),
    requestBacklog: sum.requestBacklog + entries,
    recordBacklog: sum.recordBacklog + objects,
  };
}
