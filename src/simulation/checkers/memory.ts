/** What the checkers of one run remember together, so that each thing is kept once. */

import type { ComponentName, Digest, LeaseId, ServerId } from '#domain/names.ts';
import type { Observation, SiteName } from '../observation.ts';
import type { Facts, FleetView } from './checker.ts';
import { SiteMemory, type KnownLease } from './site-memory.ts';
import { Wishes } from './wishes.ts';

/** One version of one component on one machine. */
export type Standing = {
  current: Digest | null;
  /** What its latest process ran; null: none runs, or it was not told yet. */
  running: Digest | null;
  /** When `running` was told last. */
  toldAt: number;
  works: boolean;
};

export class Memory {
  readonly facts: Facts;
  readonly view: () => FleetView;
  readonly wishes = new Wishes();
  readonly #sites = new Map<SiteName, SiteMemory>();
  readonly #machines = new Map<ServerId, Map<ComponentName, Standing>>();
  /** What the program of each information server's own computer is. */
  readonly #own = new Map<SiteName, Standing>();

  constructor(facts: Facts, view: () => FleetView) {
    this.facts = facts;
    this.view = view;
  }

  site(name: SiteName): SiteMemory {
    let site = this.#sites.get(name);
    if (site === undefined) this.#sites.set(name, (site = new SiteMemory(name)));
    return site;
  }

  siteOf(server: ServerId): SiteMemory {
    return this.site(this.facts.placeOf(server).site);
  }

  lease(server: ServerId, lease: LeaseId): KnownLease | null {
    return this.siteOf(server).leases.get(lease) ?? null;
  }

  standing(server: ServerId, component: ComponentName): Standing | null {
    return this.#machines.get(server)?.get(component) ?? null;
  }

  /** Of the program that an information server runs; null: nothing was told of it yet. */
  ownStanding(site: SiteName): Standing | null {
    return this.#own.get(site) ?? null;
  }

  /** Before the checkers see it, but what a rename or a start changes on a machine: after them. */
  before(seen: Observation, now: number): void {
    switch (seen.type) {
      case 'committed':
        this.site(seen.site).take(seen.rows, now);
        break;
      case 'journal-replaced': {
        const found = this.view().sites.find(({ site }) => site === seen.site);
        if (found !== undefined) this.site(seen.site).reload(found.journal);
        break;
      }
      case 'told':
        this.wishes.take(seen);
        break;
      default:
    }
  }

  after(seen: Observation, now: number): void {
    if (seen.type === 'switched') this.#standing(seen.server, seen.component).current = seen.to;
    else if (seen.type === 'running') {
      const standing = this.#standing(seen.server, seen.component);
      standing.running = seen.digest;
      standing.toldAt = now;
      standing.works = seen.works;
      standing.current ??= seen.digest;
      // The end of a process of the daemons, or the beginning of the next one.
      if (seen.component === this.facts.ownComponent) this.wishes.forget(seen.server);
    }
  }

  #standing(server: ServerId, component: ComponentName): Standing {
    let machine = this.#machines.get(server);
    if (machine === undefined) this.#machines.set(server, (machine = new Map()));
    let standing = machine.get(component);
    if (standing === undefined) {
      standing = { current: null, running: null, toldAt: -1, works: true };
      machine.set(component, standing);
      const { site, isOwn } = this.facts.placeOf(server);
      if (isOwn && component === this.facts.ownComponent) this.#own.set(site, standing);
    }
    return standing;
  }
}
