/**
 * Tells code, comments and literals of a source apart, as far as house rules need it.
 * Owns: the pattern of a token. Never: parses; a literal nested in a template may count as code.
 */

const TOKEN =
  /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<literal>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<=[=(,:!&|?{};[]\s*|return )\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*)/g;

/** The text with comments and the insides of literals blanked; every other character keeps its place. */
export function codeOnly(text: string): string {
  return text.replace(TOKEN, blank);
}

// What import paths are read from.
function withoutComments(text: string): string {
  return text.replace(TOKEN, (token) => (/^\/[/*]/.test(token) ? blank(token) : token));
}

/** Everything but comments blanked. */
export function commentsOnly(text: string): string {
  let comments = '';
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.groups?.['comment'] === undefined) continue;
    comments += blank(text.slice(end, match.index)) + match[0];
    end = match.index + match[0].length;
  }
  return comments + blank(text.slice(end));
}

function blank(token: string): string {
  return token.replaceAll(/[^\n]/g, ' ');
}

export interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly line: number;
}

const IMPORT =
  /^[ \t]*(?:import|export)\s+(?<type>type\s)?[^;'"]*?\bfrom\s*'(?<from>[^']+)'|^[ \t]*import\s*'(?<bare>[^']+)'|\bimport\(\s*'(?<dynamic>[^']+)'/gm;

/** What a source imports or re-exports, in order. */
export function importsOf(text: string): readonly Import[] {
  const code = withoutComments(text);
  return [...code.matchAll(IMPORT)].map((match) => {
    const { type, from, bare, dynamic } = match.groups ?? {};
    const line = code.slice(0, match.index).split('\n').length;
    return { specifier: from ?? bare ?? dynamic ?? '', typeOnly: type !== undefined, line };
  });
}
