import type { JournalPage, JournalPageRequest } from '#ports/store-reader.ts';
import type { MunchkinId } from '#model/words.ts';

/** The journal for those who follow it: live readers and webhooks. None of them can slow ingestion or another. */
export interface JournalFeed {
  /** As `StoreReader.journal`; what was written lately comes from memory, shared by all who follow. */
  read(workspace: MunchkinId, page: JournalPageRequest): Promise<JournalPage>;
  /**
   * Calls `listener` whenever the journal may have grown, until `signal` aborts. A hint: a lost one delays, never
   * loses.
   */
  onGrowth(workspace: MunchkinId, listener: () => void, signal: AbortSignal): void;
}
