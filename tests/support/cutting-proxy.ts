/**
 * A TCP proxy that cuts connections in the middle of what the server sends.
 * Owns: after how many bytes, by chance from a seed. Never: changes a byte.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { SeededRandom } from './crash/seeded-random.ts';

export interface CuttingProxy extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string;
  /** Connections that were cut. */
  readonly cuts: () => number;
  /** From now on connections live. */
  spare(): void;
}

export interface ProxyOptions {
  readonly target: string;
  readonly random: SeededRandom;
  /** A connection is cut after 1 to so many bytes of the server. */
  readonly maxBytes: number;
}

export async function openCuttingProxy({ target, random, maxBytes }: ProxyOptions): Promise<CuttingProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let cuts = 0;
  let isSparing = false;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let left = random.integer(1, maxBytes);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      if (isSparing || chunk.length < left) {
        left -= chunk.length;
        if (!client.write(chunk)) {
          upstream.pause();
          client.once('drain', () => upstream.resume());
        }
        return;
      }
      cuts += 1;
      upstream.destroy();
      // What comes before the cut arrives, and nothing behind it.
      client.end(chunk.subarray(0, left));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cuts: () => cuts,
    spare: () => void (isSparing = true),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
