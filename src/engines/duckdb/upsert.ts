/**
 * Upserts a run of objects, set by set.
 * Owns: what becomes of each row, and the order of the steps. Never: decides in which order runs come.
 *
 *     run ──stage──► stage ──one join with the base table──► matched (old rows, whole)
 *                      │                                        │
 *                      ├──► rows that may not be written ───────┤      several matches, behind, no person
 *                      │          delete the old rows by rowid ◄┤
 *                      └──► insert stage over matched ◄─────────┘      insert what matched nothing
 *
 * DuckDB's UPDATE and MERGE rewrite each touched vector of each compressed column in place: with 50,000 random keys
 * among 10 million persons that is all of them, and takes seconds. Deleting marks rows and inserting appends, so the
 * cost is the one scan of the join, nearly the same for 1,000 rows and 250,000. Rows move when they are updated;
 * what identifies an object is its id, never its place.
 */
import type { MatchField, UpsertAnswer, UpsertOutcome, UpsertRun } from '#model/upsert.ts';
import { textHash } from './column-types.ts';
import { recordFates } from './fates.ts';
import { EMAIL_HASH, identifier, OLD_ROW, PLACE } from './identifiers.ts';
import type { Session } from './session.ts';
import { stage } from './staging.ts';
import { holdBack, storedKeyColumns } from './upsert-holds.ts';
import { matchColumn, type Plan, stageRun, type UpsertTarget } from './upsert-plan.ts';
import { createRest, deleteMatched, hasEmailHash, replaceMatched } from './upsert-write.ts';

const place = identifier(PLACE);
const oldRow = identifier(OLD_ROW);

/** Outcomes of rows that are not written although they are staged. */
const REFUSED: ReadonlySet<UpsertOutcome> = new Set(['several-matches', 'behind', 'no-person']);

/** What became of a run, and what the next step needs of it. */
export interface Upserted {
  readonly plan: Plan;
  readonly answer: UpsertAnswer;
}

/** Applies a run that has rows. The tables `stage` and `matched` hold the rows that were written until the next run. */
export async function upsert(session: Session, target: UpsertTarget, run: UpsertRun): Promise<Upserted> {
  const plan = await stageRun(session, target, run);
  const matches = await findMatches(plan);
  const outcomes = matches.map((count) => outcomeOf(count, plan));
  await holdBack(plan, outcomes);
  await dropRefused(plan, outcomes);
  const identities = run.wantsIdentities ? await identitiesOf(plan, outcomes) : [];
  await write(plan, outcomes);
  await recordFates(plan, outcomes);
  return { plan, answer: { outcomes, identities } };
}

/** How many objects each row of the run matches, in the order of the rows. */
async function findMatches(plan: Plan): Promise<number[]> {
  if (plan.run.action === 'createDuplicate') return plan.run.rows.map(() => 0);
  await fetchMatches(plan);
  const matches = await matchCounts(plan);
  if (plan.target.multipleMatches === 'update-most-recent' && matches.some((count) => count > 1)) {
    await keepMostRecent(plan);
  }
  return matches;
}

function outcomeOf(matches: number, { target, run, creates }: Plan): UpsertOutcome {
  if (matches === 0) return creates ? 'created' : 'not-found';
  if (run.action === 'createOnly') return 'exists';
  if (matches > 1 && target.multipleMatches === 'fail') return 'several-matches';
  return run.action === 'delete' ? 'deleted' : 'updated';
}

/** The one join: fetches the old rows as far as they are kept. */
async function fetchMatches(plan: Plan): Promise<void> {
  const { session, target, run, base, written } = plan;
  const kept = run.action === 'delete' ? [] : written.filter(({ keeps }) => keeps);
  const old = [target.identity, 'createdAt', 'updatedAt', ...kept.map(({ column }) => column.name)];
  const columns = [...old.map((name) => `b.${identifier(name)}`), ...storedKeyColumns(plan)];
  const conditions = run.matchBy.flatMap((match, at) => matchConditions(target, match, at));
  if (target.identity === 'id') conditions.push('b."partitionName" = s.partition_name');
  await session.connection.run(
    `create or replace temp table matched as
     select s.${place}, b.rowid as ${oldRow}, ${columns.join(', ')}
     from ${base} b join stage s on ${conditions.join(' and ')}`,
  );
}

