/** What lists of fates show, in this order; columns that are empty throughout are left out. */
export const FATE_COLUMNS: readonly string[] = [
  'index',
  'outcome',
  'identity',
  'key',
  'code',
  'message',
  'reason',
  'attempts',
  'nextAttemptAt',
  'duplicateOf',
  'replayedBy',
];
