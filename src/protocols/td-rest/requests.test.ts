import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { findTdCall, tdTarget } from './find-call.ts';
import { readParameters } from './parameters.ts';

suite('targets', () => {
  test('name a call and what stands in its path, decoded', () => {
    const { name, path, query } = findTdCall('/v3/table/import_with_id/web/clicks/a%2Fb/msgpack.gz?x=1', 'PUT');
    assert.equal(name, 'importRecordsOnce');
    assert.deepEqual(path, { database: 'web', table: 'clicks', uniqueId: 'a/b', format: 'msgpack.gz' });
    assert.equal(query.get('x'), '1');
  });

  test('may have slashes too many, as clients send them, and an origin', () => {
    for (const target of ['/v3/job/list/', '//v3//job/list', 'http://h:1/v3/job/list?from=0']) {
      assert.equal(findTdCall(target, 'GET').name, 'listJobs');
    }
    assert.equal(tdTarget('//v3/job/list'), '/v3/job/list');
    assert.equal(tdTarget('//v1/workspaces'), '//v1/workspaces');
  });

  test('that are no call are 404, and those of another method 405', () => {
    for (const target of ['/v3/', '/v3/job', '/v3/job/list/all', '/v3/job/show/%ff', '/v3/table/list']) {
      assert.throws(() => findTdCall(target, 'GET'), { code: 'td-404' }, target);
    }
    assert.throws(() => findTdCall('/v3/job/kill/1', 'GET'), { code: 'td-405', message: /send POST/ });
  });
});

suite('parameters', () => {
  const read = (text: string, contentType?: string, query = 'a=query&b=query'): ReturnType<typeof readParameters> =>
    readParameters(new URLSearchParams(query), { bytes: Buffer.from(text), contentType });

  test('come from the query, a form, a multipart form or JSON; the body goes before', () => {
    const multipart =
      '--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\nselect 1\r\n-- é\r\n--xyz\r\n' +
      'Content-Disposition: form-data; name="priority"\r\n\r\n0\r\n--xyz--\r\n';
    const bodies: readonly (readonly [text: string, type: string | undefined, a: string])[] = [
      ['', undefined, 'query'],
      ['a=form+1', 'application/x-www-form-urlencoded', 'form 1'],
      ['a=form', undefined, 'form'],
      ['{"a":"json","b":null}', 'application/json; charset=utf-8', 'json'],
      ['{"a":12345678901234567890}', 'application/json', '12345678901234567890'],
      [multipart, 'multipart/form-data; boundary=xyz', 'select 1\r\n-- é'],
    ];
    for (const [text, type, a] of bodies) {
      const parameters = read(text, type);
      assert.equal(parameters.text('a'), a);
      assert.equal(parameters.text('b'), 'query');
    }
  });

  test('that cannot be read are refused', () => {
    assert.throws(() => read('[1]', 'application/json'), { code: 'td-400' });
    assert.throws(() => read('{', 'application/json'), { code: 'td-400' });
    assert.throws(() => readParameters(new URLSearchParams(), { bytes: Buffer.from([255]), contentType: undefined }), {
      code: 'td-400',
    });
    assert.throws(() => read('', undefined, 'n=-1').count('n'), { code: 'td-422' });
    assert.equal(read('', undefined, 'n=12').count('n'), 12);
    assert.equal(read('', undefined, 'n=').count('n'), undefined);
  });
});
