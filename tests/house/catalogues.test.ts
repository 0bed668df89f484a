import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPTION_LIST } from '#config/options.ts';
import { PROBLEMS } from '#protocols/api/problems.ts';
import { INGESTION_ERRORS } from '#protocols/ingestion/errors.ts';
import { REST_ERRORS } from '#protocols/marketo-rest/errors.ts';
import { POSTBACK_ERRORS } from '#protocols/postback/errors.ts';
import { TD_ERRORS } from '#protocols/td-rest/errors.ts';
import { METRICS } from '#telemetry/metrics.ts';
import { compareCatalogue, documentedNames } from './catalogues.ts';
import { assertClean } from './finding.ts';
import { exists, readFiles } from './repository.ts';

const PAGE = '| option | meaning |\n| --- | --- |\n| `--data` | where `--x` lies |\n| `--port` | port |\n';

function complaints(names: readonly string[], pageText: string = PAGE): readonly string[] {
  const comparison = { source: 'options.ts', names, page: 'options.md', pageText, form: /^--/ };
  return compareCatalogue(comparison).map(({ message }) => message);
}

test('names are read from first cells alone', () => {
  assert.deepEqual(documentedNames(PAGE), ['--data', '--port']);
});

test('a page that tells all and nothing else is clean', () => {
  assert.deepEqual(complaints(['--port', '--data']), []);
});

test('a planted gap, invention and double are found', () => {
  assert.match(complaints(['--data', '--port', '--host']).join(), /^--host of options.ts is missing/);
  assert.match(complaints(['--data']).join(), /^--port is not in options.ts/);
  assert.match(complaints(['--data', '--data', '--port']).join(), /^--data stands there twice/);
  assert.match(complaints(['--data', '--port'], PAGE + PAGE).join(), /^--data stands there twice/);
});

test('a table of other things is left alone', () => {
  assert.deepEqual(complaints(['--data', '--port'], `${PAGE}\n| \`name\` | another table |\n`), []);
});

interface Catalogue {
  readonly source: string;
  readonly names: readonly string[];
  readonly page: string;
  readonly form: RegExp;
}

const CATALOGUES: readonly Catalogue[] = [
  {
    source: 'src/config/options.ts',
    names: OPTION_LIST.map(({ flag }) => `--${flag}`),
    page: 'docs/reference/options.md',
    form: /^--/,
  },
  {
    source: 'src/protocols/ingestion/errors.ts',
    names: Object.keys(INGESTION_ERRORS),
    page: 'docs/reference/errors.md',
    form: /^\d{6,7}$/,
  },
  {
    source: 'src/protocols/postback/errors.ts',
    names: Object.keys(POSTBACK_ERRORS),
    page: 'docs/reference/errors.md',
    form: /^[A-Z][A-Za-z]+$/,
  },
  {
    source: 'src/protocols/marketo-rest/errors.ts',
    names: Object.keys(REST_ERRORS),
    page: 'docs/reference/errors.md',
    form: /^\d{3,4}$/,
  },
  {
    source: 'src/protocols/td-rest/errors.ts',
    names: Object.keys(TD_ERRORS),
    page: 'docs/reference/errors.md',
    form: /^td-\d{3}$/,
  },
  {
    source: 'src/protocols/api/problems.ts',
    names: Object.keys(PROBLEMS),
    page: 'docs/specs/admin.md',
    form: /^(?:[a-z]+(?:-[a-z]+)+|internal|unavailable)$/,
  },
  {
    source: 'src/telemetry/metrics.ts',
    names: Object.keys(METRICS),
    page: 'docs/reference/metrics.md',
    form: /^inlet_/,
  },
];

for (const catalogue of CATALOGUES) {
  const { source, page, names } = catalogue;
  const skip = !exists(page) && `there is no ${page}`;
  test(`${page} tells exactly what ${source} holds`, { skip }, () => {
    assert.ok(names.length > 0, 'the catalogue was read');
    assertClean(compareCatalogue({ ...catalogue, pageText: readFiles(page)[0]?.text ?? '' }));
  });
}
