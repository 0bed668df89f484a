/** Streams that read as fast as they can and count, and a receiver of webhooks that says yes. */
import { createServer, request } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Attach {
  readonly url: string;
  readonly token: string;
  readonly streams: number;
}

const open = new Set<ClientRequest>();
let frames = 0;
let bytes = 0;
let deliveries = 0;

const FRAME = Buffer.from('\ndata: ');

function framesIn(chunk: Buffer): number {
  let found = 0;
  for (let at = chunk.indexOf(FRAME); at >= 0; at = chunk.indexOf(FRAME, at + FRAME.length)) found += 1;
  return found;
}

function openStream({ url, token }: Attach): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers: { authorization: `Bearer ${token}` }, agent: false });
    open.add(sent);
    sent.once('response', (response: IncomingMessage) => {
      if (response.statusCode !== 200) reject(new Error(`a stream was answered with ${response.statusCode}`));
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        frames += framesIn(chunk);
      });
      response.on('error', () => undefined);
      resolve();
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function attach(asked: Attach): Promise<void> {
  frames = 0;
  bytes = 0;
  deliveries = 0;
  const AT_ONCE = 50;
  for (let begun = 0; begun < asked.streams; begun += AT_ONCE) {
    const group = Math.min(AT_ONCE, asked.streams - begun);
    await Promise.all(Array.from({ length: group }, () => openStream(asked)));
  }
}

async function detach(): Promise<object> {
  const streams = open.size;
  for (const sent of open) sent.destroy();
  open.clear();
  return { streams, frames, bytes, deliveries };
}

const receiver = createServer((incoming, response) => {
  const challenge = new URL(incoming.url ?? '/', 'http://localhost').searchParams.get('challenge');
  incoming.resume();
  if (challenge === null) deliveries += 1;
  response.writeHead(200, { 'Content-Type': 'text/plain' }).end(challenge ?? '');
});
receiver.listen(0, '127.0.0.1', () => process.send?.({ port: (receiver.address() as AddressInfo).port }));

process.on('message', (message: { readonly attach?: Attach; readonly detach?: true }) => {
  const work = message.attach === undefined ? detach() : attach(message.attach);
  void work.then(
    (answer) => process.send?.(answer ?? {}),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
