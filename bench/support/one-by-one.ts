/** Requests one after the other on one kept connection: what a single sender waits. */
import { Agent, request } from 'node:http';

/** Milliseconds of each request, after a tenth as many to warm up. */
export async function oneByOneMs(
  target: { readonly url: string; readonly headers: Record<string, string> },
  body: string,
  requests: number,
): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  for (let i = -requests / 10; i < requests; i += 1) {
    const begun = performance.now();
    await post(target, body, agent);
    if (i >= 0) times.push(performance.now() - begun);
  }
  agent.destroy();
  return times;
}

function post(
  { url, headers }: { readonly url: string; readonly headers: Record<string, string> },
  body: string,
  agent: Agent,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const length = String(Buffer.byteLength(body));
    const sent = request(
      url,
      { method: 'POST', agent, headers: { ...headers, 'content-length': length } },
      (answer) => {
        if ((answer.statusCode ?? 500) >= 300) reject(new Error(`status ${answer.statusCode}`));
        answer.resume();
        answer.once('end', resolve);
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}
