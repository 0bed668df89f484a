/**
 * Turns entries into the runs and rows of one batch, and remembers which object went where.
 *
 *   entries ──decode──► objects ──rules──► person runs │ custom object runs │ events by table
 *                 │        └── what fails already here, with its reason
 *                 └──► replays, whose objects the store has; commands
 *
 * Independent of what the store holds, so that the next batch can be planned while the last one is applied.
 * Owns: the order of objects within a batch (law 4). Never: asks the store.
 */
import type { Workspace } from '#model/definitions.ts';
import type { CommandEnvelope, Entry } from '#model/entry.ts';
import type { JsonObject } from '#model/json.ts';
import { UnreadableError } from '#protocols/entry-objects.ts';
import type { DecodedEvents, DecodedUpserts } from '#protocols/entry-objects.ts';
import { decodeEntry } from './decode.ts';
import type { DecodedEntry } from './decode.ts';
import { eventKeys } from './event-keys.ts';
import { planReplay } from './plan-replay.ts';
import { eventContext, RunPlanner } from './plan-runs.ts';
import { WHOLE_ENTRY } from './planned.ts';
import type { Exclusions, PlannedBatch, PlannedEntry } from './planned.ts';

export interface PlanRules {
  readonly workspace: Workspace;
  readonly exclusions: Exclusions;
  /** Entries that can be neither planned nor applied: each fails as a whole, with this reason. */
  readonly broken: ReadonlyMap<Entry, string>;
}

export class BatchPlanner {
  readonly #exclusions: Exclusions;
  readonly #broken: ReadonlyMap<Entry, string>;
  readonly #runs: RunPlanner;

  constructor({ workspace, exclusions, broken }: PlanRules) {
    this.#exclusions = exclusions;
    this.#broken = broken;
    this.#runs = new RunPlanner(workspace);
  }

  get batch(): PlannedBatch {
    return this.#runs.batch;
  }

  get statements(): number {
    return this.#runs.statements;
  }

  get cells(): number {
    return this.#runs.cells;
  }

  /** Adds the entry's objects behind those of the entries before it. A planner that threw takes no further entry. */
  add(entry: Entry): void {
    const broken = this.#broken.get(entry);
    if (broken !== undefined) return this.#addFailed(entry, broken);
    const decoded = readable(entry);
    if ('problem' in decoded) return this.#addFailed(entry, decoded.problem);
    switch (decoded.kind) {
      case 'upserts':
        return this.#addUpserts(entry, decoded);
      case 'events':
        return this.#addEvents(entry, decoded);
      case 'replay': {
        const replay = planReplay(entry, decoded, { runs: this.#runs, excluded: this.#exclusions.get(entry) });
        this.batch.replays.push(replay);
        return;
      }
      case 'command':
        return this.#addCommand(decoded.envelope);
    }
  }

  #addCommand(envelope: CommandEnvelope): void {
    switch (envelope.command) {
      case 'cancel-waiting':
        this.batch.cancelled.push(envelope.requestId);
        return;
      case 'drop-tables':
        this.batch.dropped.push(envelope);
        return;
      case 'retain':
        this.batch.retained.push(envelope);
    }
  }

  #addFailed(entry: Entry, message: string): void {
    const failures = [{ index: WHOLE_ENTRY, code: UNREADABLE, message }];
    const isAnswered = 'answered' in entry.envelope && entry.envelope.answered === true;
    this.batch.entries.push({ entry, isAnswered, objects: [], traitsOf: () => undefined, warnings: [], failures });
  }

  #addUpserts(entry: Entry, { objects, settings, isAnswered, warnings }: DecodedUpserts): void {
    const traits = this.#runs.traits(settings);
    const planned: PlannedEntry = { entry, isAnswered, objects, traitsOf: () => traits, warnings, failures: [] };
    this.batch.entries.push(planned);
    const excluded = this.#exclusions.get(entry);
    this.#runs.addObjects({ planned, settings, objects: objects.entries(), excluded });
  }

  #addEvents(entry: Entry, { objects, settings, warnings }: DecodedEvents): void {
    const excluded = this.#exclusions.get(entry);
    const failures = [...(excluded ?? [])].map(([index, failure]) => ({ index, ...failure }));
    const traits = this.#runs.traits(settings);
    const planned: PlannedEntry = { entry, isAnswered: false, objects, traitsOf: () => traits, warnings, failures };
    this.batch.entries.push(planned);
    const context = eventContext(settings, entry.acceptedAt);
    const name = `${settings.database}.${settings.table}`;
    const keys = eventKeys(settings, entry.requestId);
    if (excluded === undefined) return this.#runs.addEvents(name, { planned, events: objects, context, ...keys });
    const indexes = [...objects.keys()].filter((index) => !excluded.has(index));
    const events = indexes.map((index) => objects[index] as JsonObject);
    this.#runs.addEvents(name, { planned, indexes, events, context, ...keys });
  }
}

/** The code of an entry that could not be read; no sender's fault, so no code of the public APIs. */
const UNREADABLE = 'unreadable';

function readable(entry: Entry): DecodedEntry | { readonly problem: string } {
  try {
    return decodeEntry(entry);
  } catch (error) {
    if (error instanceof UnreadableError) return { problem: error.message };
    throw error;
  }
}
