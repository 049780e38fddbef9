/** The upgrades of an information server over a journal, without anything else of it. */

import { brand, type Digest, type ServerId } from '#domain/names.ts';
import type { Journal } from '#ports/journal.ts';
import { emptyJournal, openJournalSimulated } from '#simulation/adapters/journal-simulated.ts';
import { Chance } from '#simulation/world/chance.ts';
import { Machine } from '#simulation/world/machine.ts';
import { Schedule } from '#simulation/world/schedule.ts';
import { targetDigest } from '#domain/upgrade/upgrade.testing.ts';
import type { Site } from '#information-server/site.ts';
import { Trusted } from '#information-server/content/trusted.ts';
import { Upgrades } from '#information-server/upgrade/upgrades.ts';

export type World = {
  readonly clock: { now: number };
  readonly here: Set<ServerId>;
  isProving: boolean;
  /** The release that the information server runs; else the one of the plans. */
  self?: { readonly version: string; readonly digest: Digest };
};

const level = { version: '5.80.1179', digest: targetDigest };
export function siteOf(journal: Journal, world: World): Site {
  let ids = 0;
  return {
    name: brand<ServerId>('tokyo'),
    journal,
    clock: { now: () => world.clock.now },
    trusted: new Trusted(null),
    inFlightMax: 3,
    ownServer: null,
    self: world.self ?? level,
    newId: (kind: string) => `${kind}-${(ids += 1)}`,
    launcher: { state: () => (world.isProving ? { program: { phase: 'proving' } } : null) },
    isDraining: false,
    isEnded: false,
    epoch: 1,
  } as unknown as Site;
}

export function upgradesOf(journal: Journal, world: World): Upgrades {
  return new Upgrades(siteOf(journal, world), {
    isConnected: (server) => world.here.has(server),
    perform: () => undefined,
    holdsChanged: () => undefined,
  });
}

export function simulatedJournal(): Journal {
  const machine = new Machine({ name: 'tokyo', schedule: new Schedule(), diskBytes: 1e9 });
  const state = emptyJournal();
  state.beginRecord({ site: brand('tokyo'), at: 1 });
  state.commit();
  const stored = machine.disk.store(state);
  const process = machine.start('information-server', new Chance(1));
  return openJournalSimulated({ process, stored, site: 'tokyo' });
}

/** A site without content. */
export const noRings = {
  said: async () => undefined,
  hello: async () => undefined,
  gone: async () => undefined,
};
