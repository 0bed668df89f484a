import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Workspace } from './definitions.ts';
import type { CustomObjectType } from './field.ts';
import type { JsonObject } from './json.ts';
import { customObjectRules } from './object-rules.ts';
import type { ObjectRules } from './object-rules.ts';
import { STANDARD_PERSON_FIELDS } from './standard-fields.ts';
import type { Placement } from './upsert-row.ts';
import { LATER, RunBuilder } from './upsert-run.ts';
import type { UpsertAction } from './upsert.ts';

const PERSONS: Pick<Workspace, 'personFields'> = {
  personFields: new Map(STANDARD_PERSON_FIELDS.map((field) => [field.name.toLowerCase(), field])),
};

const CARS: CustomObjectType = {
  apiName: 'cars',
  displayName: 'Cars',
  fields: [
    { name: 'vin', displayName: 'VIN', dataType: 'string', length: 36 },
    { name: 'owner', displayName: 'Owner', dataType: 'string' },
    { name: 'note', displayName: 'Note', dataType: 'string' },
  ],
  dedupeFields: ['vin'],
  link: { field: 'owner', personField: 'email' },
};

const FRESH: Placement = { partition: '', acceptedAt: 0 };

function carRules(action: UpsertAction = 'createOrUpdate', wantsIdentities = false): ObjectRules {
  return customObjectRules({ workspace: PERSONS, type: CARS }, 'dedupeFields', { action, wantsIdentities });
}

/** The runs that the objects lie in, each as the notes of its rows. */
function notesByRun(rules: ObjectRules, objects: readonly JsonObject[]): unknown[][] {
  const builder = new RunBuilder(rules);
  for (const [place, object] of objects.entries()) builder.add({ note: `n${place}`, ...object }, FRESH);
  return builder.finish().map(({ fields, rows }) => {
    const at = fields.findIndex(({ name }) => name === 'note');
    return rows.map(({ values }) => values[at]);
  });
}

suite('objects with equal keys (docs/specs/retries.md, R14; law 4)', () => {
  test('that name the same person, or nobody, fold into one row', () => {
    const same = [{ owner: 'a@b.co' }, { owner: 'A@b.CO' }].map((object) => ({ vin: '1', ...object }));
    assert.deepEqual(notesByRun(carRules(), same), [['n1']]);
    const none = [{}, { owner: null }, { owner: '' }].map((object) => ({ vin: '1', ...object }));
    assert.deepEqual(notesByRun(carRules(), none), [['n2']]);
  });

  test('that name different persons lie in different runs, in their order', () => {
    const owners = ['a@b.co', null, 'a@b.co', 'c@b.co', 'c@b.co'];
    const objects = owners.map((owner) => ({ vin: '1', owner }));
    assert.deepEqual(notesByRun(carRules(), objects), [['n0'], ['n1'], ['n2'], ['n4']]);
  });

  test('an object lies in the first run in which it may', () => {
    const objects = ['1', '2', '3'].flatMap((vin) => [
      { vin, owner: 'a@b.co' },
      { vin, owner: 'b@b.co' },
    ]);
    assert.deepEqual(notesByRun(carRules(), objects), [
      ['n0', 'n2', 'n4'],
      ['n1', 'n3', 'n5'],
    ]);
  });

  test('never fold where the second finds what the first has made; as duplicates all lie in one run', () => {
    const twice = [{ vin: '1' }, { vin: '2' }, { vin: '1' }];
    assert.deepEqual(notesByRun(carRules('createOrUpdate'), twice), [['n2', 'n1']]);
    assert.deepEqual(notesByRun(carRules('updateOnly'), twice), [['n2', 'n1']]);
    assert.deepEqual(notesByRun(carRules('createOnly'), twice), [['n0', 'n1'], ['n2']]);
    assert.deepEqual(notesByRun(carRules('delete'), twice), [['n0', 'n1'], ['n2']]);
    assert.deepEqual(notesByRun(carRules('createDuplicate'), twice), [['n0', 'n1', 'n2']]);
  });

  test('a row knows its run, its place there, its key and its person', () => {
    const builder = new RunBuilder(carRules());
    const rows = [
      builder.add({ vin: '1', owner: 'A@b.co' }, FRESH),
      builder.add({ vin: '1' }, FRESH),
      builder.add({ vin: '2', owner: 'b@b.co' }, FRESH),
    ];
    const runs = builder.finish();
    assert.deepEqual(rows, [0, 1, 2]);
    assert.deepEqual(
      [0, 1, 2].map((row) => [builder.runOf(row), builder.placeOf(row)]),
      [
        [0, 0],
        [1, 0],
        [0, 1],
      ],
    );
    const { key, link } = builder.versionOf(0);
    assert.deepEqual(key, { matchBy: ['vin'], partition: '', values: ['1'] });
    assert.deepEqual([link?.personField.name, link?.ignoreCase, link?.value], ['email', true, 'a@b.co']);
    assert.equal(builder.versionOf(1).link, undefined);
    assert.deepEqual(
      runs.map(({ link: named, fields }) => named && fields[named.at]?.name),
      ['owner', undefined],
    );
  });

  test('law 6: beyond so many runs an object has to wait, and all behind it; not where a sender waits', () => {
    const alternating = Array.from({ length: 100 }, (_, i) => ({ vin: '1', owner: i % 2 === 0 ? 'a@b.co' : null }));
    const builder = new RunBuilder(carRules());
    const added = alternating.map((object) => builder.add(object, FRESH));
    const taken = added.indexOf(LATER);
    assert.ok(taken > 1 && taken < 100);
    assert.ok(added.slice(taken).every((row) => row === LATER));
    assert.equal(builder.runs, taken);
    assert.equal(typeof builder.add({ vin: '2' }, FRESH), 'number');
    assert.equal(builder.add({ vin: '1', owner: alternating[taken - 1]?.owner ?? null }, FRESH), LATER);
    const answered = new RunBuilder(carRules('createOrUpdate', true));
    assert.ok(alternating.every((object) => answered.add(object, FRESH) !== LATER));
  });
});

