/**
 * Sends persons in requests of a thousand, from a process of its own.
 * The persons are a function of their number alone, so that another process can make the same ones.
 */
import { Agent, request } from 'node:http';

const PERSONS_PER_REQUEST = 1_000;

/** Person number `n`; `version` changes all but the key. */
export function personOf(n: number, version: number): Record<string, unknown> {
  return {
    email: `person${n}.name@example-${n % 100}.com`,
    firstName: `First${(n * 7 + version) % 1000}`,
    lastName: `Last${(n * 13 + version) % 5000}`,
    company: `Company ${(n + version) % 333}`,
    leadScore: (n + version) % 100,
  };
}

/**
 * The numbers of the persons of a measured run: every other one is new, the others are spread evenly over all those
 * that exist already (a multiplicative generator, so that no two in a run are the same).
 */
export function* mixedNumbers(existing: number, count: number): Generator<number> {
  const step = coprimeNear(existing, existing * 0.618);
  let at = step % existing;
  for (let i = 0; i < count / 2; i += 1) {
    yield existing + i;
    at = (at + step) % existing;
    yield at;
  }
}

function coprimeNear(modulus: number, wanted: number): number {
  let step = Math.floor(wanted);
  while (greatestCommonDivisor(step, modulus) !== 1) step += 1;
  return step;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

export interface Load {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly connections: number;
}

/** Posts bodies as fast as the connections take them. Resolves to the X-Request-Id of each, in order of the bodies. */
export async function postAll(load: Load, bodies: Iterator<string | Buffer>): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
  const ids: string[] = [];
  let sent = 0;
  const worker = async (): Promise<void> => {
    for (let next = bodies.next(); next.done !== true; next = bodies.next()) {
      const index = sent++;
      ids[index] = await post(load, next.value, agent);
    }
  };
  await Promise.all(Array.from({ length: load.connections }, worker));
  agent.destroy();
  return ids;
}

export function* bodiesOf(numbers: Iterable<number>, version: number): Generator<string> {
  let persons: unknown[] = [];
  for (const n of numbers) {
    persons.push(personOf(n, version));
    if (persons.length < PERSONS_PER_REQUEST) continue;
    yield JSON.stringify({ persons });
    persons = [];
  }
  if (persons.length > 0) yield JSON.stringify({ persons });
}

async function post(load: Load, body: string | Buffer, agent: Agent): Promise<string> {
  for (;;) {
    const { status, requestId, retryAfterSeconds } = await attempt(load, body, agent);
    if (status < 300) return requestId;
    if (status !== 429 && status !== 503) throw new Error(`status ${status}`);
    await new Promise((resolve) => setTimeout(resolve, retryAfterSeconds * 1_000));
  }
}

interface Attempt {
  readonly status: number;
  readonly requestId: string;
  readonly retryAfterSeconds: number;
}

function attempt(load: Load, body: string | Buffer, agent: Agent): Promise<Attempt> {
  return new Promise((resolve, reject) => {
    const headers = { ...load.headers, 'content-length': String(Buffer.byteLength(body)) };
    const sent = request(load.url, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.once('end', () =>
        resolve({
          status: answer.statusCode ?? 500,
          requestId: String(answer.headers['x-request-id']),
          retryAfterSeconds: Number(answer.headers['retry-after'] ?? 1),
        }),
      );
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
