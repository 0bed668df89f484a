/** One line per figure: what, measured, ceiling of the same run, ratio, target. */

export interface Figure {
  readonly what: string;
  readonly measured: number;
  readonly ceiling?: number;
  readonly unit: string;
  /** `measured / ceiling` (or `measured`, without a ceiling) should be at least, or at most, this. */
  readonly target?: { readonly atLeast: number } | { readonly atMost: number };
}

export function printFigure(figure: Figure): void {
  const { what, measured, ceiling, unit, target } = figure;
  const judged = ceiling === undefined ? measured : measured / ceiling;
  const beside = ceiling === undefined ? '' : `  beside ${readable(ceiling)}  ratio ${judged.toFixed(2)}`;
  console.log(`${what.padEnd(64)} ${readable(measured).padStart(10)} ${unit}${beside}${verdict(judged, target)}`);
}

function verdict(judged: number, target: Figure['target']): string {
  if (target === undefined) return '';
  if ('atLeast' in target)
    return `  (target ≥ ${readable(target.atLeast)}: ${judged >= target.atLeast ? 'met' : 'MISSED'})`;
  return `  (target ≤ ${readable(target.atMost)}: ${judged <= target.atMost ? 'met' : 'MISSED'})`;
}

function readable(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  return value >= 10 ? value.toFixed(1) : value.toFixed(3);
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The smallest value that at least `percent` of the values do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? NaN;
}
