/** Runs the bare server in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface BareProcess extends AsyncDisposable {
  readonly url: string;
}

export async function startBareServer(status: number, answer: string): Promise<BareProcess> {
  const child = fork(join(import.meta.dirname, 'bare-server.ts'), [String(status), answer]);
  const [address] = (await once(child, 'message')) as [AddressInfo];
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}
