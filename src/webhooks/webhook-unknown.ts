import { Problem } from '#protocols/api/problems.ts';

/** There is none of this id in the workspace, or none any more. */
export function webhookUnknown(): Problem {
  return new Problem('webhook-unknown', 'The workspace has no webhook with this id.');
}
