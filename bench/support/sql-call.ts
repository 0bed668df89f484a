/** SQL over HTTP for the bench, and the wait for what was accepted before. */
import type { Credentials } from '#cli/data-directory-files.ts';

// `fetch` gives up a call that is not answered for 300 seconds, so that a longer wait is made of several calls.
const CALL_TIMEOUT_MS = 240_000;
const MAX_WAIT_MS = 1_800_000;

interface Answer {
  readonly status: number;
  readonly body: { readonly rows?: unknown[][]; readonly code?: string };
}

/** Runs SQL, once the request `after` has been decided when one is given. */
export async function runSql(credentials: Credentials, query: string, after?: string): Promise<unknown[][]> {
  if (after !== undefined) await decided(credentials, after);
  return rowsOf(await ask(credentials, { query }));
}

async function decided(credentials: Credentials, requestId: string): Promise<void> {
  for (const begun = performance.now(); performance.now() - begun < MAX_WAIT_MS;) {
    const answer = await ask(credentials, { query: 'select 1', after: requestId });
    if (answer.body.code === 'query-timeout') continue;
    rowsOf(answer);
    return;
  }
  throw new Error(`request ${requestId} is not decided after ${MAX_WAIT_MS / 60_000} minutes`);
}

function rowsOf({ status, body }: Answer): unknown[][] {
  if (body.rows === undefined) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body.rows;
}

async function ask({ url, munchkinId, adminToken }: Credentials, asked: object): Promise<Answer> {
  const answer = await fetch(`${url}/v1/workspaces/${munchkinId}/sql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...asked, timeoutMs: CALL_TIMEOUT_MS }),
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}