/** Several keys may share a hash, so that the texts are compared as well; for equal hashes alone, and cheaply. */
function matchConditions(target: UpsertTarget, match: MatchField, at: number): string[] {
  const column = `b.${identifier(matchColumn(target, match))}`;
  if (!match.ignoreCase) return [`${column} = s.key${at}`];
  const texts = `lower(${column}) = lower(s.key${at})`;
  return hasEmailHash(target, match.field.name)
    ? [`b.${identifier(EMAIL_HASH)} = ${textHash(`lower(s.key${at})`)}`, texts]
    : [texts];
}

async function matchCounts({ session, run }: Plan): Promise<number[]> {
  const result = await session.connection.run(
    `select ${place}::integer, count(*)::integer from matched group by ${place}`,
  );
  const counts = Array.from(run.rows, () => 0);
  const [places = [], found = []] = await result.getColumns();
  places.forEach((each, at) => {
    counts[Number(each)] = Number(found[at]);
  });
  return counts;
}

/** Rows with several matches keep the one that was updated last. */
async function keepMostRecent({ session, target }: Plan): Promise<void> {
  await session.connection.run(
    `delete from matched where ${oldRow} in (
       select ${oldRow} from matched
       qualify row_number() over (
         partition by ${place} order by "updatedAt" desc, ${identifier(target.identity)} desc) > 1)`,
  );
}

async function dropRefused({ session, run }: Plan, outcomes: readonly UpsertOutcome[]): Promise<void> {
  const places = [...outcomes.keys()].filter((at) => REFUSED.has(outcomes[at] as UpsertOutcome));
  if (places.length === 0) return;
  const staged = stage([{ name: 'refused', sqlType: 'BIGINT', values: places }], places.length);
  const tables = run.action === 'createDuplicate' ? ['stage'] : ['stage', 'matched'];
  for (const table of tables) {
    const sql = `delete from ${table} where ${place} in (select refused from (${staged.sql}))`;
    await session.connection.run(sql, staged.parameters);
  }
}

/** Of the rows that are about to be written. */
async function identitiesOf(plan: Plan, outcomes: readonly UpsertOutcome[]): Promise<UpsertAnswer['identities']> {
  const { session, target, guids } = plan;
  const matched = await matchedIdentities(plan, outcomes);
  let nextId = session.catalog.nextPersonId;
  return outcomes.map((outcome, at) => {
    if (outcome === 'created') return target.identity === 'id' ? nextId++ : guids[at];
    return outcome === 'updated' || outcome === 'deleted' ? matched.get(at) : undefined;
  });
}

async function matchedIdentities(
  { session, target }: Plan,
  outcomes: readonly UpsertOutcome[],
): Promise<ReadonlyMap<number, number | string>> {
  if (!outcomes.includes('updated') && !outcomes.includes('deleted')) return new Map();
  const result = await session.connection.run(`select ${place}, ${identifier(target.identity)} from matched`);
  const rows = await result.getRows();
  return new Map(rows.map(([at, own]) => [Number(at), target.identity === 'id' ? Number(own) : String(own)]));
}

async function write(plan: Plan, outcomes: readonly UpsertOutcome[]): Promise<void> {
  const created = outcomes.filter((outcome) => outcome === 'created').length;
  if (outcomes.includes('deleted')) await deleteMatched(plan);
  if (outcomes.includes('updated')) await replaceMatched(plan);
  if (created > 0) await createRest(plan, created);
}
