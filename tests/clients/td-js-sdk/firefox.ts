/** Debian's Firefox, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/). */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrowserProcess } from './browser-process.ts';
import type { Browser, Page } from './browser-process.ts';

export const FIREFOX = 'firefox-esr';

export async function startFirefox(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'inlet-firefox-'));
  const browser = await BrowserProcess.start({
    command: FIREFOX,
    flags: ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port=0', 'about:blank'],
    profile,
    address: /^WebDriver BiDi listening on (ws:\S+)/,
    path: '/session',
  });
  await browser.call('session.new', { capabilities: { alwaysMatch: { acceptInsecureCerts: true } } });
  await browser.call('session.subscribe', { events: [LOADED] });
  return { open: (url) => openTab(browser, url), [Symbol.asyncDispose]: () => browser[Symbol.asyncDispose]() };
}

async function openTab(browser: BrowserProcess, url: string): Promise<Page> {
  const { context } = await browser.call('browsingContext.create', { type: 'tab' });
  await browser.call('browsingContext.navigate', { context, url, wait: 'complete' });
  const evaluate = async (expression: string): Promise<unknown> => {
    const options = { target: { context }, awaitPromise: true, userActivation: true };
    return valueOf((await browser.call('script.evaluate', { expression, ...options })) as unknown as Evaluation);
  };
  const leaveFor = async (to: string): Promise<void> => {
    const loaded = browser.event(({ method, params }) => method === LOADED && params?.['url'] === to);
    await evaluate(`void (location.href = ${JSON.stringify(to)})`);
    await loaded;
  };
  return { evaluate, leaveFor };
}

const LOADED = 'browsingContext.load';

interface Evaluation {
  readonly result?: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly text: string };
}

function valueOf({ result, exceptionDetails }: Evaluation): unknown {
  if (exceptionDetails === undefined) return result?.value;
  throw new Error(exceptionDetails.text);
}
