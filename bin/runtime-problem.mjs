/**
 * Decides whether a Node.js can run Inlet's sources. Plain JavaScript, since an old Node has to understand it.
 */

/** The first release in which type stripping, by which the sources run unbuilt, is stable. */
const OLDEST = { major: 24, minor: 12 };

/**
 * @param {string} version Such as `20.20.2`, with or without a leading `v`.
 * @returns {string | undefined} What is wrong and how to mend it; undefined when nothing is.
 */
export function runtimeProblem(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return undefined;
  return [
    `Inlet needs Node.js ${OLDEST.major}.${OLDEST.minor} or newer; this is ${version}.`,
    'The project brings its own: run `npm ci` once, then `npm start`, or `npm run inlet -- <command>` for anything else.',
    'If that is what you ran, npm was told not to run install scripts: `npm rebuild node --ignore-scripts=false` mends it.',
  ].join('\n');
}
