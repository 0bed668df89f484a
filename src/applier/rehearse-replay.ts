/**
 * Tries failed objects again in a transaction that is taken back, to say what a replay would do.
 * Owns: the entry that stands for the replay. Never: changes anything.
 */
import { abortable } from '#kit/abortable.ts';
import { must } from '#kit/assert.ts';
import type { Workspace } from '#model/definitions.ts';
import type { Entry, ReplayEnvelope } from '#model/entry.ts';
import type { FailureRecord, FailureRef } from '#model/fates.ts';
import type { ObjectFailure } from '#model/upsert-run.ts';
import { LOG_START } from '#model/words.ts';
import type { RequestId } from '#model/words.ts';
import type { RehearsedObject } from '#ports/applying.ts';
import { StoreError } from '#ports/store.ts';
import type { Store } from '#ports/store.ts';
import { rehearseBatch } from './apply.ts';
import type { WitnessedOutcome } from './fates.ts';
import { findOverwrites } from './overwrites.ts';
import { planReplay } from './plan-replay.ts';
import { RunPlanner } from './plan-runs.ts';
import type { Surroundings } from './surroundings.ts';

/** Rejects with {@link StoreError}, and when the signal aborts. */
export async function rehearseReplay(
  around: Surroundings,
  refs: readonly FailureRef[],
  signal: AbortSignal,
): Promise<readonly RehearsedObject[]> {
  signal.throwIfAborted();
  const rehearsed = around.turns.take(async () => {
    signal.throwIfAborted();
    const { workspace, parts, stopping } = around;
    stopping.throwIfAborted();
    await parts.control.refresh();
    const defined = parts.control.definitions().workspaces.get(workspace);
    if (defined === undefined) throw new StoreError('unavailable', 'the workspace is not defined');
    const outcomes = await around.store.alone((store) => rehearse(around, refs, { defined, store }));
    return await withOverwrites(around, outcomes, defined);
  });
  return await abortable(rehearsed, signal);
}

/** What became of one object of the replay. */
interface Outcome {
  readonly ref: FailureRef;
  readonly outcome: WitnessedOutcome;
  readonly why?: ObjectFailure;
  /** What the quarantine has of it. */
  readonly failure?: FailureRecord;
}

interface Rehearsing {
  readonly defined: Workspace;
  readonly store: Store;
}

async function rehearse(
  { workspace, parts, store: known }: Surroundings,
  refs: readonly FailureRef[],
  { defined, store }: Rehearsing,
): Promise<readonly Outcome[]> {
  const now = parts.clock.now();
  const runs = new RunPlanner(defined);
  const found: (FailureRecord | undefined)[] = [];
  const entry = replayEntry(workspace, refs.length, now);
  const replay = planReplay(entry, { kind: 'replay', envelope: ENVELOPE, refs }, { runs, excluded: undefined });
  runs.batch.replays.push({
    ...replay,
    fill: (failures) => {
      found.push(...failures);
      return replay.fill(failures);
    },
  });
  const outcomes: Outcome[] = [];
  await rehearseBatch(store, {
    workspace: defined,
    batch: runs.batch,
    isSetAside: false,
    upTo: known.checkpoint,
    eventTables: await store.eventTables(workspace),
    maxColumns: parts.limits.maxColumns,
    multipleMatches: parts.limits.multipleMatches,
    idempotencyWindowMs: parts.limits.idempotencyWindowMs,
    schedule: parts.schedule,
    now,
    witness: ({ index }, outcome, why) => {
      const failure = found[index];
      const ref = must(refs[index], 'a replay has an object for each that it names');
      outcomes[index] = { ref, outcome, ...(why && { why }), ...(failure && { failure }) };
    },
  });
  return outcomes;
}

async function withOverwrites(
  { workspace, parts }: Surroundings,
  outcomes: readonly Outcome[],
  defined: Workspace,
): Promise<readonly RehearsedObject[]> {
  const updates = outcomes.map(({ outcome, failure }) => (outcome === 'updated' ? failure : undefined));
  const overwrites = await findOverwrites(parts.objects, { workspace, defined }, updates);
  return outcomes.map(({ ref, outcome, why }, at) => ({
    ...ref,
    outcome,
    ...(why && { code: why.code, message: why.message }),
    overwrites: overwrites[at] ?? [],
  }));
}

/** Nobody sees it: the transaction that records it is taken back. */
const REHEARSAL_ID = '00000000-0000-7000-8000-000000000000' as RequestId;
const ENVELOPE: ReplayEnvelope = { kind: 'replay', clientId: 'rehearsal', objectKind: 'event', type: 'rehearsal' };

function replayEntry(workspace: Entry['workspace'], objects: number, acceptedAt: number): Entry {
  return {
    workspace,
    lane: 'normal',
    requestId: REHEARSAL_ID,
    acceptedAt,
    objects,
    envelope: ENVELOPE,
    body: new Uint8Array(),
    position: LOG_START,
  };
}
