/**
 * The life of one workspace's applier as a total table: what it does next after each thing that can happen.
 * Owns: states, events, transitions. Never: waits, reads or writes.
 *
 *            woken                    rejected-alone
 *   waiting ───────► applying ──────────────────────► isolating
 *      ▲               │  ▲  │ memory, unavailable        │
 *      └── drained ────┘  │  └──────────► pausing ◄───────┤ memory, unavailable
 *                         └──── due ─────────┘            │
 *                         └──────────── applied ──────────┘
 */

/** `isolating` looks for the poison inside a single entry (law 5); `pausing` waits before it tries again. */
export type LifeState = 'waiting' | 'applying' | 'isolating' | 'pausing' | 'stopped';

/**
 * `drained`: nothing is left to apply. `rejected`: the store refuses a batch of several entries, one of which is
 * poison; the budget has been halved. `rejected-alone`: it refuses a batch of one entry.
 */
export type LifeEvent =
  | 'woken'
  | 'applied'
  | 'drained'
  | 'memory'
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
    memory: 'pausing',
    unavailable: 'pausing',
    rejected: 'waiting',
    'rejected-alone': 'waiting',
    due: 'waiting',
    stop: 'stopped',
  },
  applying: {
    woken: 'applying',
    applied: 'applying',
    drained: 'waiting',
    memory: 'pausing',
    unavailable: 'pausing',
    rejected: 'applying',
    'rejected-alone': 'isolating',
    due: 'applying',
    stop: 'stopped',
  },
  isolating: {
    woken: 'isolating',
    applied: 'applying',
    drained: 'waiting',
    memory: 'pausing',
    unavailable: 'pausing',
    // The quarantine itself was refused: the store is at fault, not the entry.
    rejected: 'pausing',
    'rejected-alone': 'pausing',
    due: 'isolating',
    stop: 'stopped',
  },
  pausing: {
    woken: 'pausing',
    applied: 'pausing',
    drained: 'pausing',
    memory: 'pausing',
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
    memory: 'stopped',
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
