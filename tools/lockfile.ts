/**
 * Reads a lockfile for platform packages that it names but has no entry for.
 * Owns: how a platform package's name tells its platform. Never: touches a file or the network.
 */

/** The members of an npm lockfile (version 3) that matter here. */
export interface Lockfile {
  packages: Record<string, LockedPackage>;
}

export interface LockedPackage {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const OPERATING_SYSTEMS = new Set(['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']);
const PROCESSORS = new Set(['arm', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64']);
const C_LIBRARIES = new Map([
  ['gnu', 'glibc'],
  ['gnueabihf', 'glibc'],
  ['musl', 'musl'],
  ['musleabihf', 'musl'],
]);

/**
 * Entries for the optional packages that others depend on at an exact version and that the lock lacks, by path.
 * Throws for one whose name tells no platform: npm would install it everywhere, so that a person has to look.
 */
export function missingPlatformEntries(lock: Lockfile): Record<string, LockedPackage> {
  const missing: Record<string, LockedPackage> = {};
  for (const parent of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`;
      if (path in lock.packages || !isExact(version)) continue;
      missing[path] = platformEntry(name, version, parent.dev === true);
    }
  }
  return missing;
}

function isExact(version: string): boolean {
  return /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version);
}

function platformEntry(name: string, version: string, dev: boolean): LockedPackage {
  const words = name.split(/[/-]/);
  const os = words.find((word) => OPERATING_SYSTEMS.has(word));
  const cpu = words.find((word) => PROCESSORS.has(word));
  const libc = words.map((word) => C_LIBRARIES.get(word)).find((library) => library !== undefined);
  if (os === undefined || cpu === undefined) {
    throw new Error(`the lockfile lacks ${name}@${version}, and its name tells no platform: run npm install again`);
  }
  return {
    version,
    cpu: [cpu],
    ...(dev && { dev }),
    ...(os === 'linux' && libc !== undefined && { libc: [libc] }),
    optional: true,
    os: [os],
  };
}

/** The lock with `entries` in the order in which npm writes them. */
export function withEntries(lock: Lockfile, entries: Record<string, LockedPackage>): Lockfile {
  const all = Object.entries({ ...lock.packages, ...entries });
  return { ...lock, packages: Object.fromEntries(all.toSorted(([one], [other]) => one.localeCompare(other, 'en'))) };
}
