/**
 * What happens in the rooms → lines of the log and figures of the metrics, both from one call.
 * Owns: which event is worth a line, and at which level.
 * Never: holds state of its own, but for the list of paused workspaces.
 */
import type {
  ApplierEvents,
  BatchApplied,
  EntryAccepted,
  FaultContext,
  GatewayEvents,
  ObjectsRetried,
  RequestAnswered,
  RequestRefused,
  RetentionEvents,
} from './events.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { addFates, noFates } from '#model/fates.ts';
import type { FateCounts, ObjectKind } from '#model/words.ts';

/** The gateway's events. Accepted requests leave no line: there are tens of thousands in a second. */
export function createGatewayEvents(logger: Logger, metrics: Metrics): GatewayEvents {
  return {
    requestAnswered: (event) => requestAnswered(metrics, event),
    entryAccepted: (event) => entryAccepted(metrics, event),
    requestRefused: (event) => requestRefused(logger, metrics, event),
    recordsRefused: ({ protocol, error, records }) => {
      metrics.add('inlet_records_refused_total', { protocol, error }, records);
    },
    postbackRejected: (event) => {
      metrics.add('inlet_postback_rejected_total', {});
      logger.warn(event, 'event dropped: its write key is not good, and compat mode answers success');
    },
    internalFault: (error, context) => internalFault(logger, metrics, { error, context }),
    logFailed: (error) => {
      metrics.set('inlet_log_failed', {}, 1);
      logger.fatal({ err: error }, 'the intake log failed; nothing is accepted until a restart');
    },
  };
}

function requestAnswered(metrics: Metrics, { protocol, status, seconds }: RequestAnswered): void {
  metrics.add('inlet_requests_total', { protocol, status });
  metrics.observe('inlet_request_seconds', { protocol }, seconds);
}

function entryAccepted(metrics: Metrics, { kind, lane, objects, bytes, appendSeconds }: EntryAccepted): void {
  const labels = { kind, lane };
  metrics.add('inlet_entries_accepted_total', labels);
  metrics.add('inlet_objects_accepted_total', labels, objects);
  metrics.add('inlet_bytes_accepted_total', labels, bytes);
  metrics.observe('inlet_append_seconds', {}, appendSeconds);
}

// A sender's fault is the sender's to see, and a flood of them must not flood the log.
function requestRefused(logger: Logger, metrics: Metrics, event: RequestRefused): void {
  metrics.add('inlet_requests_refused_total', { protocol: event.protocol, code: event.code });
  logger.debug(event, 'request refused');
}

interface Fault {
  readonly error: unknown;
  readonly context: FaultContext;
}

function internalFault(logger: Logger, metrics: Metrics, { error, context }: Fault): void {
  metrics.add('inlet_internal_faults_total', { where: context.where });
  logger.error({ err: error, ...context }, 'internal fault');
}

/** Retention's events, in the gateway process. */
export function createRetentionEvents(logger: Logger, metrics: Metrics): RetentionEvents {
  return {
    logCut: (event) => {
      metrics.add('inlet_log_cut_bytes_total', {}, event.bytes);
      logger.debug(event, 'applied entries cut from the log');
    },
    retainSubmitted: (workspace) => {
      metrics.add('inlet_retain_commands_total', {});
      logger.debug({ workspace }, 'store told to forget what is finished and beyond the limit');
    },
    retentionDone: ({ keptBytes, seconds }) => {
      metrics.set('inlet_log_kept_bytes', {}, keptBytes);
      metrics.observe('inlet_retention_seconds', {}, seconds);
    },
    internalFault: (error, context) => internalFault(logger, metrics, { error, context }),
  };
}

/** The applier's events, in the store process; the supervisor calls `storeRestarted` in the gateway process. */
export function createApplierEvents(logger: Logger, metrics: Metrics): ApplierEvents {
  const paused = new Set<string>();
  const showPaused = (): void => metrics.set('inlet_workspaces_paused', {}, paused.size);
  return {
    batchApplied: (event) => batchApplied(logger, metrics, event),
    objectsFailed: (event) => {
      metrics.add('inlet_object_failures_total', { kind: event.kind, code: event.code }, event.objects);
      logger.debug(event, 'objects failed');
    },
    eventsRepeated: ({ events }) => metrics.add('inlet_duplicates_total', {}, events),
    entryQuarantined: (event) => {
      metrics.add('inlet_entries_quarantined_total', {});
      logger.warn(event, 'entry went to quarantine whole');
    },
    entrySetAside: (event) => {
      metrics.add('inlet_entries_set_aside_total', {});
      logger.warn(event, 'the store has no memory for an entry; its objects wait for a retry');
    },
    objectsRetried: (event) => objectsRetried(logger, metrics, event),
    waitsCancelled: ({ counts, ...line }) => {
      const objects = addDecided(metrics, counts).failed;
      metrics.add('inlet_waits_ended_total', { end: 'cancelled' }, objects);
      logger.info({ ...line, objects }, 'an operator ended the wait of objects; they failed');
    },
    workspacePaused: (event) => {
      paused.add(event.workspace);
      showPaused();
      logger.error(event, 'workspace paused: its store fails and is tried again, its entries wait in the log');
    },
    workspaceResumed: (workspace) => {
      paused.delete(workspace);
      showPaused();
      logger.info({ workspace }, 'workspace resumed');
    },
    batchRetried: (event) => {
      metrics.add('inlet_batch_retries_total', {});
      logger.warn(event, 'batch rolled back, and tried again');
    },
    storeRestarted: (reason) => {
      metrics.add('inlet_store_restarts_total', {});
      logger.error({ reason }, 'store process ended, and is started again');
    },
    internalFault: (error, context) => internalFault(logger, metrics, { error, context }),
  };
}

function batchApplied(logger: Logger, metrics: Metrics, event: BatchApplied): void {
  metrics.add('inlet_batches_applied_total', {});
  metrics.add('inlet_entries_applied_total', {}, event.entries);
  metrics.observe('inlet_batch_objects', {}, event.objects);
  metrics.observe('inlet_apply_seconds', {}, event.seconds);
  metrics.observe('inlet_commit_seconds', {}, event.commitSeconds);
  metrics.observe('inlet_visible_seconds', {}, event.lagSeconds);
  addDecided(metrics, event.counts);
  const { counts: _, ...line } = event;
  logger.debug(line, 'batch applied');
}

function objectsRetried(logger: Logger, metrics: Metrics, { counts, ...line }: ObjectsRetried): void {
  const { objects, postponed, seconds } = line;
  metrics.add('inlet_retries_attempted_total', {}, objects);
  metrics.observe('inlet_retry_seconds', {}, seconds);
  const { failed } = addDecided(metrics, counts);
  const applied = objects - postponed - failed;
  if (applied > 0) metrics.add('inlet_waits_ended_total', { end: 'applied' }, applied);
  if (failed > 0) metrics.add('inlet_waits_ended_total', { end: 'failed' }, failed);
  logger.debug({ ...line, applied, failed }, 'waiting objects tried again');
}

/** Counts fates by kind, and returns their sum. */
function addDecided(metrics: Metrics, counts: ReadonlyMap<ObjectKind, Readonly<FateCounts>>): FateCounts {
  const sum = noFates();
  for (const [kind, each] of counts) {
    addFates(sum, each);
    const { received: _, ...fates } = each;
    for (const [fate, count] of Object.entries(fates)) {
      if (count > 0) metrics.add('inlet_fates_total', { kind, fate }, count);
    }
  }
  return sum;
}
