/**
 * A computer whose launcher is to be renewed: the bundled launcher stands where it is installed, over
 * the tiny daemons of site.ts, and another one is laid down as a daemon would.
 */

import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { readIntentFile } from '#launcher/intent-file.ts';
import { pairId, pairText } from '#launcher/pair.ts';
import type { RenewalLine } from '#launcher/renewal-lines.ts';
import type { Renewal } from '#protocol/launcher/messages.ts';
import { bundle } from '../../scripts/release/bundle.ts';
import { isAlive, makeSite, type Site } from './site.ts';

export const server = { name: 'normal-server', track: 'program' } as const;
export const agent = { name: 'agent', track: 'agent' } as const;

export const launcher = join(await bundle(), 'app', 'launcher.mjs');

export const digestOf = (text: string | Buffer): string =>
  createHash('sha256').update(text).digest('hex');

export class Computer {
  readonly site: Site;
  readonly folder: string;

  constructor(context: TestContext, options: { readonly seconds?: number } = {}) {
    const { seconds: renewalSecondsMax } = options;
    const limits = renewalSecondsMax === undefined ? {} : { renewalSecondsMax };
    this.site = makeSite({ services: [server, agent], limits });
    context.after(() => this.site.clean());
    this.folder = join(this.site.root, 'launcher');
    mkdirSync(this.folder);
    copyFileSync(launcher, join(this.folder, 'launcher.mjs'));
  }

  /** As a daemon lays it down. */
  lay(program: string, digest: string = digestOf(program)): string {
    const next = join(this.folder, 'next');
    const files = [{ name: 'launcher.mjs', digest }];
    mkdirSync(next);
    writeFileSync(join(next, 'launcher.mjs'), program);
    writeFileSync(join(next, 'pair.json'), pairText('5.80', files));
    return pairId(files);
  }

  start(): ChildProcess {
    return this.site.launchAt(join(this.folder, 'launcher.mjs'));
  }

  lines(): readonly RenewalLine['type'][] {
    const { lines } = readIntentFile(join(this.folder, 'intent.log'));
    return (lines as RenewalLine[]).map(({ type }) => type);
  }

  failure(): Extract<RenewalLine, { type: 'failed' }> | undefined {
    const { lines } = readIntentFile(join(this.folder, 'intent.log'));
    return (lines as RenewalLine[]).findLast((line) => line.type === 'failed');
  }

  /** Under a launcher that renewed itself, or after one that failed: all daemons are well. */
  serves(matches: (renewal: Renewal | null) => boolean = () => true): Promise<unknown> {
    return Promise.all(
      [server.name, agent.name].map((name) =>
        this.site.hears(name, ({ launcher: self }) => self !== undefined && matches(self.renewal)),
      ),
    );
  }
}

/** Another launcher that works. */
export const good = (): string => `${readFileSync(launcher, 'utf8')}\n// another\n`;

/** One that starts nothing, and notices nothing. */
export const idle = 'setInterval(() => {}, 1000);';

/** Of the launcher that is tried, as the next one would find it; null: none is. */
export function trialPid({ root }: Site): number | null {
  const file = join(root, 'run', 'services.json');
  if (!existsSync(file)) return null;
  const { services } = JSON.parse(readFileSync(file, 'utf8')) as {
    services: readonly { service: string; pid: number }[];
  };
  const pid = services.find(({ service }) => service === 'launcher')?.pid ?? null;
  return pid !== null && isAlive(pid) ? pid : null;
}
