/**
 * The gateway's way into the log.
 * Owns: what is refused for want of room, and what a failed log means. Never: answers.
 */
import { crashPoint } from '#kit/crash-point.ts';
import type { NewEntry } from '#model/entry.ts';
import type { Position } from '#model/words.ts';
import { IntakeError } from '#ports/intake-log.ts';
import type { RequestSpan } from '#telemetry/tracing.ts';
import type { GatewayParts } from './parts.ts';

/** Why the log cannot take an entry, and when it is worth trying again. */
export interface NoRoom {
  readonly reason: string;
  readonly retryAfterSeconds: number;
}

const BACKLOG: NoRoom = { reason: 'too many entries wait to be applied', retryAfterSeconds: 5 };
const FULL: NoRoom = { reason: 'the intake log is full', retryAfterSeconds: 2 };
const FAILED: NoRoom = { reason: 'the intake log has failed and takes nothing until a restart', retryAfterSeconds: 30 };

export class Intake {
  readonly #parts: GatewayParts;
  #failed = false;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
  }

  /** Whether an entry is worth trying now. Undefined when it is. */
  noRoom(): NoRoom | undefined {
    if (this.#failed) return FAILED;
    return this.#parts.backlogBytes() >= this.#parts.options.maxBacklogBytes ? BACKLOG : undefined;
  }

  /** Resolves with its position once the entry is durable (law 1), or with why it was not taken. */
  async append(entry: NewEntry, span: RequestSpan | undefined, quotaDay?: string): Promise<Position | NoRoom> {
    const { writer, events, applying, clock } = this.#parts;
    const startedMs = clock.monotonic();
    const append = span?.beginAppend(entry);
    crashPoint('gateway.before-append');
    let position: Position;
    try {
      position = await writer.append(entry, quotaDay);
    } catch (error) {
      append?.end('refused');
      return this.refusalOf(error);
    }
    append?.end('durable');
    events.entryAccepted({
      workspace: entry.workspace,
      lane: entry.lane,
      kind: entry.envelope.kind,
      objects: entry.objects,
      bytes: entry.body.length,
      appendSeconds: (clock.monotonic() - startedMs) / 1000,
    });
    applying.wake(entry.workspace);
    crashPoint('gateway.before-answer');
    return position;
  }

  /**
   * What an error of the log means to senders; any other is thrown on. After a failure nothing is tried again (law 9),
   * and the operator hears of it once.
   */
  refusalOf(error: unknown): NoRoom {
    if (!(error instanceof IntakeError)) throw error;
    if (error.reason === 'full') return FULL;
    if (!this.#failed) this.#parts.events.logFailed(error);
    this.#failed = true;
    return FAILED;
  }
}
