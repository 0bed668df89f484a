/**
 * Plans a replay: failed objects of the quarantine, each with what its own request said (docs/specs/retries.md).
 *
 *   refs ──store──► failures ──its own settings──► a run, or its event table
 *                      └── not there, tried again already, unreadable: fails in the replay, and stays as it is
 *
 * Owns: which of them cannot be tried again. Never: reads the store; who applies the batch does.
 */
import type { Entry } from '#model/entry.ts';
import type { FailureRecord, FailureRef } from '#model/fates.ts';
import { isJsonObject, JsonError, parseJson } from '#model/json.ts';
import type { JsonObject } from '#model/json.ts';
import type { ObjectSettings } from '#model/object-settings.ts';
import type { ObjectFailure } from '#model/upsert-run.ts';
import type { DecodedReplay } from '#protocols/entry-objects.ts';
import { eventKeys } from './event-keys.ts';
import { eventContext } from './plan-runs.ts';
import type { RunPlanner } from './plan-runs.ts';
import type { ObjectTraits, PlannedEntry, PlannedReplay } from './planned.ts';

export interface ReplayPlanning {
  readonly runs: RunPlanner;
  /** By index in the replay; these fail. */
  readonly excluded: ReadonlyMap<number, ObjectFailure> | undefined;
}

export function planReplay(entry: Entry, { refs }: DecodedReplay, planning: ReplayPlanning): PlannedReplay {
  const objects: (JsonObject | undefined)[] = [];
  const traits: (ObjectTraits | undefined)[] = [];
  const replayOf = [...new Set(refs.map(({ requestId }) => requestId))];
  const traitsOf = (index: number): ObjectTraits | undefined => traits[index];
  const planned = { entry, isAnswered: false, objects, traitsOf, warnings: [], failures: [], replayOf };
  planning.runs.batch.entries.push(planned);
  const fill: PlannedReplay['fill'] = (failures) => {
    const judged = judge(refs, failures);
    for (const [index, each] of judged.entries()) {
      objects.push('object' in each ? each.object : undefined);
      traits.push('object' in each ? planning.runs.traits(each.settings) : undefined);
      addObject({ planned, index, judged: each }, planning);
    }
    return refs.filter((_, index) => 'object' in (judged[index] as Judged));
  };
  return { requestId: entry.requestId, refs, fill };
}

/** What of a replayed object is known. */
type Judged = ReplayableObject | ObjectFailure;

interface ReplayableObject {
  readonly object: JsonObject;
  readonly settings: ObjectSettings;
  readonly acceptedAt: number;
}

const NOT_IN_QUARANTINE: ObjectFailure = { code: 'not-in-quarantine', message: 'No such object is in the quarantine' };
const NOT_REPLAYABLE: ObjectFailure = {
  code: 'not-replayable',
  message: 'It could not be read when it was sent, so that there is no object to try',
};

function judge(refs: readonly FailureRef[], failures: readonly (FailureRecord | undefined)[]): readonly Judged[] {
  const seen = new Set<string>();
  return refs.map(({ requestId, index }, at) => {
    const failure = failures[at];
    const name = `${requestId} ${index}`;
    if (failure === undefined) return NOT_IN_QUARANTINE;
    if (failure.replayedBy !== undefined) return alreadyReplayed(failure.replayedBy);
    if (seen.has(name)) return alreadyReplayed('this very request');
    if (failure.settings === undefined) return NOT_REPLAYABLE;
    seen.add(name);
    const object = objectOf(failure);
    return object === undefined
      ? NOT_REPLAYABLE
      : { object, settings: failure.settings, acceptedAt: failure.acceptedAt };
  });
}

function objectOf({ object }: FailureRecord): JsonObject | undefined {
  try {
    const value = parseJson(object);
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

function alreadyReplayed(by: string): ObjectFailure {
  return { code: 'already-replayed', message: `It was tried again already, by ${by}` };
}

interface AddedObject {
  readonly planned: PlannedEntry;
  readonly index: number;
  readonly judged: Judged;
}

function addObject({ planned, index, judged }: AddedObject, { runs, excluded }: ReplayPlanning): void {
  const failure = excluded?.get(index);
  if (!('object' in judged)) planned.failures.push({ index, ...judged });
  else if (failure !== undefined) planned.failures.push({ index, ...failure });
  else if (judged.settings.kind !== 'event') {
    runs.addObjects({ planned, settings: judged.settings, objects: [[index, judged.object]], excluded });
  } else {
    const { settings, object, acceptedAt } = judged;
    // An event keeps the time at which it was first accepted.
    const context = eventContext(settings, acceptedAt);
    const events = { planned, indexes: [index], events: [object], context };
    const keys = eventKeys(settings, planned.entry.requestId);
    runs.addEvents(`${settings.database}.${settings.table}`, { ...events, ...keys });
  }
}