suite('objects that were waiting (docs/specs/retries.md, R15)', () => {
  const waited = (order: number, isNext = true): Placement => ({ ...FRESH, waited: { order, isNext } });

  function rowsOf(...placements: readonly Placement[]): unknown[] {
    const builder = new RunBuilder(carRules());
    return placements.map((placement) => builder.add({ vin: '1', owner: 'a@b.co' }, placement));
  }

  test('fold like others, and keep the place of the first', () => {
    assert.deepEqual(rowsOf(waited(3), waited(7)), [0, 0]);
    const builder = new RunBuilder(carRules());
    builder.add({ vin: '1', owner: 'a@b.co' }, waited(3));
    builder.add({ vin: '1', owner: 'a@b.co' }, waited(7));
    assert.deepEqual(
      builder.finish().map(({ rows }) => rows.map(({ order }) => order)),
      [[3]],
    );
  });

  test('do not fold when others may lie between them', () => {
    assert.deepEqual(rowsOf(waited(3), waited(7, false), waited(9, false)), [0, 1, 2]);
  });
});

test('law 4: within a key, runs and rows keep the order of the objects', () => {
  const object = fc.record({ vin: fc.constantFrom('1', '2', '3'), owner: fc.constantFrom('a@b.co', 'b@b.co', null) });
  fc.assert(
    fc.property(fc.array(object, { maxLength: 30 }), (objects) => {
      const builder = new RunBuilder(carRules());
      const rows = objects.map((each) => builder.add(each, FRESH) as number);
      builder.finish();
      for (const vin of ['1', '2', '3']) {
        const runs = rows.filter((_, at) => objects[at]?.vin === vin).map((row) => builder.runOf(row));
        assert.deepEqual(
          runs,
          runs.toSorted((a, b) => a - b),
        );
        for (const [at, each] of objects.entries()) {
          const next = objects.findIndex((other, later) => later > at && other.vin === each.vin);
          if (next < 0) continue;
          const isOneRow = rows[at] === rows[next];
          assert.equal(isOneRow, objects[next]?.owner === each.owner);
        }
      }
    }),
  );
});
