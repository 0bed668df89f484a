/**
 * Takes what other rooms want in the log: REST writes, replays, commands.
 * Owns: nothing. Never: checks it; who submits has.
 */
import type { NotSubmitted, Submission, Submitted } from '#ports/submitting.ts';
import { currentTrace } from '#telemetry/trace-scope.ts';
import type { GatewayState } from './state.ts';

export async function submit(
  { intake, parts }: GatewayState,
  submission: Submission,
): Promise<Submitted | NotSubmitted> {
  const requestId = parts.newRequestId();
  const trace = currentTrace();
  const traceparent = submission.envelope.traceparent ?? trace?.traceparent;
  const envelope = { ...submission.envelope, ...(traceparent !== undefined && { traceparent }) };
  const entry = { ...submission, envelope, requestId, acceptedAt: parts.clock.now() };
  const appended = intake.noRoom() ?? (await intake.append(entry, trace?.span));
  if (typeof appended === 'number') return { requestId, position: appended };
  return { refused: appended.reason, retryAfterSeconds: appended.retryAfterSeconds };
}
