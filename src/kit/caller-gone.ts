import type { ServerResponse } from 'node:http';

/** Aborts when the connection ends before the answer was written. */
export function callerGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableEnded) gone.abort();
  });
  return gone.signal;
}
