/** How long after its answer a single event can be seen in SQL, at a steady rate of 5,000 requests a second. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { startInlet } from './support/inlet-process.ts';
import type { InletProcess } from './support/inlet-process.ts';
import { percentile, printFigure } from './support/report.ts';

const REQUESTS_PER_SECOND = 5_000;
const TICK_MS = 10;
const SECONDS = 20;
const CONNECTIONS = 64;

export async function benchVisibility(): Promise<void> {
  await using inlet = await startInlet();
  const sender = new SteadySender(inlet);
  const sending = sender.run(SECONDS);
  const delaysMs = await probe(inlet, sender);
  await sending;
  printFigure({
    what: 'requests answered at the steady rate',
    measured: sender.answered / SECONDS,
    unit: 'requests/s',
  });
  printFigure({ what: 'single events: answer to visible in SQL, p50', measured: percentile(delaysMs, 50), unit: 'ms' });
  printFigure({
    what: 'single events: answer to visible in SQL, p99',
    measured: percentile(delaysMs, 99),
    unit: 'ms',
    target: { atMost: 1_000 },
  });
}

/** Sends numbered events at a rate, whatever the answers take. */
class SteadySender {
  readonly #inlet: InletProcess;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  /** When each event was answered, by its number. */
  readonly answeredAt: number[] = [];
  answered = 0;

  constructor(inlet: InletProcess) {
    this.#inlet = inlet;
  }

  async run(seconds: number): Promise<void> {
    const begun = performance.now();
    const all: Promise<void>[] = [];
    let sent = 0;
    while (performance.now() - begun < seconds * 1000) {
      const due = ((performance.now() - begun) / 1000) * REQUESTS_PER_SECOND;
      while (sent < due) all.push(this.#send(sent++));
      await sleep(TICK_MS);
    }
    await Promise.all(all);
    this.#agent.destroy();
  }

  #send(n: number): Promise<void> {
    const { url, writeKey } = this.#inlet.credentials;
    const body = `{"n":${n},"param":"value"}`;
    const headers = { 'content-type': 'application/json', 'x-td-write-key': writeKey, 'content-length': body.length };
    return new Promise((resolve, reject) => {
      const sent = request(
        `${url}/postback/v3/event/bench/steady`,
        { method: 'POST', agent: this.#agent, headers },
        (answer) => {
          this.answeredAt[n] = performance.now();
          this.answered += answer.statusCode === 200 ? 1 : 0;
          answer.resume();
          answer.once('end', resolve);
        },
      );
      sent.once('error', reject);
      sent.end(body);
    });
  }
}

/**
 * Asks again and again for the greatest number that is visible. Each answer gives a bound from above on the delay of every
 * event since the answer before: it was visible by then.
 */
async function probe(inlet: InletProcess, sender: SteadySender): Promise<number[]> {
  const delaysMs: number[] = [];
  const begun = performance.now();
  let seen = -1;
  while (performance.now() - begun < (SECONDS - 1) * 1000) {
    const visible = await greatestVisible(inlet);
    const now = performance.now();
    for (let n = seen + 1; n <= visible; n += 1) {
      const answeredAt = sender.answeredAt[n];
      delaysMs.push(answeredAt === undefined ? 0 : Math.max(0, now - answeredAt));
    }
    seen = Math.max(seen, visible);
    await sleep(25);
  }
  return delaysMs;
}

async function greatestVisible(inlet: InletProcess): Promise<number> {
  try {
    const [[greatest] = []] = await inlet.sql('select max(n) from bench.steady');
    return greatest === null ? -1 : Number(greatest);
  } catch {
    // Before the first event there is no table.
    return -1;
  }
}
