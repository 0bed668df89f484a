/**
 * The tables of persons and custom objects: their fields, and the views that users see.
 * Owns: their DDL, and when a field becomes a column. Never: changes what a row holds.
 */
import { must } from '#kit/assert.ts';
import type { CustomObjectType, FieldDefinition } from '#model/field.ts';
import { emptyObjectTable, isSystemColumn, type ObjectColumn, type ObjectTable } from './catalog.ts';
import { fieldSqlType } from './column-types.ts';
import { baseTable, EMAIL_HASH, identifier, literal, objectTableName, PERSONS } from './identifiers.ts';
import type { Session } from './session.ts';

/** The columns that the store sets itself. The hash of the email, case folded, is what large batches join on. */
const PERSON_COLUMNS = [
  '"id" bigint',
  '"partitionName" varchar',
  '"createdAt" timestamp',
  '"updatedAt" timestamp',
  `${identifier(EMAIL_HASH)} ubigint`,
];
const OBJECT_COLUMNS = ['"marketoGUID" varchar', '"createdAt" timestamp', '"updatedAt" timestamp'];

/** The identity, which stands before the fields in a view, and what stands behind them. */
const PERSONS_SHOWN = ['"id"', '"partitionName"', '"createdAt"', '"updatedAt"'];
const OBJECTS_SHOWN = ['"marketoGUID"', '"createdAt"', '"updatedAt"'];

/** Makes the table of persons in a new file, without a field yet. */
export const PERSONS_DDL: string = `
  create table if not exists ${baseTable(PERSONS)} (${PERSON_COLUMNS.join(', ')});
  create view if not exists main.persons as
    select ${PERSONS_SHOWN.join(', ')} from ${baseTable(PERSONS)};
`;

/** Declares the fields that persons lack, and shows them. */
export async function definePersons(session: Session, fields: readonly FieldDefinition[]): Promise<void> {
  const table = must(session.catalog.objects.get(PERSONS), 'the table of persons is made with the file');
  await declareFields(session, table, fields);
}

/** Makes a custom object type's table, or declares the fields that it lacks, and shows them. */
export async function defineCustomObject(session: Session, type: CustomObjectType): Promise<void> {
  const name = objectTableName(type.apiName);
  const known = session.catalog.objects.get(name);
  const table = known ?? emptyObjectTable(name, type.apiName);
  if (known === undefined) {
    session.catalog.objects.set(name, table);
    await session.connection.run(`create table ${baseTable(name)} (${OBJECT_COLUMNS.join(', ')})`);
  }
  await declareKey(session, table, type);
  await declareFields(session, table, type.fields);
}

/** Once for each type: its dedupe fields never change. */
async function declareKey(session: Session, table: ObjectTable, type: CustomObjectType): Promise<void> {
  if (table.key !== undefined) return;
  table.key = type.dedupeFields;
  await session.connection.run(
    `insert into ${baseTable('object_keys')} values (${literal(table.name)}, ${literal(JSON.stringify(table.key))})`,
  );
}

/** Gives the base table a column for each of these declared fields that it lacks, and shows what it holds. */
export async function useColumns(
  session: Session,
  table: ObjectTable,
  columns: readonly ObjectColumn[],
): Promise<void> {
  const unused = [...new Set(columns)].filter(({ used }) => !used);
  if (unused.length === 0) return;
  await (session.rewrittenTables.has(table.name) ? rebuildWith : alterWith)(session, table, unused);
  for (const column of unused) column.used = true;
  await replaceView(session, table);
}

async function alterWith(session: Session, table: ObjectTable, columns: readonly ObjectColumn[]): Promise<void> {
  for (const { name, sqlType } of columns) {
    await session.connection.run(`alter table ${baseTable(table.name)} add column ${identifier(name)} ${sqlType}`);
  }
}

// DuckDB refuses at the commit an ALTER of a table from which the same transaction has deleted. It happens when a
// later run of a batch is the first ever to use a field.
async function rebuildWith(session: Session, table: ObjectTable, columns: readonly ObjectColumn[]): Promise<void> {
  const rebuilt = baseTable(`${table.name}#rebuilt`);
  const added = columns.map(({ name, sqlType }) => `cast(null as ${sqlType}) as ${identifier(name)}`);
  await session.connection.run(
    `create table ${rebuilt} as select *, ${added.join(', ')} from ${baseTable(table.name)}`,
  );
  await session.connection.run(`drop table ${baseTable(table.name)}`);
  await session.connection.run(`alter table ${rebuilt} rename to ${identifier(table.name)}`);
  session.rewrittenTables.delete(table.name);
}

async function declareFields(session: Session, table: ObjectTable, fields: readonly FieldDefinition[]): Promise<void> {
  await completeColumns(session, table, fields);
  const missing = missingColumns(table, fields);
  if (missing.length === 0) return;
  const rows = missing.map(({ name, sqlType, ignoreCase }, at) => {
    const place = table.columns.size - missing.length + at;
    return `(${[place, ...[table.name, table.view, name, sqlType].map(literal), ignoreCase].join(', ')})`;
  });
  await session.connection.run(
    `insert into ${baseTable('object_fields')} (place, base_table, view_name, field_name, sql_type, ignore_case)
     values ${rows.join(', ')}`,
  );
  await replaceView(session, table);
}

/** Notes of declared fields what an older version has not written down. */
async function completeColumns(
  session: Session,
  table: ObjectTable,
  fields: readonly FieldDefinition[],
): Promise<void> {
  for (const { name, dataType } of fields) {
    const column = table.columns.get(name.toLowerCase());
    if (column === undefined || column.ignoreCase !== undefined) continue;
    column.ignoreCase = dataType === 'email';
    await session.connection.run(
      `update ${baseTable('object_fields')} set ignore_case = ${column.ignoreCase}
       where base_table = ${literal(table.name)} and field_name = ${literal(column.name)}`,
    );
  }
}

/** The fields that the table lacks, entered into the catalog. */
function missingColumns(table: ObjectTable, fields: readonly FieldDefinition[]): ObjectColumn[] {
  const missing: ObjectColumn[] = [];
  for (const { name, dataType } of fields) {
    const lower = name.toLowerCase();
    if (isSystemColumn(table.name, name) || table.columns.has(lower)) continue;
    const column = { name, sqlType: fieldSqlType(dataType), ignoreCase: dataType === 'email', used: false };
    table.columns.set(lower, column);
    missing.push(column);
  }
  return missing;
}

async function replaceView(session: Session, table: ObjectTable): Promise<void> {
  const fields = Array.from(table.columns.values(), ({ name, sqlType, used }) =>
    used ? identifier(name) : `cast(null as ${sqlType}) as ${identifier(name)}`,
  );
  const isPersons = table.name === PERSONS;
  const [first, ...last] = isPersons ? PERSONS_SHOWN : OBJECTS_SHOWN;
  await session.connection.run(
    `create or replace view main.${identifier(table.view)} as
     select ${[first, ...fields, ...last].join(', ')} from ${baseTable(table.name)}`,
  );
}
