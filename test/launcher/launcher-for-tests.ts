/** What tests of the launcher begin with: a site that is cleaned up, and a switch to ask for. */

import type { TestContext } from 'node:test';
import { makeSite, type Heard, type Site } from './site.ts';

export const server = { name: 'normal-server', track: 'program' } as const;
export const informationServer = { name: 'information-server', track: 'program' } as const;
export const agent = { name: 'agent', track: 'agent' } as const;

export function siteFor(context: TestContext, options: Parameters<typeof makeSite>[0]): Site {
  const site = makeSite(options);
  context.after(() => site.clean());
  return site;
}

export const toNew = (proveSeconds: number) =>
  ({ type: 'switch', track: 'program', slot: 'new', proveSeconds, tag: 'lease 7' }) as const;

export const hasOutcome = ({ tracks }: Heard): boolean =>
  (tracks.program?.outcome ?? null) !== null;

export async function start(site: Site, service: string = server.name): Promise<void> {
  site.launch();
  await site.hears(service, () => true);
}
