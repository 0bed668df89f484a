/**
 * Answers to the script tags and calls of td-js-sdk 1 to 4 (the records endpoint has its own).
 * Owns: their words, and which callbacks may be called. Never: decides what is answered.
 */
import type { Answer } from '#protocols/answer.ts';

const CALLBACK = /^[A-Za-z_$][\w$.]{0,127}$/;

/** Whether a text names a function and can be nothing else: it is given back as a script. */
export function isCallback(text: string): boolean {
  return CALLBACK.test(text);
}

/** A durable event that came in a script tag (law 1). */
export function createdAnswer(callback: string): Answer {
  return script(callback, { created: true });
}

/** The global id of a browser, as JSON or, with a callback, as a script. */
export function globalIdAnswer(globalId: string, callback?: string): Answer {
  const members = { global_id: globalId };
  if (callback !== undefined) return script(callback, members);
  return {
    status: 200,
    headers: ['Content-Type', 'application/json', 'Cache-Control', 'no-store'],
    body: JSON.stringify(members),
  };
}

function script(callback: string, members: Readonly<Record<string, unknown>>): Answer {
  return {
    status: 200,
    headers: [
      'Content-Type',
      'application/javascript',
      'Cache-Control',
      'no-store',
      'X-Content-Type-Options',
      'nosniff',
    ],
    body: `${callback}(${JSON.stringify(members)})`,
  };
}
