/**
 * Counts of REST calls in memory.
 * Owns: the counts. Never: outlives its process.
 */
import type { UsageCount } from '#model/rest-usage.ts';
import type { MunchkinId } from '#model/words.ts';

export class MemoryUsage {
  #counts: readonly UsageCount[] = [];

  add(added: readonly UsageCount[], forgetBefore: string): void {
    const counts = new Map<string, UsageCount>();
    for (const each of [...this.#counts, ...added]) {
      if (each.day < forgetBefore) continue;
      const key = JSON.stringify([each.workspace, each.day, each.clientName, each.code]);
      counts.set(key, { ...each, count: each.count + (counts.get(key)?.count ?? 0) });
    }
    this.#counts = [...counts.values()];
  }

  from(workspace: MunchkinId, fromDay: string): readonly UsageCount[] {
    return this.#counts.filter((each) => each.workspace === workspace && each.day >= fromDay);
  }
}
