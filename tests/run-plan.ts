/**
 * What a test run needs and which files it runs.
 * Owns: the table of Debian packages. Never: installs or runs anything.
 */

/** A program that some suites need and that npm cannot bring. */
export interface SystemPackage {
  /** Debian's name. */
  readonly name: string;
  /** What it puts on the path. */
  readonly command: string;
  /** Beginnings of the paths of the suites that need it; they skip themselves, with the reason, where it is missing. */
  readonly suites: readonly string[];
}

export const SYSTEM_PACKAGES: readonly SystemPackage[] = [
  { name: 'curl', command: 'curl', suites: ['tests/e2e/first-start', 'tests/e2e/postback'] },
  { name: 'zsh', command: 'zsh', suites: ['tests/e2e/first-start', 'src/cli/banner'] },
  { name: 'strace', command: 'strace', suites: ['src/engines/sqlite/intake-faults', 'tests/crash/'] },
  { name: 'chromium', command: 'chromium', suites: ['tests/clients/td-js-sdk/'] },
  { name: 'firefox-esr', command: 'firefox-esr', suites: ['tests/clients/td-js-sdk/'] },
  { name: 'openssl', command: 'openssl', suites: ['tests/clients/td-js-sdk/', 'src/tls-files'] },
  { name: 'prometheus', command: 'promtool', suites: ['tests/clients/prometheus/'] },
  { name: 'python3-venv', command: 'python3', suites: ['tests/clients/python/'] },
];

/** Suites that run Python clients: they find them in this environment, made from its requirements.txt. */
export const PYTHON = {
  suites: 'tests/clients/python/',
  requirements: 'tests/clients/python/requirements.txt',
  environment: 'node_modules/.cache/python',
} as const;

/** Suites that send traces to another maker's receiver: they find it in this folder, made from its manifest and lock. */
export const OTLP_RECEIVER = {
  suites: 'tests/clients/otlp/',
  manifests: 'tests/clients/otlp/receiver',
  folder: 'node_modules/.cache/otlp-receiver',
} as const;

/** Where test files lie. */
export const TEST_FILES: readonly string[] = ['src/**/*.test.ts', 'tests/**/*.test.ts', 'bin/**/*.test.mjs'];

export interface RunRequest {
  /** What follows `npm test --`: files, folders and beginnings of paths; flags are node's. */
  readonly args: readonly string[];
  /** All test files there are, relative to the root. */
  readonly files: readonly string[];
  readonly isInstalled: (command: string) => boolean;
}

export interface RunPlan {
  readonly files: readonly string[];
  readonly flags: readonly string[];
  /** Needed by the chosen files, and not there. */
  readonly missingPackages: readonly SystemPackage[];
  readonly needsPython: boolean;
  readonly needsOtlpReceiver: boolean;
}

export function planRun({ args, files, isInstalled }: RunRequest): RunPlan {
  const flags = args.filter((arg) => arg.startsWith('-'));
  const filters = args.filter((arg) => !arg.startsWith('-')).map((filter) => filter.replace(/^\.\//, ''));
  const chosen =
    filters.length === 0 ? files : files.filter((file) => filters.some((filter) => file.startsWith(filter)));
  const missingPackages = SYSTEM_PACKAGES.filter(
    ({ command, suites }) =>
      chosen.some((file) => suites.some((suite) => file.startsWith(suite))) && !isInstalled(command),
  );
  const needsPython = chosen.some((file) => file.startsWith(PYTHON.suites));
  const needsOtlpReceiver = chosen.some((file) => file.startsWith(OTLP_RECEIVER.suites));
  return { files: chosen, flags, missingPackages, needsPython, needsOtlpReceiver };
}
