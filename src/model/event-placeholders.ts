/**
 * Placeholders of events: keys whose value is their own name are filled by the server (docs/specs/events.md, E11).
 * Owns: which there are, and what fills them. Never: fills what it does not know; that stays as it was sent.
 */
import { readUserAgent } from './user-agent.ts';
import type { UserAgentParts } from './user-agent.ts';

/** What was known of an event's request besides its body. */
export interface EventContext {
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
  readonly ip?: string | undefined;
  readonly userAgent?: string | undefined;
  /** The UUID by which a browser is known across sites; fills `td_global_id`. */
  readonly globalId?: string | undefined;
  /** The key of the sender's record ids, such as `uuid`: its values go to `_extra` and make no column. */
  readonly idKey?: string | undefined;
}

type Filler = (context: EventContext) => string | undefined;

const FILLERS: ReadonlyMap<string, Filler> = new Map<string, Filler>([
  ['td_ip', ({ ip }) => ip],
  ['td_global_id', ({ globalId }) => globalId],
  ['td_ua', ({ userAgent }) => userAgent],
  ['td_browser', (context) => partsOf(context).browser],
  ['td_browser_version', (context) => partsOf(context).browserVersion],
  ['td_os', (context) => partsOf(context).os],
  ['td_os_version', (context) => partsOf(context).osVersion],
]);

export function isPlaceholder(key: string): boolean {
  return FILLERS.has(key);
}

/** What stands for a placeholder that was sent; its own name when nothing better is known. */
export function filled(key: string, context: EventContext): string {
  return FILLERS.get(key)?.(context) ?? key;
}

function partsOf({ userAgent }: EventContext): UserAgentParts {
  return userAgent === undefined ? {} : readUserAgent(userAgent);
}
