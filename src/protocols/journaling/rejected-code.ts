/** Codes of refusals as metrics events name them. */

/** The stream's samples name the limits as the REST API does; other codes are those of the answers. */
const SAMPLED: Readonly<Record<string, string>> = { '429001': '606', '4290801': '607' };

export function rejectedCode(code: string): string {
  return SAMPLED[code] ?? code;
}
