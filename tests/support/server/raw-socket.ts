/** A connection below HTTP, for requests that no HTTP client would send. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export class RawConnection implements Disposable {
  readonly #socket: Socket;
  #received = '';

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#socket = connect({ host: hostname, port: Number(port) });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => (this.#received += text));
    // A reset is one of the ways in which a server may end such a connection.
    this.#socket.on('error', () => undefined);
  }

  /** Writes the head of a POST to this path, with these header lines. */
  async postHead(path: string, ...headers: readonly string[]): Promise<void> {
    await this.write([`POST ${path} HTTP/1.1`, 'Host: inlet', ...headers, '', ''].join('\r\n'));
  }

  async write(bytes: string | Uint8Array): Promise<void> {
    if (!this.#socket.write(bytes)) await Promise.race([once(this.#socket, 'drain'), once(this.#socket, 'close')]);
  }

  /** Ends the sender's side; what the server answers can still be read. */
  end(): void {
    this.#socket.end();
  }

  /** Everything received once the server has closed, or undefined when it did not within the time. */
  async closed(timeoutMs: number): Promise<string | undefined> {
    const late = sleep(timeoutMs, false, { ref: false });
    const closing = this.#socket.closed ? true : once(this.#socket, 'close').then(() => true);
    return (await Promise.race([closing, late])) ? this.#received : undefined;
  }

  /** The first status that came, once there is one. */
  async status(): Promise<number> {
    while (!/^HTTP\/1\.1 \d{3} [^\r]*\r\n[^]*\r\n\r\n/.test(this.#received)) {
      if (this.#socket.closed) throw new Error(`the connection ended with: ${this.#received}`);
      await sleep(10);
    }
    return Number(this.#received.slice(9, 12));
  }

  get received(): string {
    return this.#received;
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
