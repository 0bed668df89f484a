/**
 * Why a definition may not be made or changed.
 * Owns: the reasons, and the words for whoever asked. Never: knows a wire; each has its own codes for these.
 */

/**
 * `invalid`: the definition has a fault in itself. `reserved`: its name belongs to the system.
 * `conflict`: it does not fit what is defined already. `limit`: there are as many as there may be (law 6).
 */
export type DefinitionFault = 'invalid' | 'reserved' | 'conflict' | 'limit';

/** The message reaches the caller, says what is wrong and how to mend it, and holds no secret (law 8). */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
  readonly fault: DefinitionFault;
  /** Of what is `invalid`: its place, such as `fields[2].length`; empty for the definition as a whole. */
  readonly member: string | undefined;

  constructor(fault: DefinitionFault, message: string, member?: string) {
    super(message);
    this.fault = fault;
    this.member = member;
  }
}

/** `member` is at fault; the message says what it must be. */
export function invalidDefinition(member: string, message: string): DefinitionError {
  return new DefinitionError('invalid', message, member);
}
