/**
 * Who may import whom.
 * Owns: the table of rooms. Never: reads a file; it judges the text that it is given.
 */
import { posix } from 'node:path';
import type { Finding } from './finding.ts';
import { isTest } from './repository.ts';
import type { TextFile } from './repository.ts';
import { importsOf } from './source-text.ts';
import type { Import } from './source-text.ts';

const SERVING = ['protocols', 'model', 'ports', 'kit', 'telemetry'];

/** Room → rooms that it may enter besides itself. `*` stands for every room. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  kit: [],
  model: ['kit'],
  ports: ['model', 'kit'],
  protocols: ['model', 'kit'],
  config: ['kit', 'model'],
  telemetry: ['kit', 'model'],
  gateway: SERVING,
  applier: SERVING,
  query: SERVING,
  admin: SERVING,
  rest: SERVING,
  journal: SERVING,
  retention: SERVING,
  'td-rest': SERVING,
  webhooks: SERVING,
  engines: ['ports', 'model', 'kit'],
  cli: ['config', 'kit', 'model'],
  compose: ['*'],
  main: ['compose', 'cli', 'config', 'telemetry', 'model', 'kit'],
};

// Decisions are functions of their arguments: these rooms reach for nothing outside the process.
const PURE_ROOMS = new Set(['kit', 'model', 'ports', 'protocols', 'applier']);
const OUTSIDE =
  /^node:(fs|fs\/promises|http|https|http2|net|tls|dgram|dns|dns\/promises|child_process|worker_threads|cluster|sqlite|timers|timers\/promises)$/;

interface Place {
  readonly room: string;
  /** For an engine its folder, such as `engines/sqlite`. */
  readonly folder: string;
}

/** All imports that open a door which is not in the table. */
export function findWrongDoors(files: readonly TextFile[]): readonly Finding[] {
  return files.flatMap((file) => importsOf(file.text).flatMap((entry) => judge(file, entry)));
}

function judge(file: TextFile, entry: Import): readonly Finding[] {
  const where = `${file.path}:${entry.line}`;
  const from = placeOf(file.path);
  const message = entry.specifier.startsWith('node:')
    ? platformFault(file.path, from, entry)
    : doorFault(file.path, from, entry);
  return message === undefined ? [] : [{ where, message }];
}

function platformFault(path: string, from: Place, { specifier, typeOnly }: Import): string | undefined {
  if (typeOnly || isTest(path) || !PURE_ROOMS.has(from.room) || !OUTSIDE.test(specifier)) return undefined;
  return `${from.room} is pure and does not use ${specifier}: take what it gives as an argument, through a port`;
}

function doorFault(path: string, from: Place, { specifier, typeOnly }: Import): string | undefined {
  const target = resolve(path, specifier);
  if (target === undefined) return undefined;
  if (!target.startsWith('src/')) {
    // The version stands in package.json alone.
    const isVersion = !isRoom(from.room) && target === 'package.json';
    return isTest(path) || isVersion ? undefined : `${specifier} lies outside src: only tests may look there`;
  }
  const to = placeOf(target);
  if (specifier.startsWith('../')) return `leave a folder by its name: #${target.slice('src/'.length)}`;
  if (specifier.startsWith('./') && from.room !== to.room && isRoom(from.room)) {
    return `./ stays in its room: #${target.slice('src/'.length)}`;
  }
  if (from.room === 'engines' && to.room === 'engines' && from.folder !== to.folder) {
    return isTest(path) && to.folder === 'engines/memory'
      ? undefined
      : `${from.folder} does not know ${to.folder}: ` + 'what both need is a port, or belongs to model or kit';
  }
  if (!mayEnter(path, from, to)) return closedDoor(from, to);
  return from.room === 'ports' && !typeOnly ? 'ports import types alone: write import type' : undefined;
}

function mayEnter(path: string, from: Place, to: Place): boolean {
  if (from.room === to.room) return true;
  // The in-memory engine is what the tests of any room may stand on.
  if (isTest(path) && to.folder === 'engines/memory') return true;
  const doors = DOORS[from.room] ?? [];
  return doors.includes('*') || doors.includes(to.room);
}

function closedDoor(from: Place, to: Place): string {
  const doors = DOORS[from.room];
  if (doors === undefined)
    return `${from.room} is not in the table of rooms: add it to tests/house/rooms.ts, with reason`;
  const open = doors.length === 0 ? 'nothing of ours' : doors.join(', ');
  return `${from.room} may enter ${open}, not ${to.room}: take what is needed as an argument, or move it to a room below both`;
}

/** Path of the imported file from the root; undefined for packages and the platform. */
function resolve(importer: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return `src/${specifier.slice(1)}`;
  if (specifier.startsWith('.')) return posix.join(posix.dirname(importer), specifier);
  return undefined;
}

function placeOf(path: string): Place {
  const [, room = '', sub = ''] = path.split('/');
  if (room.endsWith('.ts')) return rootPlace(room);
  return { room, folder: room === 'engines' ? `engines/${sub}` : room };
}

// The composition puts the rooms together and knows them all; main only hands it to the command line.
const COMPOSITION = /^(?:compose[\w-]*|listen|store-process|data-files)\.ts$/;

function rootPlace(file: string): Place {
  const room = COMPOSITION.test(file) ? 'compose' : 'main';
  return { room, folder: room };
}

function isRoom(room: string): boolean {
  return room !== 'compose' && room !== 'main';
}
