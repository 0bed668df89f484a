/**
 * States of a webhook by how its tries went (shared/facts/marketo.md, 2.4; docs/specs/webhook-delivery.md).
 * Owns: the thresholds, and the window over which they are counted. Never: sends, or keeps anything.
 *
 *            > 80 % of ≥ 10 failed in 30 min            > 80 % of ≥ 10 failed in 24 h, and so for 24 h
 *   active ──────────────────────────────────► unstable ─────────────────────────────────────────────► disabled
 *      ▲          > 80 % of ≥ 10 succeeded in 30 min │                                                     │
 *      └─────────────────────────────────────────────┘          an operator enables it                     │
 *      └───────────────────────────────────────────────────────────────────────────────────────────────────┘
 */
import type { OutcomeSum, WebhookStanding, WebhookState } from '#model/webhook.ts';

const MINUTE_MS = 60_000;
const SHORT_MS = 30 * MINUTE_MS;
const LONG_MS = 24 * 60 * MINUTE_MS;

/** Tries are counted in steps of this length, so that a window is exact to one of them. */
const STEP_MS = 5 * MINUTE_MS;

const FEWEST = 10;
const MOST_PERCENT = 80;

export interface Outcome {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly succeeded: boolean;
  /** A delivery has failed for all the time that it may be tried in. */
  readonly exhausted: boolean;
}

/** The standing after one more try of a webhook that is sent events. */
export function afterTry(standing: WebhookStanding, outcome: Outcome): WebhookStanding {
  const { failingSince: before, reason: _, ...rest } = standing;
  const outcomes = withOutcome(standing.outcomes, outcome);
  const failingSince = outcome.succeeded && !mostFailed(sumSince(outcomes, outcome.at - LONG_MS)) ? undefined : before;
  const since = failingSince ?? (outcome.succeeded ? undefined : outcome.at);
  const next = { ...rest, outcomes, ...(since !== undefined && { failingSince: since }) };
  const state = stateAfter(next, outcome);
  const reason = REASONS[state];
  return { ...next, state, ...(reason !== undefined && { reason }) };
}

/** Why a webhook is in the state that its tries have brought it to. */
const REASONS: Readonly<Partial<Record<WebhookState, string>>> = {
  unstable: 'more than 80 % of at least 10 tries failed within 30 minutes',
  disabled: 'more than 80 % of at least 10 tries failed within 24 hours; enable it once its receiver is mended',
};

function stateAfter(standing: WebhookStanding, { at, exhausted }: Outcome): WebhookState {
  const { state, outcomes, failingSince = at } = standing;
  if (state !== 'active' && state !== 'unstable') return state;
  const isLong = exhausted || at - failingSince >= LONG_MS;
  if (isLong && mostFailed(sumSince(outcomes, at - LONG_MS))) return 'disabled';
  const lately = sumSince(outcomes, at - SHORT_MS);
  if (mostFailed(lately)) return 'unstable';
  return isMost(lately.succeeded, lately) ? 'active' : state;
}

type Sum = Omit<OutcomeSum, 'from'>;

function mostFailed(sum: Sum): boolean {
  return isMost(sum.failed, sum);
}

function isMost(part: number, { succeeded, failed }: Sum): boolean {
  const all = succeeded + failed;
  return all >= FEWEST && part * 100 > all * MOST_PERCENT;
}

function sumSince(outcomes: readonly OutcomeSum[], since: number): Sum {
  const counted = outcomes.filter(({ from }) => from > since - STEP_MS);
  return {
    succeeded: counted.reduce((sum, { succeeded }) => sum + succeeded, 0),
    failed: counted.reduce((sum, { failed }) => sum + failed, 0),
  };
}

// The time may jump back: what then counts to the newest step is at most a day's worth of error.
function withOutcome(outcomes: readonly OutcomeSum[], { at, succeeded }: Outcome): readonly OutcomeSum[] {
  const from = Math.max(at - (at % STEP_MS), outcomes.at(-1)?.from ?? 0);
  const earlier = outcomes.filter((sum) => sum.from !== from && sum.from > from - LONG_MS - STEP_MS);
  const present = outcomes.find((sum) => sum.from === from) ?? { from, succeeded: 0, failed: 0 };
  const counted = succeeded
    ? { ...present, succeeded: present.succeeded + 1 }
    : { ...present, failed: present.failed + 1 };
  return [...earlier, counted];
}
