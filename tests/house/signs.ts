/**
 * Each room's main file opens with a sign: what the room does, what it owns, what it never does.
 * Owns: how a main file is told, and what a port file may hold. Never: reads a file.
 */
import { basename } from 'node:path/posix';
import type { Finding } from './finding.ts';
import { lineAt } from './finding.ts';
import { isTest } from './repository.ts';
import type { TextFile } from './repository.ts';
import { codeOnly } from './source-text.ts';

// Each port is its own main file: the law stands above each method there.
const ROOM = /^src\/(?!ports\/)(?:(?:engines|protocols)\/[^/]+|[^/]+)(?=\/)/;

/** Rooms in which no file, or not the one named after the room, carries a sign. */
export function findMissingSigns(files: readonly TextFile[]): readonly Finding[] {
  const rooms = Map.groupBy(
    files.filter(({ path }) => !isTest(path) && ROOM.test(path)),
    ({ path }) => ROOM.exec(path)?.[0] ?? '',
  );
  return [...rooms]
    .filter(([room, members]) => !mainFiles(room, members).some(({ text }) => hasSign(text)))
    .map(([room]) => ({
      where: room,
      message: 'no main file opens with a doc comment: what it does. "Owns: …" "Never: …"',
    }));
}

function mainFiles(room: string, members: readonly TextFile[]): readonly TextFile[] {
  const named = members.filter(({ path }) => path === `${room}/${basename(room)}.ts`);
  return named.length > 0 ? named : members;
}

function hasSign(text: string): boolean {
  const sign = /^\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? '';
  return /\bOwns\b/.test(sign) && /\bNever\b/.test(sign);
}

const CODE_IN_PORT =
  /^export\s+(?:async\s+|abstract\s+)?(?:const|let|function|enum|class(?!\s+\w+\s+extends\s+Error\b))/gm;

/** Anything in a port but types and the errors that its laws name. */
export function findCodeInPorts(files: readonly TextFile[]): readonly Finding[] {
  return files
    .filter(({ path }) => path.startsWith('src/ports/') && !isTest(path))
    .flatMap(({ path, text }) =>
      [...codeOnly(text).matchAll(CODE_IN_PORT)].map((match) => ({
        where: `${path}:${lineAt(text, match.index)}`,
        message: 'a port holds interfaces and error classes alone: decisions belong to model, actions to an engine',
      })),
    );
}
