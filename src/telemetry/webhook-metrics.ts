/** The part of the catalogue that the room of webhooks counts; `METRICS` holds it too. */
export const WEBHOOK_METRICS = {
  inlet_webhook_deliveries_total: {
    type: 'counter',
    labels: ['outcome'],
    help: 'Tries of webhook deliveries: delivered, retry when another try follows, dropped when none does.',
  },
  inlet_webhook_delivery_seconds: {
    type: 'histogram',
    labels: [],
    measures: 'seconds',
    help: 'Time of such a try.',
  },
  inlet_webhook_events_total: {
    type: 'counter',
    labels: [],
    help: 'Journal events in deliveries that succeeded.',
  },
  inlet_webhook_events_lost_total: {
    type: 'counter',
    labels: [],
    help: 'Journal events that were forgotten before they could be sent to a webhook.',
  },
  inlet_webhook_deliveries_pending: {
    type: 'gauge',
    labels: [],
    help: 'Deliveries that are under way or wait for another try.',
  },
  inlet_trace_spans_total: {
    type: 'counter',
    labels: ['outcome'],
    help: 'Spans recorded (`ended`), and what became of them: `exported`, `lost` with a failed export, or else dropped.',
  },
} as const;
