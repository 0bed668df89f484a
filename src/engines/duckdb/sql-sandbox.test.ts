import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { EXPRESSION_FUNCTIONS, TABLE_FUNCTIONS } from './sql-functions.ts';
import { GUARD_MACROS } from './sql-guards.ts';
import { openSqlFixture } from './sql-runner.fixture.ts';
import { TD_MACROS } from './sql-td-functions.ts';
import { inspectStatement } from './sql-sandbox.ts';

suite('the sandbox fails closed', () => {
  const visible = { catalog: 'db', views: new Set(['main.persons']) };
  const constant = { class: 'CONSTANT', type: 'VALUE_CONSTANT', value: { type: { id: 'INTEGER' }, value: 1 } };
  const select = (parts: object): { node: object } => ({
    node: { type: 'SELECT_NODE', select_list: [constant], from_table: { type: 'EMPTY' }, ...parts },
  });
  const refuses = (statement: { node: object }): void => {
    assert.throws(() => inspectStatement(statement, visible), { reason: 'refused' });
  };

  test('a known tree passes, so that the refusals below mean something', () => {
    assert.deepEqual(inspectStatement(select({}), visible), { guarded: new Set(), unqualified: new Set() });
    inspectStatement(select({ from_table: { type: 'BASE_TABLE', table_name: 'PERSONS' } }), visible);
  });

  test('unknown nodes, expressions, types and names are refused wherever they stand', () => {
    const name = fc.stringMatching(/^[A-Z]{3,12}_NEW$/);
    const member = fc.stringMatching(/^[a-z_]{1,10}$/);
    const bad = fc.oneof(
      name.map((type) => ({ type })),
      name.map((kind) => ({ class: kind, type: kind })),
      name.map((id) => ({ id })),
      name.map((table) => ({ type: 'BASE_TABLE', table_name: table })),
      name.map((called) => ({ class: 'FUNCTION', type: 'FUNCTION', function_name: called })),
      name.map((called) => ({ type: 'TABLE_FUNCTION', function: { class: 'FUNCTION', function_name: called } })),
    );
    fc.assert(
      fc.property(bad, fc.array(member, { minLength: 1, maxLength: 4 }), (node, path) => {
        const buried = path.reduce<object>((inner, key) => ({ [`x_${key}`]: [inner] }), node);
        refuses(select(buried));
      }),
    );
  });
});

suite('the allow-lists', () => {
  // The parser makes these of operators and keywords; they are no functions of the catalogue.
  const keywords = new Set(['->', 'coalesce', 'if', 'ifnull', 'grouping', 'grouping_id', 'unnest']);
  const harmful =
    /^(read_|pragma_|duckdb_|pg_sleep|sleep|write_|enable_|disable_|sniff|glob|query|nextval|currval|set(seed|_config)|getenv|getvariable|current_setting|checkpoint|force_|copy|import|export|parquet|json_(de)?serialize|json_execute)/;

  test('hold functions of the engine alone, and none that reaches further than its arguments', async () => {
    await using fixture = await openSqlFixture();
    const connection = await fixture.connect();
    const result = await connection.run('select distinct lower(function_name) from duckdb_functions()');
    const known = new Set((await result.getRows()).map(String));
    connection.closeSync();
    assert.ok(harmful.test('read_csv') && known.has('read_csv'), 'both checks can fail');
    for (const name of [...EXPRESSION_FUNCTIONS, ...TABLE_FUNCTIONS]) {
      assert.ok(known.has(name) || keywords.has(name) || TD_MACROS.has(name), `the engine has no function ${name}`);
      assert.ok(!harmful.test(name), name);
    }
  });

  test('every guard stands before a function that may be called', () => {
    for (const name of GUARD_MACROS.keys()) assert.ok(EXPRESSION_FUNCTIONS.has(name), name);
    const call = { class: 'FUNCTION', type: 'FUNCTION', function_name: 'REPEAT' };
    assert.deepEqual([...inspectStatement(call, { catalog: '', views: new Set() }).guarded], ['repeat']);
  });
});
