/** A person at a browser: what he sees, and that the page obeyed its own policy meanwhile. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { z } from 'zod';
import { screenshotFile } from './browser.ts';
import { fontsThere, showJapanese } from './fonts.ts';

export type SignedInState = Awaited<ReturnType<BrowserContext['storageState']>>;

export type Look = {
  readonly language?: 'en' | 'ja';
  readonly theme?: 'light' | 'dark';
  /** Of somebody who is signed in already; absent: nobody is. */
  readonly state?: SignedInState;
  /** Pictures want a font that the page's policy would not let in. */
  readonly isForPictures?: boolean;
};

const locales = { en: 'en-GB', ja: 'ja-JP' } as const;
const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const axeAnswer = z.object({
  violations: z.array(z.object({ id: z.string(), nodes: z.array(z.object({ html: z.string() })) })),
});

export class Viewer {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #language: string;
  readonly #theme: 'light' | 'dark';
  readonly #wrong: string[] = [];

  private constructor(
    page: Page,
    context: BrowserContext,
    look: Required<Pick<Look, 'language' | 'theme'>>,
  ) {
    this.page = page;
    this.#context = context;
    this.#language = look.language;
    this.#theme = look.theme;
    page.on('pageerror', (error) => this.#wrong.push(error.message));
    page.on('console', (message) => {
      // A refused call is an answer like others; the browser says so all the same.
      const isRefusal = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isRefusal) this.#wrong.push(message.text());
    });
  }

  static async open(browser: Browser, look: Look = {}): Promise<Viewer> {
    const { language = 'en', theme = 'light', isForPictures = false, state } = look;
    const context = await browser.newContext({
      viewport: { width: 1280, height: 720 },
      locale: locales[language],
      colorScheme: theme,
      timezoneId: 'Asia/Tokyo',
      bypassCSP: isForPictures,
      ...(state === undefined ? {} : { storageState: state }),
    });
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    return new Viewer(page, context, { language, theme });
  }

  /** Every rule of axe, best practices too; scripts are run past the policy, as a debugger does. */
  async assertAccessible(name: string): Promise<void> {
    await this.page.evaluate(await readFile(axeFile, 'utf8'));
    const { violations } = axeAnswer.parse(await this.page.evaluate('axe.run()'));
    const said = violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`,
    );
    assert.deepEqual(said, [], `${name} in ${this.#language}, ${this.#theme}`);
  }

  /** `themes`: what a page looks like in each is asked of the page that stands there. */
  async picture(
    name: string,
    themes: readonly ('light' | 'dark')[] = [this.#theme],
  ): Promise<void> {
    await showJapanese(this.page);
    for (const theme of themes) {
      await this.page.emulateMedia({ colorScheme: theme });
      await fontsThere(this.page);
      const path = await screenshotFile(`${name}-${this.#language}-${theme}`);
      await this.page.screenshot({ path });
    }
    await this.page.emulateMedia({ colorScheme: this.#theme });
  }

  /** As on paper. */
  async print(name: string): Promise<void> {
    await showJapanese(this.page);
    await this.page.emulateMedia({ media: 'print' });
    await fontsThere(this.page);
    const path = await screenshotFile(`${name}-${this.#language}-print`);
    await this.page.screenshot({ path, fullPage: true });
    await this.page.emulateMedia({ media: 'screen' });
  }

  state(): Promise<SignedInState> {
    return this.#context.storageState();
  }

  async close(): Promise<void> {
    await this.#context.close();
    assert.deepEqual(this.#wrong, [], 'the page broke its policy or threw');
  }
}
