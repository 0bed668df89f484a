import type { OneAtATime } from '#kit/one-at-a-time.ts';
import type { Clock } from '#ports/clock.ts';
import type { Control } from '#ports/control.ts';
import type { Workspace } from '#model/definitions.ts';
import { must } from '#kit/assert.ts';
import type { MunchkinId } from '#model/words.ts';

/** What the routes that change definitions work with. */
export interface DefinitionParts {
  readonly control: Control;
  readonly clock: Clock;
  /** Checks and writes of one change, without another's in between. */
  readonly change: OneAtATime;
  /** Where others reach the server, such as `https://inlet.example.com`. */
  readonly url: () => string;
}

/** The workspace in the path, which the door has found to exist. */
export function workspaceOf(parts: DefinitionParts, munchkinId: string): Workspace {
  const workspace = parts.control.definitions().workspaces.get(munchkinId as MunchkinId);
  return must(workspace, 'a call passed the door without a workspace');
}
