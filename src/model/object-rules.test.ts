import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Workspace } from './definitions.ts';
import type { CustomObjectType, FieldDefinition } from './field.ts';
import { customObjectRules, dedupeProblem, outcomeFailure, personRules } from './object-rules.ts';
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
  const cars = customObjectRules(CARS, 'marketoGUID');
  assert.equal(outcomeFailure('created', persons), undefined);
  assert.equal(outcomeFailure('updated', cars), undefined);
  assert.equal(outcomeFailure('not-found', persons)?.code, '1004');
  assert.equal(outcomeFailure('not-found', cars)?.code, '1013');
  assert.equal(outcomeFailure('several-matches', persons)?.code, '1007');
});
