/**
 * Wakes the objects that wait for persons which a run has just written.
 * Owns: which values a run has given to persons. Never: tries an object again.
 */
import type { UpsertAnswer } from '#model/upsert.ts';
import { textHash, valueText } from './column-types.ts';
import { identifier, literal, PLACE } from './identifiers.ts';
import type { Session } from './session.ts';
import { columnOf, type Plan, valueFields } from './upsert-plan.ts';
import { madeDue, WAITING } from './waiting-state.ts';

const place = identifier(PLACE);

/** Makes due at once what waits for a person that the run has created, or given the value that is waited for. */
export async function wakeFor(plan: Plan, { outcomes }: UpsertAnswer): Promise<void> {
  const { session, run } = plan;
  if (run.action === 'delete' || !(outcomes.includes('created') || outcomes.includes('updated'))) return;
  for (const field of session.catalog.waiting.personFields) {
    const names = field === 'id' ? newIds(plan, outcomes) : givenValues(plan, field);
    if (names !== undefined) await wake(session, field, names);
  }
}

/** The ids of the persons that were created are the last that were given. */
function newIds({ session }: Plan, outcomes: UpsertAnswer['outcomes']): string | undefined {
  const created = outcomes.filter((outcome) => outcome === 'created').length;
  const { nextPersonId } = session.catalog;
  const ids = `range(${nextPersonId - created}, ${nextPersonId})`;
  return created === 0 ? undefined : `select cast(id as varchar) as text from ${ids} r(id)`;
}

/**
 * SELECTs the texts of what written rows have in the field. Undefined: the run does not touch it. Each text comes once,
 * since as many persons may have one value as objects wait for it; those of the key do so anyway, in each partition.
 */
function givenValues(plan: Plan, field: string): string | undefined {
  const { target, run, creates } = plan;
  const given = valueFields(target.table, run).find(({ name }) => name.toLowerCase() === field);
  if (given === undefined) return undefined;
  const value = `s.value${given.at}`;
  const asText = valueText(columnOf(target.table, field).sqlType, value);
  const text = run.fields[given.at]?.dataType === 'email' ? `lower(${asText})` : asText;
  let written = 'stage s';
  if (run.action === 'createOnly') written = `stage s anti join matched m on m.${place} = s.${place}`;
  else if (!creates) written = `stage s semi join matched m on m.${place} = s.${place}`;
  const isKey = run.matchBy.length === 1 && run.matchBy[0]?.field.name.toLowerCase() === field;
  return `select ${isKey ? '' : 'distinct'} ${text} as text from ${written} where ${value} is not null`;
}

/** `names` SELECTs texts. One look at the narrow column; the others are read for equal hashes alone. */
async function wake(session: Session, field: string, names: string): Promise<void> {
  const { connection, catalog } = session;
  const found = await connection.run(
    `create or replace temp table named as
     select w."order", n.text from ${WAITING} w join (${names}) n on w.link_hash = ${textHash('n.text')}`,
  );
  if (Number((await found.getRows())[0]?.[0]) === 0) return;
  const woken = await connection.run(
    `update ${WAITING} set next_ms = 0 where "order" in (
       select w."order" from named n join ${WAITING} w on w."order" = n."order"
       where w.link = n.text and w.link_field = ${literal(field)} and w.reason = 'no-person' and w.next_ms is distinct from 0)`,
  );
  madeDue(catalog.waiting, woken.rowsChanged);
  // Millions may wait for one person.
  await connection.run('drop table named');
}
