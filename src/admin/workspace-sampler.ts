/** Takes the readings of one workspace: fates, backlog and lag by lane, and whether they conserve what was received. */
import { accountOf } from './conservation.ts';
import type { LaneAccount, WorkspaceAccount } from './conservation.ts';
import type { Backlog, IntakeReader, IntakeTotals, IntakeWriter } from '#ports/intake-log.ts';
import type { Clock } from '#ports/clock.ts';
import type { StoreReader } from '#ports/store-reader.ts';
import type { Quarantine } from '#model/fates.ts';
import { LANES } from '#model/words.ts';
import type { Lane, MunchkinId } from '#model/words.ts';
import type { Metrics } from '#telemetry/metrics.ts';

export interface SamplerParts {
  readonly clock: Clock;
  readonly intakeTotals: Pick<IntakeWriter, 'totals'>;
  readonly intake: Pick<IntakeReader, 'backlog'>;
  readonly reader: Pick<StoreReader, 'checkpoint' | 'totals'>;
}

/** The account, with what the gauges show besides. */
export interface WorkspaceSample {
  readonly account: WorkspaceAccount;
  readonly backlogs: Readonly<Record<Lane, Backlog>>;
  readonly quarantine: Readonly<Quarantine>;
}

/** `before` is the first of the readings. Rejects while the store or the log does not answer. */
export async function sampleWorkspace(parts: SamplerParts, before: IntakeTotals): Promise<WorkspaceSample> {
  const { workspace } = before;
  const fatesBefore = await parts.reader.totals(workspace);
  const checkpoint = await parts.reader.checkpoint(workspace);
  const backlogs = await perLane((lane) => parts.intake.backlog(workspace, lane, checkpoint[lane]));
  const fatesAfter = await parts.reader.totals(workspace);
  const received = await receivedBy(parts, workspace);
  const lanes = await perLane<LaneAccount>(async (lane) =>
    accountOf({
      receivedBefore: before.laneObjects[lane],
      receivedAfter: received?.[lane] ?? 0,
      fatesBefore: fatesBefore.lanes[lane],
      fatesAfter: fatesAfter.lanes[lane],
      backlog: backlogs[lane].objects,
    }),
  );
  return { account: { workspace, checkedAt: parts.clock.now(), lanes }, backlogs, quarantine: fatesAfter.quarantine };
}

async function perLane<Value>(read: (lane: Lane) => Promise<Value>): Promise<Readonly<Record<Lane, Value>>> {
  const values: [Lane, Value][] = [];
  for (const lane of LANES) values.push([lane, await read(lane)]);
  return Object.fromEntries(values) as Record<Lane, Value>;
}

async function receivedBy(
  parts: SamplerParts,
  workspace: MunchkinId,
): Promise<IntakeTotals['laneObjects'] | undefined> {
  const totals = await parts.intakeTotals.totals();
  return totals.find((each) => each.workspace === workspace)?.laneObjects;
}

/** Sets the gauges of a workspace. */
export function showSample(metrics: Metrics, { account, backlogs, quarantine }: WorkspaceSample): void {
  const { workspace, checkedAt, lanes } = account;
  let failed = 0;
  let pending = 0;
  for (const lane of LANES) {
    const labels = { workspace, lane };
    const { entries, bytes, oldestAcceptedAt } = backlogs[lane];
    const lagMs = oldestAcceptedAt === undefined ? 0 : Math.max(0, checkedAt - oldestAcceptedAt);
    metrics.set('inlet_backlog_entries', labels, entries);
    metrics.set('inlet_backlog_bytes', labels, bytes);
    metrics.set('inlet_lag_seconds', labels, lagMs / 1000);
    metrics.set('inlet_conservation_difference', labels, lanes[lane].difference);
    failed += lanes[lane].failed;
    pending += lanes[lane].pending;
  }
  metrics.set('inlet_quarantine_objects', { workspace }, quarantine.objects);
  metrics.set('inlet_quarantine_forgotten_objects', { workspace }, failed - quarantine.objects);
  metrics.set('inlet_retries_pending', { workspace }, pending);
}
