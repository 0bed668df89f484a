/**
 * Joins the Prometheus texts of several processes into one, in which each metric stands once.
 * A scraper refuses a text that describes a metric twice, and both processes count their memory under the same names.
 */
export function joinExpositions(texts: readonly string[]): string {
  const families = new Map<string, string[]>();
  for (const text of texts) addFamilies(families, text);
  return [...families.values()].map((lines) => `${lines.join('\n')}\n`).join('\n');
}

// A family begins at its HELP line; the first text's HELP and TYPE stand for all.
function addFamilies(families: Map<string, string[]>, text: string): void {
  let lines: string[] = [];
  let known = false;
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const name = /^# HELP (?<name>\S+)/u.exec(line)?.groups?.['name'];
    if (name !== undefined) {
      known = families.has(name);
      lines = families.get(name) ?? [];
      families.set(name, lines);
    }
    if (!known || !line.startsWith('#')) lines.push(line);
  }
}
