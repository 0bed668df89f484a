/**
 * Links between pages.
 * Owns: how a heading becomes an anchor, as GitHub does it. Never: follows a link out of the repository.
 */
import { posix } from 'node:path';
import type { Finding } from './finding.ts';
import { lineAt } from './finding.ts';
import type { TextFile } from './repository.ts';

const LINK = /\[[^\]\n]*\]\((?<target>[^()\s]+)\)/g;

export interface PageSet {
  readonly pages: readonly TextFile[];
  /** Whether a file or folder of the repository exists. */
  readonly exists: (path: string) => boolean;
}

/** Links to files that do not exist, and to headings that their page does not have. */
export function findDeadLinks({ pages, exists }: PageSet): readonly Finding[] {
  const anchors = new Map(pages.map(({ path, text }) => [path, anchorsOf(text)]));
  return pages.flatMap(({ path, text }) => {
    const prose = withoutCode(text);
    return [...prose.matchAll(LINK)].flatMap((match) => {
      const target = match.groups?.['target'] ?? '';
      if (/^[a-z][a-z+.-]*:/.test(target)) return [];
      const [file = '', anchor] = target.split('#');
      const to = file === '' ? path : posix.join(posix.dirname(path), file);
      const where = `${path}:${lineAt(prose, match.index)}`;
      if (!exists(to)) return [{ where, message: `${target} leads nowhere: there is no ${to}` }];
      if (anchor === undefined || anchors.get(to)?.has(anchor) !== false) return [];
      return [{ where, message: `${target} leads nowhere: ${to} has no heading #${anchor}` }];
    });
  });
}

function anchorsOf(text: string): ReadonlySet<string> {
  const headings = withoutCode(text, /^(```|~~~)[\s\S]*?^\1/gm).matchAll(/^#{1,6}\s+(.+)$/gm);
  return new Set([...headings].map((match) => anchorOf(match[1] ?? '')));
}

function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

function withoutCode(text: string, code: RegExp = /^(```|~~~)[\s\S]*?^\1|`[^`\n]+`/gm): string {
  return text.replaceAll(code, (block) => block.replaceAll(/[^\n]/g, ' '));
}
