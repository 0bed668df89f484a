/**
 * Reads an entry's bytes back into what it asks for.
 * Owns: the check that it holds as many objects as were accepted. Never: decides a fate; what cannot be read throws
 * UnreadableError (law 5).
 */
import type { CommandEnvelope, Entry } from '#model/entry.ts';
import { decodeRequest, isRequest, UnreadableError } from '#protocols/entry-objects.ts';
import type { DecodedRequest } from '#protocols/entry-objects.ts';

/** What an entry asks for, by kind. */
export type DecodedEntry = DecodedRequest | DecodedCommand;

export interface DecodedCommand {
  readonly kind: 'command';
  readonly envelope: CommandEnvelope;
}

/** Throws {@link UnreadableError}. */
export function decodeEntry(entry: Entry): DecodedEntry {
  const decoded = isRequest(entry) ? decodeRequest(entry) : decodeCommand(entry.envelope as CommandEnvelope);
  const found = countOf(decoded);
  // Law 2 counts what was accepted: a body of more or of fewer objects is not what was accepted.
  if (found !== entry.objects) throw new UnreadableError(`the body holds ${found} objects instead of ${entry.objects}`);
  return decoded;
}

function countOf(decoded: DecodedEntry): number {
  if (decoded.kind === 'command') return 0;
  return decoded.kind === 'replay' ? decoded.refs.length : decoded.objects.length;
}

/** Those that this version knows. */
const COMMANDS: ReadonlySet<string> = new Set<CommandEnvelope['command']>(['cancel-waiting', 'drop-tables', 'retain']);

function decodeCommand(envelope: CommandEnvelope): DecodedCommand {
  if (COMMANDS.has(envelope.command)) return { kind: 'command', envelope };
  throw new UnreadableError('the command is one that this version does not know');
}
