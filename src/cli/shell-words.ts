/** Quotes a word so that bash, zsh and plain sh take every character of it literally. */
export function shellQuoted(word: string): string {
  if (/^[\w@%+:,./-]+$/u.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
