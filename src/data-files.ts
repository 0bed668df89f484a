/** Where things lie in the data directory. The layout is part of its version (engines/sqlite/directory-version.ts). */
import { join } from 'node:path';

export interface DataFiles {
  /** The intake log. */
  readonly intake: string;
  /** One DuckDB file per workspace. */
  readonly stores: string;
}

export function dataFiles(dataDirectory: string): DataFiles {
  return { intake: join(dataDirectory, 'intake.db'), stores: join(dataDirectory, 'stores') };
}
