/** The workspace of a server that is killed again and again: its operator waits while a store process starts. */
import { whileItPasses, Workspace } from '../server/workspace.ts';
import type { SqlOptions } from '../server/workspace.ts';
import type { Answer } from '../server/http.ts';

const QUERY_TIMEOUT_MS = 60_000;

export class PatientWorkspace extends Workspace {
  override admin(...call: Parameters<Workspace['admin']>): Promise<Answer> {
    return whileItPasses(() => super.admin(...call), isPassing);
  }

  override sqlAnswer(query: string, options: SqlOptions = {}): Promise<Answer> {
    return super.sqlAnswer(query, { timeoutMs: QUERY_TIMEOUT_MS, ...options });
  }
}

// A store that starts; or a machine that stood still for so long that a connection seemed to send nothing.
function isPassing({ status, text }: Answer): boolean {
  return status === 503 || (status === 408 && text.includes('RequestTimeout'));
}
