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
  RequestAnswered,
  RequestRefused,
} from './events.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';

/** The gateway's events. Accepted requests leave no line: there are tens of thousands in a second. */
export function createGatewayEvents(logger: Logger, metrics: Metrics): GatewayEvents {
  return {
    requestAnswered: (event) => requestAnswered(metrics, event),
    entryAccepted: (event) => entryAccepted(metrics, event),
    requestRefused: (event) => requestRefused(logger, metrics, event),
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
    entryQuarantined: (event) => {
      metrics.add('inlet_entries_quarantined_total', {});
      logger.warn(event, 'entry went to quarantine whole');
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
  for (const [kind, { received: _, ...fates }] of event.counts) {
    for (const [fate, count] of Object.entries(fates)) {
      if (count > 0) metrics.add('inlet_fates_total', { kind, fate }, count);
    }
  }
  const { counts: _, ...line } = event;
  logger.debug(line, 'batch applied');
}
