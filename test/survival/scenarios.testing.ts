/** What a normal server is in the middle of when a fault strikes: each from an old to a new state. */

import type { MadeRelease, Site } from '../normal-server/site.ts';
import { service } from '../normal-server/site.ts';

/** Releases of one run; all computers of it serve the same. */
export type Releases = {
  readonly daemon: MadeRelease & { readonly name: string };
  /** Installed one after the other before anything is recorded. */
  readonly before: readonly MadeRelease[];
  /** Wanted then. */
  readonly wanted: MadeRelease;
};

export type Scenario = {
  readonly name: string;
  /** Without any fault. */
  readonly ends: 'installed' | 'returned';
  make(site: Site): Promise<Releases>;
};

const sick = { 'health.sh': '#!/bin/sh\nexit 1\n' };

function content(site: Site, version: string): Promise<MadeRelease> {
  return site.release({
    component: 'patterns',
    version,
    kind: 'content',
    files: { 'a/patterns.dat': `patterns ${version}`, index: version },
  });
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'install of a tree program',
    ends: 'installed',
    async make(site) {
      const daemon = await site.slot('5.70.1000');
      const [old, wanted] = [await service(site, '1.0'), await service(site, '1.1')];
      return { daemon, before: [old], wanted };
    },
  },
  {
    name: 'return of a tree program without health',
    ends: 'returned',
    async make(site) {
      const daemon = await site.slot('5.70.1000');
      const [old, wanted] = [await service(site, '1.0'), await service(site, '1.1', sick)];
      return { daemon, before: [old], wanted };
    },
  },
  {
    name: 'rollback of a tree program',
    ends: 'installed',
    async make(site) {
      const daemon = await site.slot('5.70.1000');
      const [old, newer] = [await service(site, '1.0'), await service(site, '1.1')];
      return { daemon, before: [old, newer], wanted: old };
    },
  },
  {
    name: 'install of content',
    ends: 'installed',
    async make(site) {
      const daemon = await site.slot('5.70.1000');
      const [old, wanted] = [await content(site, '1'), await content(site, '2')];
      return { daemon, before: [old], wanted };
    },
  },
  {
    name: 'upgrade of itself',
    ends: 'installed',
    async make(site) {
      const daemon = await site.slot('5.70.1000');
      return { daemon, before: [], wanted: await site.slot('5.80.1179') };
    },
  },
  {
    name: 'return of itself from a version that does not start',
    ends: 'returned',
    async make(site) {
      const daemon = await site.slot('5.70.1000');
      return { daemon, before: [], wanted: await site.slot('5.80.1179', 'process.exit(1);') };
    },
  },
];
