/**
 * A workspace's file as the first version of Inlet made it: a person, a custom object, two requests, two failures.
 * Owns: that version's DDL. Never: used outside tests.
 */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { MunchkinId } from '#model/words.ts';
import { NOON, requestId } from '../../../tests/exams/store-subject.ts';

const CATALOG = `
  create schema "inlet-base";
  create table "inlet-base".state (
    next_person_id bigint, high bigint, normal bigint, events bigint, received bigint, created bigint, updated bigint,
    stored bigint, deleted bigint, failed bigint, pending bigint);
  create table "inlet-base".object_fields (
    place bigint, base_table varchar, view_name varchar, field_name varchar, sql_type varchar);
  create table "inlet-base".event_tables (name varchar, definition varchar);
  create table "inlet-base".event_rows (name varchar, row_count bigint);
  insert into "inlet-base".state select 2, 0, 2, 0, 6, 2, 0, 0, 0, 4, 0;
`;

const OBJECTS = `
  create table "inlet-base".persons (id bigint, "partitionName" varchar, "createdAt" timestamp, "updatedAt" timestamp,
    "#emailHash" ubigint, email varchar);
  create view main.persons as
    select id, email, "partitionName", "createdAt", "updatedAt" from "inlet-base".persons;
  insert into "inlet-base".persons select 1, 'Default', epoch_ms(${NOON}), epoch_ms(${NOON}),
    md5_number_lower('old@b.c'), 'Old@b.c';
  create table "inlet-base"."object:cars" ("marketoGUID" varchar, "createdAt" timestamp, "updatedAt" timestamp,
    vin varchar, owner varchar);
  create view main.cars as
    select "marketoGUID", vin, owner, "createdAt", "updatedAt" from "inlet-base"."object:cars";
  insert into "inlet-base"."object:cars" values ('guid-1', epoch_ms(${NOON}), epoch_ms(${NOON}), 'V1', 'old@b.c');
  insert into "inlet-base".object_fields values (0, 'persons', 'persons', 'email', 'VARCHAR'),
    (0, 'object:cars', 'cars', 'vin', 'VARCHAR'), (1, 'object:cars', 'cars', 'owner', 'VARCHAR');
`;

const RECORDS = `
  create schema inlet;
  create table "inlet-base".requests ("requestId" uuid, kind varchar, type varchar, "clientId" varchar, lane varchar,
    "correlationId" varchar, "requestSource" varchar, "acceptedAt" timestamp, "finishedAt" timestamp, received bigint,
    created bigint, updated bigint, stored bigint, deleted bigint, failed bigint, pending bigint, warnings json,
    position bigint);
  create view inlet.requests as select "requestId", kind, type, "clientId",
    case lane when 'high' then 'high' else 'normal' end as priority, "correlationId", "requestSource", "acceptedAt",
    "finishedAt", received, created, updated, stored, deleted, failed, pending, warnings from "inlet-base".requests;
  create table "inlet-base".failures ("requestId" uuid, "index" integer, kind varchar, type varchar, key varchar,
    code varchar, message varchar, object varchar, "failedAt" timestamp, attempts integer);
  create view inlet.failures as select "requestId", "index", kind, type, key, code, message, object, "failedAt",
    attempts from "inlet-base".failures;
  insert into "inlet-base".requests select '${requestId(1)}', 'person', 'persons', 'client-1', 'high', null, null,
    epoch_ms(${NOON + 1}), epoch_ms(${NOON + 6}), 3, 1, 0, 0, 0, 2, 0, '[]', 1;
  insert into "inlet-base".failures select unnest(['${requestId(1)}', '${requestId(2)}']), 2, 'person', 'persons',
    '{}', '1003', 'no', '{}', epoch_ms(${NOON + 6}), 1;
`;

export const UUID_OF_OLD = '0190abcd-0000-7000-8000-00000000aa00';

/** What a later version had beside it: idempotency keys with a row and a hash each. */
export const KEYS_OF_ROWS: string = `
  create table "inlet-base".event_keys (
    table_name varchar, key_hash ubigint, key varchar, "requestId" uuid, accepted_ms bigint);
  insert into "inlet-base".event_keys values ('db.tbl', 1, 'k', '${requestId(1)}', ${NOON}),
    ('db.tbl', 2, '${UUID_OF_OLD}', '${requestId(2)}', ${NOON});
`;

/** Makes the file in the directory, as a store that was closed in order leaves it. */
export async function makeOlderFile(directory: string, workspace: MunchkinId, more = ''): Promise<void> {
  const instance = await DuckDBInstance.create(join(directory, `${workspace}.duckdb`));
  const connection = await instance.connect();
  await connection.run(`begin; ${CATALOG} ${OBJECTS} ${RECORDS} ${more} commit`);
  connection.closeSync();
  instance.closeSync();
}
