/** Figures of each workspace that are read when a scraper asks: backlog, lag, quarantine, retries, conservation. */
import { conservationDifference } from './conservation.ts';
import { IntakeError } from '#ports/intake-log.ts';
import type { Backlog, IntakeReader, IntakeTotals, IntakeWriter } from '#ports/intake-log.ts';
import type { Clock } from '#ports/clock.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import type { WorkspaceTotals } from '#model/fates.ts';
import { LANES } from '#model/words.ts';
import type { Lane, MunchkinId } from '#model/words.ts';
import type { Metrics } from '#telemetry/metrics.ts';

export interface SamplerParts {
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly intakeTotals: Pick<IntakeWriter, 'totals' | 'durability'>;
  readonly intake: Pick<IntakeReader, 'backlog'>;
  readonly reader: Pick<StoreReader, 'checkpoint' | 'totals'>;
}

interface WorkspaceSample {
  readonly received: number;
  readonly difference: number;
  readonly totals: WorkspaceTotals;
  readonly backlogs: readonly (readonly [Lane, Backlog])[];
}

/**
 * Returns what takes the samples and sets the gauges. A workspace in which nothing has moved is not read again, so
 * that a scrape of a thousand quiet ones opens no store. A store that does not answer keeps its last figures; so do
 * all of them once the log has failed (law 9), since then the other metrics matter most.
 */
export function createWorkspaceSampler(parts: SamplerParts): () => Promise<void> {
  const settled = new Map<MunchkinId, number>();
  return async () => {
    for (const totals of await totalsWhileLogLives(parts)) {
      if (settled.get(totals.workspace) === totals.objects) continue;
      const sample = await sampleWorkspace(parts, totals).catch(() => undefined);
      if (sample === undefined) continue;
      show(parts, totals.workspace, sample);
      if (isSettled(sample)) settled.set(totals.workspace, sample.received);
      else settled.delete(totals.workspace);
    }
  };
}

async function totalsWhileLogLives({ intakeTotals }: SamplerParts): Promise<readonly IntakeTotals[]> {
  try {
    return await intakeTotals.totals();
  } catch (error) {
    if (error instanceof IntakeError) return [];
    throw error;
  }
}

async function sampleWorkspace(parts: SamplerParts, before: IntakeTotals): Promise<WorkspaceSample> {
  const { workspace, objects: receivedBefore } = before;
  const fatesBefore = await parts.reader.totals(workspace);
  const checkpoint = await parts.reader.checkpoint(workspace);
  const backlogs: (readonly [Lane, Backlog])[] = [];
  for (const lane of LANES) {
    backlogs.push([lane, await parts.intake.backlog(workspace, lane, checkpoint[lane])]);
  }
  const totals = await parts.reader.totals(workspace);
  const received = await receivedBy(parts, workspace);
  const backlog = backlogs.reduce((sum, [, { objects }]) => sum + objects, 0);
  const readings = { receivedBefore, receivedAfter: received, fatesBefore, fatesAfter: totals, backlog };
  return { received, difference: conservationDifference(readings), totals, backlogs };
}

async function receivedBy(parts: SamplerParts, workspace: MunchkinId): Promise<number> {
  const totals = await parts.intakeTotals.totals();
  return totals.find((each) => each.workspace === workspace)?.objects ?? 0;
}

function show(parts: SamplerParts, workspace: MunchkinId, sample: WorkspaceSample): void {
  const { metrics } = parts;
  for (const [lane, { entries, bytes, oldestAcceptedAt }] of sample.backlogs) {
    const labels = { workspace, lane };
    const lagMs = oldestAcceptedAt === undefined ? 0 : Math.max(0, parts.clock.now() - oldestAcceptedAt);
    metrics.set('inlet_backlog_entries', labels, entries);
    metrics.set('inlet_backlog_bytes', labels, bytes);
    metrics.set('inlet_lag_seconds', labels, lagMs / 1000);
  }
  metrics.set('inlet_quarantine_objects', { workspace }, sample.totals.failed);
  metrics.set('inlet_retries_pending', { workspace }, sample.totals.pending);
  metrics.set('inlet_conservation_difference', { workspace }, sample.difference);
}

function isSettled({ difference, totals, backlogs }: WorkspaceSample): boolean {
  return difference === 0 && totals.pending === 0 && backlogs.every(([, { entries }]) => entries === 0);
}
