/** A steady load of events and persons that remembers what was acknowledged. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertSameJson } from '../exact-json.ts';
import type { Answer } from './http.ts';
import type { Workspace } from './workspace.ts';

const PERSONS_A_REQUEST = 20;
const PAUSE_MS = 10;

export class Load {
  readonly #workspace: Workspace;
  readonly #senders: readonly Promise<void>[];
  #stopping = false;
  #events = 0;
  #persons = 0;
  /** Answers that were no success. */
  readonly refusals: Answer[] = [];

  /** Sends to the table `load.events` and to persons until it is stopped; each sender waits for its answers. */
  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    this.#senders = [this.#sendEvents(), this.#sendPersons()];
  }

  get acknowledged(): number {
    return this.#events + this.#persons;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#senders);
  }

  /** After the stop: all that was acknowledged is there, once, in order, and nothing else. */
  async assertNothingLost(): Promise<void> {
    const workspace = this.#workspace;
    await workspace.decided(await workspace.store('load/marker', {}));
    const events = await workspace.events('load/events');
    assert.equal(events.length, this.#events);
    for (const [n, event] of events.entries()) assertSameJson(event, `{"n":${n}}`);
    await workspace.decided(await workspace.accept('persons', { persons: [{ email: 'last@load.example' }] }));
    const numbers = await workspace.sql(
      `select count(*), count(distinct email), sum(leadScore) from persons where email like 'p%@load.example'`,
    );
    assert.deepEqual(numbers.flat().map(Number), [this.#persons, this.#persons, this.#persons * 7]);
  }

  async #sendEvents(): Promise<void> {
    while (!this.#stopping) {
      if (this.#note(await this.#workspace.event('load/events', `{"n":${this.#events}}`))) this.#events += 1;
      await sleep(PAUSE_MS);
    }
  }

  async #sendPersons(): Promise<void> {
    while (!this.#stopping) {
      const persons = Array.from({ length: PERSONS_A_REQUEST }, (_, at) => ({
        email: `p${this.#persons + at}@load.example`,
        leadScore: 7,
      }));
      if (this.#note(await this.#workspace.ingest('persons', { persons }))) this.#persons += PERSONS_A_REQUEST;
      await sleep(PAUSE_MS);
    }
  }

  #note(answer: Answer): boolean {
    if (answer.status < 300) return true;
    this.refusals.push(answer);
    return false;
  }
}
