/** Where things lie in the data directory. The layout is part of its version (engines/sqlite/directory-version.ts). */
import { join } from 'node:path';

export interface DataFiles {
  /** The intake log. */
  readonly intake: string;
  /** One DuckDB file per workspace. */
  readonly stores: string;
  /** How far webhooks have come, and what was sent to them. */
  readonly webhooks: string;
  /** Private keys that webhooks' bodies are signed with, a file each. */
  readonly webhookKeys: string;
}

export function dataFiles(dataDirectory: string): DataFiles {
  return {
    intake: join(dataDirectory, 'intake.db'),
    stores: join(dataDirectory, 'stores'),
    webhooks: join(dataDirectory, 'webhooks.db'),
    webhookKeys: join(dataDirectory, 'webhook-keys'),
  };
}
