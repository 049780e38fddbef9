/**
 * The web console in a real browser, at a site with 100,000 servers: how soon one sees something,
 * how soon a filter is answered, whether changes make it stumble, what the tab takes, and how much
 * each page loads at first. Everything on loopback, over HTTP: a browser asks for gzip there.
 */

import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { brand, type DomainName, type ServerId } from '#domain/names.ts';
import { openBrowser } from '../test/browser/browser.ts';
import { ConsoleSite, someServers } from '../test/browser/console-site.ts';

export const name = 'console';

const serverCount = 100_000;
const paints = 5;
const filters = ['srv-0001', 'srv-00011', 'srv-000111', 'Debian', 'srv-09', 'Red Hat'];
const changesPerSecond = 60;
const changingSeconds = 10;
const pages = [
  '/fleet',
  '/fleet/srv-000001',
  '/deploy',
  '/upgrades',
  '/catalogue',
  '/holds',
  '/record',
  '/people',
  '/enrolment',
  '/settings',
  '/site',
];

/** Runs in the page before anything of it: when the first servers stand there, and what is long. */
const watch = `
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longTasks.push(duration);
  }).observe({ type: 'longtask', buffered: true });
  const look = () => {
    if (document.querySelector('.data-table-body .server-name') === null) requestAnimationFrame(look);
    else requestAnimationFrame(() => { window.paintedAt = performance.now(); });
  };
  requestAnimationFrame(look);
`;

export async function run(): Promise<Record<string, number | string>> {
  const site = await ConsoleSite.open(someServers(serverCount));
  const browser = await openBrowser();
  try {
    const state = await signedIn(browser, site);
    const opened = (): Promise<BrowserContext> => contextOf(browser, state);
    const seen: number[] = [];
    for (let count = 0; count < paints; count++) seen.push(await paint(await opened(), site));
    const context = await opened();
    const page = await context.newPage();
    await page.goto(`${site.address}/fleet`);
    await page.locator('.server-name').first().waitFor();
    const answered = await filtered(page);
    const changed = await changing(page, site);
    const tab = await tabMebibytes(browser);
    await context.close();
    const figures: Record<string, number | string> = {
      servers: serverCount,
      'first useful paint ms, median (budget 1500)': median(seen),
      'first useful paint ms, most': Math.max(...seen),
      'filter answered ms, median (budget 100)': median(answered.asked),
      'filter answered ms, most': Math.max(...answered.asked),
      'filter shown ms after the last key, median': median(answered.shown),
      'changes a second, asked for': changesPerSecond,
      'changes a second, made': changed.perSecond,
      'longest task ms meanwhile (budget 100)': changed.longest,
      'tab MiB, resident (budget 300)': tab,
    };
    for (const path of pages) {
      const bytes = await loaded(await opened(), `${site.address}${path}`);
      figures[`first load kB of ${path} (budget 400)`] = Math.round(bytes / 1_000);
    }
    return figures;
  } finally {
    await browser.close();
    await site.close();
  }
}

type State = Awaited<ReturnType<BrowserContext['storageState']>>;

async function signedIn(browser: Browser, site: ConsoleSite): Promise<State> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(await site.signInLink());
  await page.locator('.server-name').first().waitFor();
  const state = await context.storageState();
  await context.close();
  return state;
}

/** With nothing in its cache, as somebody who comes for the first time. */
async function contextOf(browser: Browser, storageState: State): Promise<BrowserContext> {
  const context = await browser.newContext({
    storageState,
    // What is measured is asked by scripts, which the page's own policy lets nobody run.
    bypassCSP: true,
    viewport: { width: 1280, height: 720 },
  });
  await context.addInitScript(watch);
  return context;
}

async function paint(context: BrowserContext, site: ConsoleSite): Promise<number> {
  const page = await context.newPage();
  await page.goto(`${site.address}/fleet`);
  await page.waitForFunction('window.paintedAt !== undefined');
  const at = Number(await page.evaluate('window.paintedAt'));
  await context.close();
  return Math.round(at);
}

/** What the call took, and when it was shown, from the last key on. */
async function filtered(page: Page) {
  const asked: number[] = [];
  const shown: number[] = [];
  for (const text of filters) {
    await page.getByRole('searchbox').fill('');
    await page.getByText('100,000 servers', { exact: true }).waitFor();
    await page.evaluate('performance.clearResourceTimings()');
    await page.evaluate(`
      window.filled = null;
      document.querySelector('[type=search]').addEventListener('input', () => {
        const began = performance.now();
        const count = document.querySelector('.page-title [role=status]');
        new MutationObserver((_, observer) => {
          observer.disconnect();
          requestAnimationFrame(() => { window.filled = performance.now() - began; });
        }).observe(count, { childList: true, characterData: true, subtree: true });
      }, { once: true });
    `);
    await page.getByRole('searchbox').fill(text);
    await page.waitForFunction('window.filled !== null');
    shown.push(Math.round(Number(await page.evaluate('window.filled'))));
    const took = await page.evaluate(`Math.max(...performance.getEntriesByType('resource')
      .filter(({ name }) => name.endsWith('/v1/fleet.page')).map(({ duration }) => duration))`);
    asked.push(Math.round(Number(took)));
  }
  await page.getByRole('searchbox').fill('');
  await page.getByText('100,000 servers', { exact: true }).waitFor();
  return { asked, shown };
}

/** Asked for at that pace, whether the one before was answered or not; says what came of it. */
async function changing(page: Page, site: ConsoleSite) {
  await page.evaluate('window.longTasks.length = 0');
  const began = performance.now();
  const changes: Promise<unknown>[] = [];
  for (let count = 0; count < changesPerSecond * changingSeconds; count++) {
    const due = began + (count * 1_000) / changesPerSecond;
    await sleep(Math.max(0, due - performance.now()));
    const server = brand<ServerId>(`srv-${String((count % 50) + 1).padStart(6, '0')}`);
    const domain = brand<DomainName>(`moved-${count % 7}`);
    changes.push(site.call('fleet.move', { server, domain }));
  }
  await Promise.all(changes);
  const seconds = (performance.now() - began) / 1_000;
  await sleep(1_500);
  const longest = Math.round(Number(await page.evaluate('Math.max(0, ...window.longTasks)')));
  return { longest, perSecond: Math.round(changes.length / seconds) };
}

/** Of the largest process that draws pages, as the kernel counts it. */
async function tabMebibytes(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const resident = await Promise.all(
    processInfo
      .filter(({ type }) => type === 'renderer')
      .map(async ({ id }) => {
        const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
        return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1_024;
      }),
  );
  return Math.round(Math.max(0, ...resident));
}

/** Bytes over the wire of what the page is made of; what it asks about the site is not counted. */
async function loaded(context: BrowserContext, address: string): Promise<number> {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  const calls = new Set<string>();
  let bytes = 0;
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (request.url.includes('/v1/')) calls.add(requestId);
  });
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (!calls.has(requestId)) bytes += encodedDataLength;
  });
  await page.goto(address);
  await page.locator('main h1').waitFor();
  await sleep(500);
  await context.close();
  return bytes;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}
