/** Debian's Chromium, driven by its DevTools protocol. */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrowserProcess } from './browser-process.ts';
import type { Browser, Page } from './browser-process.ts';

export const CHROMIUM = 'chromium';

const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--no-first-run',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--ignore-certificate-errors',
  '--remote-debugging-port=0',
];

/** Debian's build refuses cookies of other sites unless its user allows them. */
const PREFERENCES = { profile: { block_third_party_cookies: false, cookie_controls_mode: 0 } };

export async function startChromium(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'inlet-chromium-'));
  await mkdir(join(profile, 'Default'));
  await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(PREFERENCES));
  const browser = await BrowserProcess.start({
    command: CHROMIUM,
    flags: [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'],
    profile,
    address: /^DevTools listening on (ws:\S+)/,
    path: '',
  });
  return { open: (url) => openTab(browser, url), [Symbol.asyncDispose]: () => browser[Symbol.asyncDispose]() };
}

async function openTab(browser: BrowserProcess, url: string): Promise<Page> {
  const { targetId } = await browser.call('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await browser.call('Target.attachToTarget', { targetId, flatten: true });
  const call = (method: string, params: object): ReturnType<BrowserProcess['call']> =>
    browser.call(method, params, { sessionId });
  await call('Page.enable', {});
  const loaded = async (begin: () => Promise<unknown>): Promise<void> => {
    const event = browser.event((message) => message.sessionId === sessionId && message.method === LOADED);
    await begin();
    await event;
  };
  const evaluate = async (expression: string): Promise<unknown> => {
    const options = { awaitPromise: true, returnByValue: true, userGesture: true };
    return valueOf((await call('Runtime.evaluate', { expression, ...options })) as unknown as Evaluation);
  };
  await loaded(() => call('Page.navigate', { url }));
  return { evaluate, leaveFor: (to) => loaded(() => evaluate(`void (location.href = ${JSON.stringify(to)})`)) };
}

const LOADED = 'Page.loadEventFired';

interface Evaluation {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly exception?: { readonly description?: string } };
}

function valueOf({ result, exceptionDetails }: Evaluation): unknown {
  if (exceptionDetails === undefined) return result.value;
  throw new Error(exceptionDetails.exception?.description ?? JSON.stringify(exceptionDetails));
}
