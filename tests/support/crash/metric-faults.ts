/** Judges the metrics of a server that has nothing left to apply, against the record (law 2). Pure. */
import { objectsOf } from './ledger.ts';
import type { SentRequest } from './ledger.ts';
import type { Sample } from './observation.ts';

export interface MetricExpectations {
  readonly requests: readonly SentRequest[];
  /** The life of the gateway that the metrics come from; its counters start at zero. */
  readonly life: number;
  /** Objects that have failed for good, over all lives. */
  readonly failed: number;
}

export function judgeMetrics(samples: readonly Sample[], expected: MetricExpectations): readonly string[] {
  return [
    ...judgeGauge(samples, 'inlet_conservation_difference', 0),
    ...judgeGauge(samples, 'inlet_backlog_entries', 0),
    ...judgeGauge(samples, 'inlet_retries_pending', 0),
    ...judgeGauge(samples, 'inlet_quarantine_objects', expected.failed),
    ...(['event', 'person', 'customObject'] as const).flatMap((kind) => judgeAccepted(samples, kind, expected)),
  ];
}

function judgeGauge(samples: readonly Sample[], name: string, value: number): readonly string[] {
  const series = samples.filter((sample) => sample.name === name);
  if (series.length === 0) return [`${name} is missing`];
  return series
    .filter((sample) => sample.value !== value)
    .map((sample) => `${name}${JSON.stringify(sample.labels)} is ${sample.value} instead of ${value}`);
}

// Requests without an answer may have been counted or not.
function judgeAccepted(samples: readonly Sample[], kind: string, expected: MetricExpectations): readonly string[] {
  const ofLife = expected.requests.filter(({ life, content }) => life === expected.life && content.kind === kind);
  const sure = ofLife.filter(({ outcome }) => outcome === 'acknowledged');
  const possible = ofLife.filter(({ outcome }) => outcome !== 'refused');
  return [
    ...judgeCounter(samples, { name: 'inlet_entries_accepted_total', kind }, [sure.length, possible.length]),
    ...judgeCounter(samples, { name: 'inlet_objects_accepted_total', kind }, [sumOf(sure), sumOf(possible)]),
  ];
}

function judgeCounter(
  samples: readonly Sample[],
  { name, kind }: { readonly name: string; readonly kind: string },
  [least, greatest]: readonly [number, number],
): readonly string[] {
  const series = samples.filter((sample) => sample.name === name && sample.labels['kind'] === kind);
  const sum = series.reduce((total, { value }) => total + value, 0);
  if (sum >= least && sum <= greatest) return [];
  return [`${name} of ${kind} is ${sum} instead of ${least === greatest ? least : `${least} to ${greatest}`}`];
}

function sumOf(requests: readonly SentRequest[]): number {
  return requests.reduce((sum, { content }) => sum + objectsOf(content), 0);
}
