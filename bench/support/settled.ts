/** Waits until SQL sees every event that was answered before. */
import type { InletProcess } from './inlet-process.ts';

/** One more event, accepted behind all others of the first workspace, is decided after them. */
export async function settled(inlet: InletProcess): Promise<void> {
  const { url, writeKey } = inlet.credentials;
  const answer = await fetch(`${url}/postback/v3/event/bench/last`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-td-write-key': writeKey },
    body: '{}',
  });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  await inlet.sql('select 1', answer.headers.get('x-request-id') ?? '');
}
