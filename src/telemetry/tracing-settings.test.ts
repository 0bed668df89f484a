import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readTracingSettings } from './tracing-settings.ts';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

describe('whether traces are exported', () => {
  test('no endpoint, no tracing', () => {
    assert.deepEqual(readTracingSettings({}), { problems: [] });
    assert.deepEqual(readTracingSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: ' ', OTEL_TRACES_SAMPLER: 'always_on' }), {
      problems: [],
    });
  });

  test('it can be turned off where an endpoint is named', () => {
    for (const off of [
      { OTEL_SDK_DISABLED: 'true' },
      { OTEL_SDK_DISABLED: 'TRUE' },
      { OTEL_TRACES_EXPORTER: 'none' },
    ]) {
      assert.deepEqual(readTracingSettings({ ...ENDPOINT, ...off }), { problems: [] });
    }
    assert.ok(readTracingSettings({ ...ENDPOINT, OTEL_SDK_DISABLED: 'false' }).settings);
  });

  test('the standard holds where nothing else is said', () => {
    assert.deepEqual(readTracingSettings(ENDPOINT), {
      problems: [],
      settings: {
        url: 'http://127.0.0.1:4318/v1/traces',
        sampler: 'parentbased_always_on',
        ratio: 1,
        maxQueuedSpans: 2048,
        maxSpansPerExport: 512,
        exportDelayMs: 5000,
      },
    });
  });

  test('the endpoint of traces goes before the common one, and is taken as it is', () => {
    const url = (environment: Record<string, string>): string | undefined =>
      readTracingSettings(environment).settings?.url;
    assert.equal(url({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://x.example/otlp/' }), 'https://x.example/otlp/v1/traces');
    const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://y.example/own' };
    assert.equal(url(own), 'https://y.example/own');
    assert.equal(url({ ...ENDPOINT, ...own }), 'https://y.example/own');
  });
});

describe('what is said wrongly', () => {
  test('an endpoint that is no URL turns tracing off, and is not repeated', () => {
    for (const endpoint of ['user:hunter2@host:4318', 'localhost:4318', 'grpc://x']) {
      const { settings, problems } = readTracingSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
      assert.equal(settings, undefined, endpoint);
      assert.match(problems.join(), /^OTEL_EXPORTER_OTLP_ENDPOINT is no URL of http or https, such as/);
      assert.doesNotMatch(problems.join(), /hunter2/);
    }
  });

  test('any other value is replaced by the standard, with a word to the operator', () => {
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ['OTEL_TRACES_SAMPLER', 'sometimes', /none of always_on, .*; parentbased_always_on holds/],
      ['OTEL_TRACES_SAMPLER_ARG', '1.5', /from 0 to 1; 1 holds/],
      ['OTEL_BSP_MAX_QUEUE_SIZE', '1000000', /from 1 to 32768; 2048 holds/],
      ['OTEL_BSP_SCHEDULE_DELAY', 'soon', /from 1 to 60000; 5000 holds/],
      ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', /http\/protobuf alone/],
    ];
    const standard = readTracingSettings(ENDPOINT).settings;
    for (const [name, value, said] of cases) {
      const { settings, problems } = readTracingSettings({ ...ENDPOINT, [name]: value });
      assert.deepEqual(settings, standard, name);
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', said);
    }
  });

  test('an export is never larger than the queue', () => {
    const { settings } = readTracingSettings({ ...ENDPOINT, OTEL_BSP_MAX_QUEUE_SIZE: '10' });
    assert.equal(settings?.maxSpansPerExport, 10);
  });
});
