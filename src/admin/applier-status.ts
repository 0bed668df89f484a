/** Asks the applier how it is, and does not wait for one that hangs. */
import type { ApplierStatus, Applying } from '#ports/applying.ts';
import type { Clock } from '#ports/clock.ts';

export interface AskingForStatus {
  readonly applying: Pick<Applying, 'status'>;
  readonly clock: Clock;
}

/** An applier that says nothing for so long counts as down: whoever asks for health needs an answer. */
const STATUS_TIMEOUT_MS = 2000;

/** Undefined when no applier runs, or none answers in time. */
export async function applierStatus({ applying, clock }: AskingForStatus): Promise<ApplierStatus | undefined> {
  const answered = new AbortController();
  const silence = clock.sleep(STATUS_TIMEOUT_MS, answered.signal).then(
    () => undefined,
    () => undefined,
  );
  try {
    return await Promise.race([applying.status(), silence]);
  } catch {
    return undefined;
  } finally {
    answered.abort();
  }
}
