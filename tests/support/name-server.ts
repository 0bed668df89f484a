/**
 * A name server over UDP that knows the names that a test tells it.
 * Owns: its port, and what it was asked. Never: asks another server.
 */
import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { once } from 'node:events';

/** Addresses of IPv4; `silent`: no answer, `broken`: SERVFAIL. A name that is not there is unknown. */
export type NameRecords = Readonly<Record<string, readonly string[] | 'silent' | 'broken'>>;

const HEADER_BYTES = 12;
const TYPE_A = 1;
const SERVER_FAILURE = 2;
const UNKNOWN_NAME = 3;

export class NameServer implements AsyncDisposable {
  readonly asked: string[] = [];
  records: NameRecords = {};
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async open(): Promise<NameServer> {
    const socket = createSocket('udp4');
    const server = new NameServer(socket);
    socket.on('message', (question, sender) => server.#take(question, sender));
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return server;
  }

  /** `address:port`. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #take(query: Buffer, { port, address }: RemoteInfo): void {
    const { name, end } = nameIn(query);
    const type = query.readUInt16BE(end);
    this.asked.push(name);
    const record = this.records[name];
    if (record === 'silent') return;
    const code = record === 'broken' ? SERVER_FAILURE : UNKNOWN_NAME;
    const addresses = Array.isArray(record) && type === TYPE_A ? (record as readonly string[]) : [];
    // Without whatever stands behind the question.
    const answer = Buffer.concat([query.subarray(0, end + 4), ...addresses.map(addressRecord)]);
    answer.writeUInt16BE(0x8180 + (Array.isArray(record) ? 0 : code), 2);
    answer.writeUInt16BE(addresses.length, 6);
    answer.writeUInt32BE(0, 8);
    this.#socket.send(answer, port, address);
  }
}

/** RFC 1035, 4.1.2. */
function nameIn(query: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 };
}

/** RFC 1035, 4.1.3: of the name in the question, and not to be kept. */
function addressRecord(address: string): Buffer {
  const record = Buffer.from([0xc0, HEADER_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0]);
  record.set(address.split('.').map(Number), HEADER_BYTES);
  return record;
}
