/**
 * A try as the operator sees it later.
 * Owns: how much of a message is kept. Never: judges the try.
 */
import type { DeliveryTrace } from '#model/webhook.ts';
import { KEPT_BYTES } from './outbound.ts';
import type { Called, OutboundCall } from './outbound.ts';

interface Try extends Pick<DeliveryTrace, 'deliveryId' | 'webhookId' | 'kind' | 'attempt' | 'at' | 'succeeded'> {
  readonly call: OutboundCall;
  readonly called: Called;
}

export function traceOf({ call, called, ...tried }: Try): DeliveryTrace {
  const { method, url, headers, body = new Uint8Array() } = call;
  const { durationMs, answer, fault } = called;
  return {
    ...tried,
    durationMs,
    request: {
      method,
      url,
      headers,
      body: Buffer.from(body.subarray(0, KEPT_BYTES)).toString(),
      bodyIsCut: body.byteLength > KEPT_BYTES,
    },
    ...(answer !== undefined && { response: answer }),
    ...(fault !== undefined && { fault }),
  };
}
