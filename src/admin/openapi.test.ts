import { openTestApi } from '../../tests/support/http-api.ts';
import type { AnyJson } from '../../tests/support/http-api.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COLLECTION_PATHS } from './collection-operations.ts';

type Json = Record<string, AnyJson>;

const METHODS = new Set(['get', 'post', 'put', 'delete', 'patch', 'head']);

function operations(document: Json): { path: string; method: string; shared: Json[]; operation: Json }[] {
  return Object.entries(document['paths'] as Json).flatMap(([path, item]: [string, Json]) =>
    Object.entries(item)
      .filter(([method]) => METHODS.has(method))
      .map(([method, operation]) => ({ path, method, shared: item['parameters'] ?? [], operation })),
  );
}

/** What OpenAPI 3.1 demands of a document, as far as it can go wrong here. Returns the faults. */
function faultsOf(document: Json): string[] {
  const faults: string[] = [];
  if (!/^3\.1\.\d$/.test(document['openapi'])) faults.push('openapi must be 3.1');
  const ids = new Set<string>();
  for (const { path, method, shared, operation } of operations(document)) {
    const at = `${method} ${path}`;
    if (ids.has(operation['operationId']) || !operation['operationId']) faults.push(`${at}: operationId`);
    ids.add(operation['operationId']);
    if (Object.keys(operation['responses'] ?? {}).length === 0) faults.push(`${at}: responses`);
    for (const response of Object.values(operation['responses'] as Json)) {
      if (typeof response.description !== 'string') faults.push(`${at}: a response without description`);
    }
    const parameters: Json[] = [...shared, ...(operation['parameters'] ?? [])];
    const declared = parameters.filter((each) => each['in'] === 'path').map((each) => String(each['name']));
    const used = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => String(name));
    if (new Set([...declared, ...used]).size !== used.length || declared.length !== used.length) {
      faults.push(`${at}: path parameters ${declared.join()}`);
    }
    const schemes = (operation['security'] ?? []).flatMap((need: Json) => Object.keys(need));
    const unknown = schemes.filter((scheme: string) => document['components'].securitySchemes[scheme] === undefined);
    if (unknown.length > 0) faults.push(`${at}: security schemes ${unknown.join()}`);
  }
  for (const [, reference] of JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)) {
    const steps = String(reference).replace(/^#\//, '').split('/');
    if (steps.reduce<AnyJson>((value, step) => value?.[step], document) === undefined) faults.push(`$ref ${reference}`);
  }
  return faults;
}

test('the document is valid OpenAPI 3.1', async () => {
  await using api = await openTestApi();
  const { json } = await api.call('GET', '/openapi.json', { token: null });
  assert.deepEqual(faultsOf(json), []);
});

test('the checker catches planted faults', async () => {
  await using api = await openTestApi();
  const plant = async (change: (document: Json) => void): Promise<string[]> => {
    const { json } = await api.call('GET', '/openapi.json');
    change(json);
    return faultsOf(json);
  };
  const path = '/v1/workspaces/{munchkinId}/clients';
  assert.equal((await plant((document) => (document['openapi'] = '2.0'))).length, 1);
  assert.equal((await plant((document) => (document['paths'][path].get.parameters = []))).length, 1);
  assert.equal((await plant((document) => (document['paths'][path].get.operationId = 'createClient'))).length, 1);
  assert.ok((await plant((document) => delete document['components'].schemas)).length > 0);
});

test('every route stands in the document, and every operation has its route', async () => {
  await using api = await openTestApi();
  const { json } = await api.call('GET', '/openapi.json');
  const served = operations(json).filter(({ path }) => /^\/(v1|healthz|readyz|metrics|openapi)/.test(path));
  for (const { path, method } of served) {
    const url = path.replaceAll(/\{(\w+)\}/g, ':$1');
    assert.ok(api.app.hasRoute({ url, method: method.toUpperCase() as 'GET' }), `${method} ${path}`);
  }
  const printed = withoutDocsPage(api.app.printRoutes({ commonPrefix: false, includeMeta: false }));
  const routes = [...printed.matchAll(/\((?<methods>[A-Z, ]+)\)/g)].flatMap(
    ({ groups }) => groups?.['methods']?.split(', ') ?? [],
  );
  assert.equal(routes.filter((method) => method !== 'HEAD').length, served.length);
});

test('the readable page names no other host, and lets none in', async () => {
  await using api = await openTestApi();
  for (const file of ['', '/static/index.css', '/static/swagger-initializer.js']) {
    const answer = await api.call('GET', `/docs${file}`, { token: null });
    assert.equal(answer.status, 200, file);
    assert.doesNotMatch(answer.text, /(?:src|href|url)\s*[=:(]\s*["']?(?:https?:)?\/\//u, file);
  }
  const { headers } = await api.call('GET', '/docs/static/index.html', { token: null });
  assert.match(String(headers['content-security-policy']), /^default-src 'self';/u);
  assert.doesNotMatch(String(headers['content-security-policy']), /https?:|swagger\.io|upgrade-insecure-requests/u);
});

test('a path that climbs out of the page is answered with 404 and is no fault of the server', async () => {
  await using api = await openTestApi();
  for (const path of ['/docs/static/%2e%2e/%2e%2e/package.json', '/docs/static/%00'])
    assert.equal((await api.call('GET', path, { token: null })).json.code, 'not-found', path);
  assert.deepEqual(
    api.told.filter(({ event }) => event === 'internalFault'),
    [],
  );
});

test('the operations that take data in are described too', async () => {
  await using api = await openTestApi();
  const { json } = await api.call('GET', '/openapi.json');
  for (const [path, item] of Object.entries(COLLECTION_PATHS)) assert.deepEqual(json.paths[path], item, path);
});

/** The printed tree of routes, less the branch of the page that shows the document and is not part of it. */
function withoutDocsPage(tree: string): string {
  const branches = tree.split(/^(?=[├└])/mu);
  return branches.filter((branch) => !/^[├└]── \/?docs/u.test(branch)).join('');
}
