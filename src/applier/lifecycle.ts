/**
 * The life of one workspace's applier as a total table: what it does next after each thing that can happen.
 * Owns: states, events, transitions. Never: waits, reads or writes.
 *
 *            woken              applied, drained                rejected-alone    ┌─────────────┐
 *   waiting ───────► applying ◄──────────────────► retrying   applying ─────────► │ isolating   │ applied
 *      ▲                ▲      retried, nothing-due   │                ─────────► │ setting     ├──────► applying
 *      │                │ due                         │           memory-alone    │ aside       │
 *      └── drained ─────│─────────────────────────────┘                           └──────┬──────┘
 *                    pausing ◄── memory, unavailable: of all four ◄──────────────────────┘
 */

/**
 * `retrying` tries waiting objects again. `isolating` looks for the poison inside a single entry (law 5);
 * `setting-aside` puts an entry that the store has no memory for into waiting; `pausing` waits before it tries again.
 */
export type LifeState = 'waiting' | 'applying' | 'retrying' | 'isolating' | 'setting-aside' | 'pausing' | 'stopped';

/**
 * `drained`: nothing is left to apply, and no waiting object is due. `nothing-due`: no waiting object is to be tried,
 * but the lanes may have work. `rejected`: the store refuses a batch of several entries or objects, one of which is
 * poison; the next one is half as large. `rejected-alone`: it refuses a batch of one. `memory-alone`: several times in
 * a row it had no memory for a batch of one entry.
 */
export type LifeEvent =
  | 'woken'
  | 'applied'
  | 'drained'
  | 'retried'
  | 'nothing-due'
  | 'memory'
  | 'memory-alone'
  | 'unavailable'
  | 'rejected'
  | 'rejected-alone'
  | 'due'
  | 'stop';

const TRANSITIONS: Readonly<Record<LifeState, Readonly<Record<LifeEvent, LifeState>>>> = {
  waiting: {
    woken: 'applying',
    applied: 'waiting',
    drained: 'waiting',
    retried: 'waiting',
    'nothing-due': 'waiting',
    memory: 'pausing',
    'memory-alone': 'pausing',
    unavailable: 'pausing',
    rejected: 'waiting',
    'rejected-alone': 'waiting',
    due: 'waiting',
    stop: 'stopped',
  },
  applying: {
    woken: 'applying',
    applied: 'retrying',
    drained: 'retrying',
    retried: 'applying',
    'nothing-due': 'applying',
    memory: 'pausing',
    'memory-alone': 'setting-aside',
    unavailable: 'pausing',
    rejected: 'applying',
    'rejected-alone': 'isolating',
    due: 'applying',
    stop: 'stopped',
  },
  retrying: {
    woken: 'retrying',
    applied: 'applying',
    drained: 'waiting',
    retried: 'applying',
    'nothing-due': 'applying',
    memory: 'pausing',
    'memory-alone': 'pausing',
    unavailable: 'pausing',
    rejected: 'retrying',
    // Even to let the object fail was refused: the store is at fault, not the object.
    'rejected-alone': 'pausing',
    due: 'retrying',
    stop: 'stopped',
  },
  isolating: {
    woken: 'isolating',
    applied: 'retrying',
    drained: 'waiting',
    retried: 'applying',
    'nothing-due': 'applying',
    memory: 'pausing',
    // Some of its objects it refuses, and for others it has no memory: each is tried on its own later.
    'memory-alone': 'setting-aside',
    unavailable: 'pausing',
    // The quarantine itself was refused: the store is at fault, not the entry.
    rejected: 'pausing',
    'rejected-alone': 'pausing',
    due: 'isolating',
    stop: 'stopped',
  },
  'setting-aside': {
    woken: 'setting-aside',
    applied: 'retrying',
    drained: 'waiting',
    retried: 'applying',
    'nothing-due': 'applying',
    memory: 'pausing',
    'memory-alone': 'pausing',
    unavailable: 'pausing',
    // So it is when the store refuses to let the objects wait.
    rejected: 'pausing',
    'rejected-alone': 'pausing',
    due: 'setting-aside',
    stop: 'stopped',
  },
  pausing: {
    woken: 'pausing',
    applied: 'pausing',
    drained: 'pausing',
    retried: 'pausing',
    'nothing-due': 'pausing',
    memory: 'pausing',
    'memory-alone': 'pausing',
    unavailable: 'pausing',
    rejected: 'pausing',
    'rejected-alone': 'pausing',
    due: 'applying',
    stop: 'stopped',
  },
  stopped: {
    woken: 'stopped',
    applied: 'stopped',
    drained: 'stopped',
    retried: 'stopped',
    'nothing-due': 'stopped',
    memory: 'stopped',
    'memory-alone': 'stopped',
    unavailable: 'stopped',
    rejected: 'stopped',
    'rejected-alone': 'stopped',
    due: 'stopped',
    stop: 'stopped',
  },
};

export function nextState(state: LifeState, event: LifeEvent): LifeState {
  return TRANSITIONS[state][event];
}
