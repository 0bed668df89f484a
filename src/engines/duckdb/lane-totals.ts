/**
 * The running totals of a workspace, by lane.
 * Owns: how they lie in the state's row. Never: cut by retention.
 */
import type { DuckDBValue } from '@duckdb/node-api';
import { addFates, noFates } from '#model/fates.ts';
import { type FateCounts, type Lane, LANES } from '#model/words.ts';
import { baseTable } from './identifiers.ts';

export type LaneTotals = Readonly<Record<Lane, FateCounts>>;

const FATES = Object.keys(noFates()) as (keyof FateCounts)[];

/**
 * An older file knows the totals alone, and still has every request of it: each lane gets the sum of its requests, and
 * what no request tells goes to `normal`, so that they add up.
 */
export const LANE_TOTALS_DDL: string = `
  update ${baseTable('state')} s set lane_totals = json_object(${LANES.map(takenOver).join(', ')}) from (
    select ${LANES.flatMap((lane) => FATES.map((fate) => laneSum(lane, fate))).join(', ')} from ${baseTable('requests')}) r
  where s.lane_totals is null;
`;

/** From the row of `state`. */
export function laneTotals(row: Readonly<Record<string, DuckDBValue>>): LaneTotals {
  return JSON.parse(String(row['lane_totals'])) as LaneTotals;
}

export function sumOfLanes(totals: LaneTotals): FateCounts {
  const sum = noFates();
  for (const lane of LANES) addFates(sum, totals[lane]);
  return sum;
}

function laneSum(lane: Lane, fate: keyof FateCounts): string {
  return `coalesce(sum(${fate}) filter (where lane = '${lane}'), 0)::bigint as ${lane}_${fate}`;
}

function takenOver(lane: Lane): string {
  const counts = FATES.map((fate) => {
    const rest = LANES.filter((other) => other !== lane).map((other) => ` - r.${other}_${fate}`);
    return `'${fate}', ${lane === 'normal' ? `s.${fate}${rest.join('')}` : `r.${lane}_${fate}`}`;
  });
  return `'${lane}', json_object(${counts.join(', ')})`;
}
