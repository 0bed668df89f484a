/** Reads a journal by plain pages, as the journaling API gives them. */
import assert from 'node:assert/strict';
import type { Workspace } from './workspace.ts';

/** Ids of all events from the oldest to the end, in order. `query` such as `?type=results`. */
export async function journalIds(workspace: Workspace, query = ''): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let path = `/journal${query}`; ;) {
    const { status, text, headers } = await workspace.admin('GET', path);
    if (status === 204) return ids;
    assert.equal(status, 200, text);
    const page = JSON.parse(text) as { events: { event: { id: string } }[] };
    ids.push(...page.events.map(({ event }) => event.id));
    path = /<\/v1\/workspaces\/[^/]+(?<path>[^>]+)>/.exec(String(headers['link']))?.groups?.['path'] ?? '';
  }
}
