/**
 * Metrics: one catalogue for both processes, and the registry that counts them.
 * Owns: names, labels, buckets; docs/reference/metrics.md lists the same. Never: decides when something has happened.
 */
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { CounterTally } from './counter-tally.ts';
import { histogramOptions, made, metricOptions } from './metric-shapes.ts';
import { WEBHOOK_METRICS } from './webhook-metrics.ts';

/** `process` is added to every metric by the registry: `gateway` or `store`. */
const GENERAL_METRICS = {
  inlet_requests_total: {
    type: 'counter',
    labels: ['protocol', 'status'],
    help: 'Requests answered, by protocol and HTTP status.',
  },
  inlet_request_seconds: {
    type: 'histogram',
    labels: ['protocol'],
    measures: 'seconds',
    help: 'Time from the first sight of a request to the end of its answer.',
  },
  inlet_requests_refused_total: {
    type: 'counter',
    labels: ['protocol', 'code'],
    help: 'Requests turned away, by the code in the answer.',
  },
  inlet_records_refused_total: {
    type: 'counter',
    labels: ['protocol', 'error'],
    help: 'Records refused in receipts, by the name of the fault, in answers that are a success as a whole.',
  },
  inlet_postback_rejected_total: {
    type: 'counter',
    labels: [],
    help: 'Postback events dropped with a success answer, because their key was not good and compat mode is on.',
  },
  inlet_entries_accepted_total: {
    type: 'counter',
    labels: ['kind', 'lane'],
    help: 'Entries made durable in the intake log.',
  },
  inlet_objects_accepted_total: {
    type: 'counter',
    labels: ['kind', 'lane'],
    help: 'Objects and events in those entries.',
  },
  inlet_bytes_accepted_total: {
    type: 'counter',
    labels: ['kind', 'lane'],
    help: 'Bytes of those entries, inflated.',
  },
  inlet_append_seconds: {
    type: 'histogram',
    labels: [],
    measures: 'seconds',
    help: 'Time until an entry was durable, from the call of append.',
  },
  inlet_durability: {
    type: 'gauge',
    labels: ['class'],
    help: 'Always 1; the label names what durable means for the intake log.',
  },
  inlet_log_failed: {
    type: 'gauge',
    labels: [],
    help: '1 after a failed fsync: nothing is accepted until a restart.',
  },
  inlet_internal_faults_total: {
    type: 'counter',
    labels: ['where'],
    help: 'Mistakes of the server itself, by the step in which they happened.',
  },
  inlet_batches_applied_total: {
    type: 'counter',
    labels: [],
    help: 'Batches committed to a store.',
  },
  inlet_entries_applied_total: {
    type: 'counter',
    labels: [],
    help: 'Entries in those batches.',
  },
  inlet_batch_objects: {
    type: 'histogram',
    labels: [],
    measures: 'objects',
    help: 'Objects in a batch.',
  },
  inlet_apply_seconds: {
    type: 'histogram',
    labels: [],
    measures: 'seconds',
    help: 'Time of a batch from the read of its entries to the end of its commit.',
  },
  inlet_commit_seconds: {
    type: 'histogram',
    labels: [],
    measures: 'seconds',
    help: 'Time of the transaction in it, with its commit.',
  },
  inlet_visible_seconds: {
    type: 'histogram',
    labels: [],
    measures: 'seconds',
    help: 'Time from the acceptance of the oldest entry of a batch to its commit.',
  },
  inlet_fates_total: {
    type: 'counter',
    labels: ['kind', 'fate'],
    help: 'Objects by what became of them; pending counts those that wait for a retry.',
  },
  inlet_object_failures_total: {
    type: 'counter',
    labels: ['kind', 'code'],
    help: 'Failed objects, by code.',
  },
  inlet_duplicates_total: {
    type: 'counter',
    labels: [],
    help: 'Events that count as stored and made no row, because their idempotency key had come before.',
  },
  inlet_entries_quarantined_total: {
    type: 'counter',
    labels: [],
    help: 'Entries that could not be decoded or applied and went to quarantine whole.',
  },
  inlet_batch_retries_total: {
    type: 'counter',
    labels: [],
    help: 'Batches rolled back and tried again.',
  },
  inlet_entries_set_aside_total: {
    type: 'counter',
    labels: [],
    help: 'Entries that the store had no memory for; their objects wait for a retry.',
  },
  inlet_retries_attempted_total: {
    type: 'counter',
    labels: [],
    help: 'Waiting objects that were tried again.',
  },
  inlet_retry_seconds: {
    type: 'histogram',
    labels: [],
    measures: 'seconds',
    help: 'Time of a transaction that tries waiting objects again, with its commit.',
  },
  inlet_waits_ended_total: {
    type: 'counter',
    labels: ['end'],
    help: 'Objects whose wait has ended: applied, failed, or cancelled by an operator.',
  },
  inlet_workspaces_paused: {
    type: 'gauge',
    labels: [],
    help: 'Workspaces whose store fails; their entries wait in the log.',
  },
  inlet_store_restarts_total: {
    type: 'counter',
    labels: [],
    help: 'Times that the store process ended and was started again.',
  },
  inlet_backlog_entries: {
    type: 'gauge',
    labels: ['workspace', 'lane'],
    help: 'Entries accepted and not yet applied.',
  },
  inlet_backlog_bytes: {
    type: 'gauge',
    labels: ['workspace', 'lane'],
    help: 'Bytes of those entries.',
  },
  inlet_lag_seconds: {
    type: 'gauge',
    labels: ['workspace', 'lane'],
    help: 'Age of the oldest of those entries; 0 when there is none.',
  },
  inlet_quarantine_objects: {
    type: 'gauge',
    labels: ['workspace'],
    help: 'Objects that failed for good and lie in quarantine.',
  },
  inlet_quarantine_forgotten_objects: {
    type: 'gauge',
    labels: ['workspace'],
    help: 'Failed objects that the quarantine has forgotten: tried again and old, or out of room.',
  },
  inlet_retries_pending: {
    type: 'gauge',
    labels: ['workspace'],
    help: 'Objects that have been decided once and wait for a retry.',
  },
  inlet_conservation_difference: {
    type: 'gauge',
    labels: ['workspace', 'lane'],
    help: 'Objects received, less all fates and what is pending. Anything but 0 breaks law 2.',
  },
  inlet_conservation_holds: {
    type: 'gauge',
    labels: [],
    help: '1 while that difference is 0 everywhere, as the server checks every ten seconds.',
  },
  inlet_conservation_checked_timestamp_seconds: {
    type: 'gauge',
    labels: [],
    help: 'When that was checked last, in seconds since 1970.',
  },
  inlet_journal_newest_ordinal: {
    type: 'gauge',
    labels: ['workspace'],
    help: 'Ordinal of the newest event in the journal: how many were ever written.',
  },
  inlet_log_kept_bytes: {
    type: 'gauge',
    labels: [],
    help: 'Bytes of the entries that the intake log keeps, applied or not, as retention estimates them.',
  },
  inlet_log_cut_bytes_total: {
    type: 'counter',
    labels: [],
    help: 'Bytes of applied entries that retention has cut from the intake log.',
  },
  inlet_retain_commands_total: {
    type: 'counter',
    labels: [],
    help: 'Times that a store was told to forget what is finished and beyond the limit.',
  },
  inlet_retention_seconds: {
    type: 'histogram',
    labels: [],
    measures: 'seconds',
    help: 'Time of a round of retention.',
  },
  inlet_live_readers: {
    type: 'gauge',
    labels: [],
    help: 'Live streams of journals that are open.',
  },
  inlet_applier_up: {
    type: 'gauge',
    labels: [],
    help: '1 while the applier answers the gateway.',
  },
} as const;

