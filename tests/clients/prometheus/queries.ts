/**
 * What queries of the dashboard and of the rules ask for, against what the server counts.
 * Owns: how names and labels stand in PromQL. Never: parses PromQL; promtool does.
 */
import { readFileSync } from 'node:fs';
import { METRICS } from '#telemetry/metrics.ts';

const DASHBOARD = 'docs/observability/dashboard.json';
export const RULES = 'docs/observability/rules.yml';

/** Labels that are not in the catalogue: the registry's, and those of a histogram's buckets. */
const COMMON_LABELS = ['process', 'le'];

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }[];
}

export interface Query {
  /** The panel or rule that asks. */
  readonly where: string;
  readonly expr: string;
  /** Labels that its legend or its texts show. */
  readonly shown: readonly string[];
}

export function dashboardQueries(text: string = readFileSync(DASHBOARD, 'utf8')): readonly Query[] {
  return (JSON.parse(text) as Dashboard).panels.flatMap(({ title, targets }) =>
    targets.map(({ expr, legendFormat }) => ({
      where: title,
      expr,
      shown: [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map((found) => found[1] as string),
    })),
  );
}

/** The rules file is flat: a rule begins with its name, and its expression stands in one line. */
export function ruleQueries(text: string = readFileSync(RULES, 'utf8')): readonly Query[] {
  const rules = text.split(/^\s+- (?:alert|record): /m).slice(1);
  return rules.map((rule) => ({
    where: rule.split('\n', 1)[0] as string,
    expr: /^\s+expr: (.+)$/m.exec(rule)?.[1] ?? '',
    shown: [...rule.matchAll(/\$labels\.(\w+)/g)].map((found) => found[1] as string),
  }));
}

/** Metrics and labels that a query names and that no metric of the server has; `others` are names beside the catalogue. */
export function unknownIn({ where, expr, shown }: Query, others: ReadonlySet<string>): readonly string[] {
  const names = [...new Set(expr.match(/\b(?:inlet|process|nodejs)_\w+/g))];
  const known = new Set(COMMON_LABELS);
  const faults = names.length === 0 ? [`${where}: asks for nothing`] : [];
  for (const name of names) {
    const shape = shapeOf(name);
    if (shape === undefined && !others.has(name)) faults.push(`${where}: no metric is called ${name}`);
    for (const label of shape?.labels ?? []) known.add(label);
  }
  const labels = [...labelsIn(expr), ...shown].filter((label) => !known.has(label));
  return [...faults, ...labels.map((label) => `${where}: none of its metrics has the label ${label}`)];
}

interface Shape {
  readonly type: string;
  readonly labels: readonly string[];
}

function shapeOf(name: string): Shape | undefined {
  const catalogue: Readonly<Record<string, Shape>> = METRICS;
  const part = /^(.+)_(?:bucket|sum|count)$/.exec(name)?.[1];
  const whole = part === undefined ? undefined : catalogue[part];
  const shape = catalogue[name];
  // A histogram is asked for by its parts alone.
  if (shape !== undefined) return shape.type === 'histogram' ? undefined : shape;
  return whole?.type === 'histogram' ? whole : undefined;
}

function labelsIn(expr: string): readonly string[] {
  const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap((found) => (found[1] as string).split(/,\s*/));
  const matched = [...expr.matchAll(/[{,]\s*(\w+)\s*(?:=~|!=|!~|=)/g)].map((found) => found[1] as string);
  return [...grouped, ...matched];
}

/** As Prometheus gets it: what Grafana fills in is filled in. */
export function filledIn(expr: string): string {
  return expr.replaceAll('$__rate_interval', '5m').replaceAll('$workspace', '.*');
}
