/** How a row of the catalogue becomes a metric of prom-client. */
import type { Registry } from 'prom-client';

interface Shape {
  readonly labels: readonly string[];
  readonly help: string;
  readonly measures?: keyof typeof BUCKETS;
}

/** Seconds go from a tenth of a millisecond, a disk's own time, to the longest that anything may take. */
const BUCKETS: Readonly<Record<'seconds' | 'objects', number[]>> = {
  seconds: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
  objects: [1, 10, 100, 1000, 10_000, 100_000, 1_000_000],
};

interface MetricOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly registers: Registry[];
}

export function metricOptions(name: string, { help, labels }: Shape, registry: Registry): MetricOptions {
  return { name, help, labelNames: labels, registers: [registry] };
}

export function histogramOptions(
  name: string,
  shape: Shape,
  registry: Registry,
): MetricOptions & { readonly buckets: number[] } {
  return { ...metricOptions(name, shape, registry), buckets: BUCKETS[shape.measures ?? 'seconds'] };
}

/** The metric of this name, made at its first use. */
export function made<Metric>(metrics: Map<string, Metric>, name: string, make: () => Metric): Metric {
  const known = metrics.get(name);
  if (known !== undefined) return known;
  const metric = make();
  metrics.set(name, metric);
  return metric;
}