/** The whole catalogue. */
export const METRICS: typeof GENERAL_METRICS & typeof WEBHOOK_METRICS = { ...GENERAL_METRICS, ...WEBHOOK_METRICS };

export type MetricName = keyof typeof METRICS;
type NameOf<Type extends string> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[MetricName];
type LabelsOf<Name extends MetricName> = Readonly<Record<(typeof METRICS)[Name]['labels'][number], string | number>>;

/** The counting side, used by room-events.ts and by what samples at a scrape. */
export interface Metrics {
  /** Adds to a counter. */
  add<Name extends NameOf<'counter'>>(name: Name, labels: LabelsOf<Name>, value?: number): void;
  /** Sets a gauge. */
  set<Name extends NameOf<'gauge'>>(name: Name, labels: LabelsOf<Name>, value: number): void;
  /** Records seconds or objects in a histogram. */
  observe<Name extends NameOf<'histogram'>>(name: Name, labels: LabelsOf<Name>, value: number): void;
  /** Prometheus text of everything that this process has counted, its memory and event loop included. */
  text(): Promise<string>;
}

/** Gauges of prom-client that are called like counters, and only sum up what stands beside them. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** A registry of its own, so that tests and processes share nothing. A metric appears once something was counted. */
export function createMetrics(process: 'gateway' | 'store'): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ process });
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const counters = new Map<string, CounterTally>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  return {
    add: (name, labels, value = 1) =>
      made(
        counters,
        name,
        () => new CounterTally(new Counter(metricOptions(name, METRICS[name], registry)), METRICS[name].labels),
      ).add(labels, value),
    set: (name, labels, value) =>
      made(gauges, name, () => new Gauge(metricOptions(name, METRICS[name], registry))).set(labels, value),
    observe: (name, labels, value) =>
      made(histograms, name, () => new Histogram(histogramOptions(name, METRICS[name], registry))).observe(
        labels,
        value,
      ),
    text: () => {
      for (const counter of counters.values()) counter.flush();
      return registry.metrics();
    },
  };
}
