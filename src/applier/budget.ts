/**
 * How much one batch may hold. Large batches are cheap per object, small ones are visible sooner: the budget grows
 * while batches are quick and shrinks when one was slow, did not fit into memory, or holds poison.
 * Owns: the arithmetic. Never: measures.
 */
import type { LifeEvent } from './lifecycle.ts';

export interface Budget {
  readonly entries: number;
  readonly objects: number;
  readonly bytes: number;
}

/** The most that one batch may ever hold (law 6). */
export interface BudgetLimits {
  readonly most: Budget;
  /** A batch that took longer makes the next one smaller, in seconds. */
  readonly slowSeconds: number;
}

/** Applied within a second: as large as pays (docs/decisions/0005), and still visible soon. */
export const DEFAULT_BUDGET_LIMITS: BudgetLimits = {
  most: { entries: 50_000, objects: 50_000, bytes: 16 * 1024 * 1024 },
  slowSeconds: 1,
};

/** Below this many objects a slow batch is slow for its fixed costs: a smaller one gains nothing, a larger one does. */
const WORTHWHILE_OBJECTS = 20_000;

export function initialBudget(limits: BudgetLimits): Budget {
  return scale(limits.most, 0.25);
}

/**
 * What events may take of it. They are appended: from a few mebibytes on a larger batch is no cheaper for each event,
 * and takes several times its bytes in memory while it is laid out.
 */
export function eventsShare(budget: Budget): Budget {
  return { ...budget, bytes: Math.max(1, Math.floor(budget.bytes / 2)) };
}

/** How a batch went. */
export interface BatchResult {
  readonly event: LifeEvent;
  readonly size: Budget;
  readonly seconds: number;
}

/** The budget for the batch after one that went so. */
export function nextBudget(budget: Budget, result: BatchResult, limits: BudgetLimits): Budget {
  switch (result.event) {
    case 'rejected':
    case 'memory':
      return scale(least(budget, result.size), 0.5);
    case 'applied':
      return afterSuccess(budget, result.seconds, limits);
    default:
      return budget;
  }
}

function afterSuccess(budget: Budget, seconds: number, limits: BudgetLimits): Budget {
  const isQuick = seconds <= limits.slowSeconds / 2;
  if (isQuick || budget.objects < WORTHWHILE_OBJECTS) return least(scale(budget, 2), limits.most);
  const mayShrink = seconds > limits.slowSeconds && budget.objects / 2 >= WORTHWHILE_OBJECTS;
  return mayShrink ? scale(budget, 0.5) : budget;
}

/** Of the time under a steady load, the share that the applier may work; the rest gathers larger batches. */
const DUTY_SHARE = 0.25;
const MAX_LINGER_MS = 150;

/**
 * How long to let entries gather after a batch that left nothing behind. A batch costs much the same whether it holds
 * one event or a thousand: under a steady trickle of events, working on each few at once would take the processor from
 * the gateway. A batch after a rest is not held back, so that a single event is visible at once.
 */
export function lingerMs(result: BatchResult): number {
  return Math.min(MAX_LINGER_MS, result.seconds * 1000 * (1 / DUTY_SHARE - 1));
}

/** More was waiting than the batch could take. */
export function isFull(size: Budget, budget: Budget): boolean {
  return size.entries >= budget.entries / 2 || size.objects >= budget.objects / 2 || size.bytes >= budget.bytes / 2;
}

function scale(budget: Budget, factor: number): Budget {
  return {
    entries: Math.max(1, Math.floor(budget.entries * factor)),
    objects: Math.max(1, Math.floor(budget.objects * factor)),
    bytes: Math.max(1, Math.floor(budget.bytes * factor)),
  };
}

function least(a: Budget, b: Budget): Budget {
  return {
    entries: Math.min(a.entries, b.entries),
    objects: Math.min(a.objects, b.objects),
    bytes: Math.min(a.bytes, b.bytes),
  };
}
