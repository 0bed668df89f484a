import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Workspace } from './definitions.ts';
import type { CustomObjectType, FieldDefinition } from './field.ts';
import { customObjectRules, dedupeProblem, outcomeFailure, outcomeWait, personRules } from './object-rules.ts';
import { STANDARD_PERSON_FIELDS } from './standard-fields.ts';
import type { MunchkinId } from './words.ts';

const CUSTOM_FIELDS: readonly FieldDefinition[] = [
  { name: 'crmKey', displayName: 'CRM Key', dataType: 'string', length: 20, custom: true },
  { name: 'crmNumber', displayName: 'CRM Number', dataType: 'integer', custom: true },
  { name: 'crmDate', displayName: 'CRM Date', dataType: 'date', custom: true },
];

const WORKSPACE: Workspace = {
  munchkinId: '123-ABC-456' as MunchkinId,
  createdAt: 0,
  partitions: new Set(['Default']),
  personFields: new Map(
    [...STANDARD_PERSON_FIELDS, ...CUSTOM_FIELDS].map((field) => [field.name.toLowerCase(), field]),
  ),
  customObjects: new Map(),
  customObjectDrafts: new Map(),
};

const CARS: CustomObjectType = {
  apiName: 'cars',
  displayName: 'Cars',
  fields: [
    { name: 'vin', displayName: 'VIN', dataType: 'string', length: 36 },
    { name: 'year', displayName: 'Year', dataType: 'integer' },
    { name: 'sold', displayName: 'Sold', dataType: 'boolean' },
  ],
  dedupeFields: ['vin'],
};

suite('dedupe attributes (P5)', () => {
  test('which may find persons', () => {
    const allowed = ['id', 'email', 'EMAIL', 'firstName', 'sfdcLeadId', 'sfdcLeadOwnerId', 'crmKey', 'crmNumber'];
    for (const name of allowed) assert.equal(dedupeProblem(WORKSPACE, name), undefined, name);
    const refused = [
      'nope',
      'leadScore',
      'mktoName',
      'createdAt',
      'crmDate',
      'phone',
      'website',
      'doNotCall',
      '__proto__',
    ];
    for (const name of refused) assert.match(dedupeProblem(WORKSPACE, name) ?? '', new RegExp(`'${name}'`), name);
  });

  test('how two combine', () => {
    assert.equal(dedupeProblem(WORKSPACE), undefined);
    assert.equal(dedupeProblem(WORKSPACE, 'email', 'firstName'), undefined);
    assert.match(dedupeProblem(WORKSPACE, undefined, 'email') ?? '', /field2 needs field1/);
    assert.match(dedupeProblem(WORKSPACE, 'email', 'Email') ?? '', /both/);
    assert.match(dedupeProblem(WORKSPACE, 'email', 'nope') ?? '', /'nope'/);
  });
});

test('what the store could not apply has a code', () => {
  const persons = personRules(WORKSPACE, ['id']);
  const cars = customObjectRules({ workspace: WORKSPACE, type: CARS }, 'marketoGUID');
  for (const applied of ['created', 'updated', 'deleted'] as const) {
    assert.equal(outcomeFailure(applied, persons), undefined);
    assert.equal(outcomeWait(applied), undefined);
  }
  assert.equal(outcomeFailure('not-found', persons)?.code, '1004');
  assert.equal(outcomeFailure('not-found', cars)?.code, '1013');
  assert.equal(outcomeFailure('exists', persons)?.code, '1005');
  assert.equal(outcomeFailure('exists', cars)?.code, '1017');
  assert.equal(outcomeFailure('several-matches', persons)?.code, '1007');
});

test('what waits, and what it fails with where it may not (docs/specs/retries.md, R1 and R12)', () => {
  const cars = customObjectRules({ workspace: WORKSPACE, type: CARS }, 'dedupeFields');
  assert.equal(outcomeWait('no-person'), 'no-person');
  assert.equal(outcomeWait('behind'), 'behind');
  assert.deepEqual(outcomeFailure('no-person', cars), { code: '1004', message: 'Lead not found' });
  const inUse = { code: '1022', message: 'Object in use: an earlier version of it waits for its person' };
  assert.deepEqual(outcomeFailure('behind', cars), inUse);
});

test('C7: the link of a type is a field of it and a field of persons, and email knows no case', () => {
  const fields = [...CARS.fields, { name: 'owner', displayName: 'Owner', dataType: 'string' } as const];
  const linked = (personField: string): ReturnType<typeof customObjectRules> => {
    const type = { ...CARS, fields, link: { field: 'OWNER', personField } };
    return customObjectRules({ workspace: WORKSPACE, type }, 'marketoGUID');
  };
  assert.equal(linked('Email').link?.field.name, 'owner');
  assert.deepEqual([linked('Email').link?.personField.name, linked('Email').link?.ignoreCase], ['email', true]);
  assert.deepEqual([linked('crmKey').link?.personField.name, linked('crmKey').link?.ignoreCase], ['crmKey', false]);
  assert.equal(linked('id').link?.personField.dataType, 'integer');
});
