/**
 * How many persons and events a second and core the model decides, beside JSON.parse of the same bodies.
 * Owns: nothing. Never: stores anything.
 */
import { DEFAULT_PARTITION } from '../src/model/definitions.ts';
import type { Workspace } from '../src/model/definitions.ts';
import { EventRowsBuilder } from '../src/model/event-rows.ts';
import { parseJson } from '../src/model/json.ts';
import type { JsonObject } from '../src/model/json.ts';
import { personRules } from '../src/model/object-rules.ts';
import { STANDARD_PERSON_FIELDS } from '../src/model/standard-fields.ts';
import { RunBuilder } from '../src/model/upsert-run.ts';
import type { MunchkinId } from '../src/model/words.ts';

const OBJECTS = 50_000;
const ROUNDS = 8;

const workspace: Workspace = {
  munchkinId: '123-ABC-456' as MunchkinId,
  createdAt: 0,
  partitions: new Set([DEFAULT_PARTITION]),
  personFields: new Map(STANDARD_PERSON_FIELDS.map((field) => [field.name.toLowerCase(), field])),
  customObjects: new Map(),
  customObjectDrafts: new Map(),
};
const rules = personRules(workspace, ['email']);

const personsText = JSON.stringify(Array.from({ length: OBJECTS }, (_, i) => person(i)));
const eventsText = JSON.stringify(Array.from({ length: OBJECTS }, (_, i) => event(i)));
const persons = JSON.parse(personsText) as JsonObject[];
const events = JSON.parse(eventsText) as JsonObject[];

function person(i: number): object {
  return {
    email: `user${i}@example${i % 50}.com`,
    firstName: 'Brooklyn',
    lastName: `Parker${i}`,
    company: 'Acme Inc',
    leadScore: i,
    phone: `+1 555 010 ${i}`,
  };
}

function event(i: number): object {
  return { event: 'click', user: `user${i}`, page: `/products/${i % 100}`, count: i, price: i / 4, ok: i % 2 === 0 };
}

function planPersons(): number {
  const builder = new RunBuilder(rules);
  const placement = { partition: DEFAULT_PARTITION, acceptedAt: 0 };
  for (const object of persons) builder.add(object, placement);
  return builder.finish()[0]?.rows.length ?? 0;
}

function planEvents(): number {
  const table = { database: 'db', table: 'tbl', columns: [], extra: false, rows: 0 };
  const builder = new EventRowsBuilder(table, { maxColumns: 512 });
  for (const object of events) builder.add(object, { acceptedAt: 0 });
  const [rows] = [...builder.finish(new Map()).parts(Infinity)];
  return rows?.times.length ?? 0;
}

function measure(name: string, work: () => unknown): void {
  let bestMs = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    work();
    bestMs = Math.min(bestMs, performance.now() - start);
  }
  console.log(`${name.padEnd(36)} ${Math.round((OBJECTS / bestMs) * 1000).toLocaleString('en')} objects/s`);
}

measure('JSON.parse, persons', () => JSON.parse(personsText));
measure('parseJson, persons', () => parseJson(personsText));
measure('plan and fold, persons of 6 fields', planPersons);
measure('JSON.parse, events', () => JSON.parse(eventsText));
measure('parseJson, events', () => parseJson(eventsText));
measure('columns and rows, events of 6 keys', planEvents);
