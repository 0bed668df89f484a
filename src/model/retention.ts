/**
 * Retention: how much of what is finished is kept.
 * Owns: what each kept thing counts for. Never: deletes anything.
 *
 * A request has the age of its acceptance, a journal event that of its `time`. What is older than the horizon is
 * forgotten. The horizon is the limit's `before`, or later: the end of the last second with which, and with all that
 * is younger, the kept bytes would be more than `maxBytes`. Whole seconds make it the same in every store.
 */

/** Estimates, in bytes on disk; an event counts for the UTF-8 bytes of its text besides. */
export const KEPT_BYTES = { request: 300, fate: 32, result: 60, event: 200 } as const;
