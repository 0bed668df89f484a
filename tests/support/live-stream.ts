/**
 * A reader of the live stream that parses frames itself and remembers all of them.
 * Owns: its connection. Never: connects again.
 */
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';

export interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

export interface LiveStream extends Disposable {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** Those with data. */
  readonly events: readonly Frame[];
  /** All, those that only tell a place among them. */
  readonly frames: readonly Frame[];
  /** Ids of the CloudEvents in order. */
  ids(): readonly string[];
  /** Resolves once the condition holds; rejects after a while. */
  until(condition: (stream: LiveStream) => boolean): Promise<void>;
  readonly ended: Promise<void>;
  /** Takes nothing more from the socket, until {@link resume}. */
  pause(): void;
  resume(): void;
}

const DEADLINE_MS = 20_000;

/** Resolves with the head of the answer. */
export async function openLiveStream(url: string, headers: Readonly<Record<string, string>> = {}): Promise<LiveStream> {
  const sent = request(url, { headers, agent: false });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject);
    sent.end();
  });
  const frames: Frame[] = [];
  let rest = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n\n');
    rest = parts.pop() ?? '';
    frames.push(...parts.map(parseFrame));
  });
  const ended = new Promise<void>((resolve) => response.once('close', () => resolve()));
  response.on('error', () => undefined);
  const stream: LiveStream = {
    status: response.statusCode ?? 0,
    headers: response.headers,
    frames,
    get events() {
      return frames.filter(({ data }) => data !== undefined);
    },
    ids: () => stream.events.map(({ data }) => (JSON.parse(data ?? '') as { id: string }).id),
    async until(condition) {
      const deadline = performance.now() + DEADLINE_MS;
      while (!condition(stream)) {
        if (performance.now() > deadline) throw new Error(`never came; ${frames.length} frames are there`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    ended,
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    [Symbol.dispose]: () => sent.destroy(),
  };
  return stream;
}

function parseFrame(text: string): Frame {
  const frame: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const { name = '', value = '' } = /^(?<name>\w+): (?<value>.*)$/.exec(line)?.groups ?? {};
    if (name !== '') frame[name] = value;
  }
  return frame;
}
