/**
 * What goes out to servers: each transfer gets its part of the budgets as long as it lasts, and every
 * byte is counted for the bill. Parts are dealt anew when a transfer begins or ends, when somebody
 * takes less than his part, when the hour changes and when a person changes a limit; at most a
 * moment later. Absent: the files and the network.
 */

import { hasLimit, linkOf } from '#domain/budget/budget.ts';
import { shares } from '#domain/budget/shares.ts';
import { brand, type Digest, type ServerId } from '#domain/names.ts';
import type { Rows } from '#ports/journal.ts';
import type { Peer } from '#ports/link.ts';
import type { Meter, Transfer, Transfers } from '#ports/transfers.ts';
import { background } from '../background.ts';
import { limits } from '../limits.ts';
import type { Loop } from '../loop.ts';
import type { Site } from '../site.ts';
import { Billing } from './billing.ts';
import type { Budgets } from './budgets.ts';
import { Pace } from './pace.ts';
import { Served, type ServedFile } from './served.ts';

/** On an insecure loopback nobody proves who he is. */
const nobody = brand<ServerId>('-');

type Under = Pick<Site, 'journal' | 'clock' | 'log' | 'name' | 'isEnded'>;

export class Traffic implements Transfers {
  readonly served: Served;
  readonly #site: Under;
  readonly #loop: Loop;
  readonly #budgets: Budgets;
  readonly #billing = new Billing();
  readonly #paces = new Set<Pace>();
  #unproved = 0;
  #isTicking = false;
  #isDealt = false;
  #dealtAt = -Infinity;
  #lookedAt = 0;
  #isBilling = false;
  #cancelBill: () => void = () => undefined;
  #billedAllAt: number;

  constructor(site: Under, loop: Loop, budgets: Budgets) {
    this.#site = site;
    this.#loop = loop;
    this.#budgets = budgets;
    this.#billedAllAt = site.clock.monotonic();
    this.served = new Served(() => site.journal.rows.catalogue.releases());
    budgets.onChanged(() => {
      this.#isDealt = false;
      this.#tickSoon();
    });
  }

  /** Of all that are under way now, as their parts are; null: nothing limits them. */
  get underWay(): { readonly transfers: number; readonly bytesPerSecond: number | null } {
    const speeds = [...this.#paces].map(({ speed }) => speed);
    const sum = speeds.reduce((all, one) => all + one, 0);
    return { transfers: speeds.length, bytesPerSecond: sum === Infinity ? null : Math.round(sum) };
  }

  readonly meter: Meter = {
    opened: (peer, carried) => {
      this.#billSoon();
      return this.#billing.opened(this.#nameOf(peer), carried);
    },
  };

  begin({ digest, peer, towards }: Parameters<Transfers['begin']>[0]): Transfer {
    const { clock } = this.#site;
    this.#billSoon();
    const server = peer === null ? nobody : this.#nameOf(peer);
    // Whoever proves nothing shares with nobody.
    this.#unproved += 1;
    const sharer = peer === null ? `${nobody} ${this.#unproved}` : server;
    let pace: Pace | null = null;
    let isOver = false;
    const facts = this.#factsOf(towards ?? server, digest).then((found) => {
      if (isOver) return found;
      const { file, link } = found;
      const upgrade = this.#budgets.upgradeOf(file.release);
      const lane = file.lane ?? 'program';
      pace = new Pace({ server: sharer, lane, link, upgrade }, clock.monotonic());
      this.#paces.add(pace);
      if (hasLimit(this.#budgets.speeds())) this.#isDealt = false;
      else pace.set(Infinity, clock.monotonic());
      this.#tickSoon();
      return found;
    });
    let known: Awaited<typeof facts> | null = null;
    return {
      allow: async (bytesMax) => {
        known ??= await facts;
        return pace === null ? bytesMax : pace.allow(bytesMax, clock.monotonic());
      },
      sent: (bytes) => {
        if (known === null) return;
        const { file, link } = known;
        this.#billing.count({ ...file, server, link }, bytes);
      },
      end: () => {
        if (isOver) return;
        isOver = true;
        if (pace === null) return;
        pace.end();
        this.#paces.delete(pace);
        this.#isDealt = false;
      },
    };
  }

  /** Writes down what went; `all`: of quiet sessions too. */
  async bill(which: 'much' | 'all'): Promise<void> {
    const now = this.#site.clock.now();
    const linkIn = (rows: Rows, server: ServerId): Promise<string | null> =>
      this.#linkOf(rows, server);
    const changes = this.#billing.take(which, { now, linkOf: linkIn });
    await Promise.all(changes.map((change) => this.#loop.submit(change)));
  }

  /** Nobody is sent anything any more: what went is written down. */
  async end(): Promise<void> {
    this.#cancelBill();
    await this.bill('all');
  }

  /** What comes in from elsewhere is on the bill of who took it. */
  took(file: ServedFile, { from, bytes }: { readonly from: string; readonly bytes: number }): void {
    this.#billSoon();
    this.#billing.came({ ...file, server: this.#site.name, link: from }, bytes);
  }

  /** As long as there is anything to write down. */
  #billSoon(): void {
    if (this.#isBilling) return;
    this.#isBilling = true;
    this.#cancelBill = this.#site.clock.after(limits.billMs, () => {
      this.#isBilling = false;
      if (this.#site.isEnded) return;
      const now = this.#site.clock.monotonic();
      const isAll = now - this.#billedAllAt >= limits.billAllMs;
      if (isAll) this.#billedAllAt = now;
      background(this.#site, this.bill(isAll ? 'all' : 'much'), 'the bill could not be written');
      if (this.#paces.size > 0 || !this.#billing.isIdle) this.#billSoon();
    });
  }

  async #factsOf(server: ServerId, digest: Digest) {
    const { rows } = this.#site.journal;
    const [file, link] = await Promise.all([this.served.of(digest), this.#linkOf(rows, server)]);
    return { file, link };
  }

  async #linkOf(rows: Rows, server: ServerId): Promise<string | null> {
    const row = server === nobody ? null : await rows.fleet.server(server);
    return row === null ? null : linkOf(this.#budgets.budget, row.domain);
  }

  /** An information server that fetches here goes by the name of its site. */
  #nameOf({ identity }: Peer): ServerId {
    return identity.role === 'normal-server' ? identity.server : brand<ServerId>(identity.site);
  }

  #tickSoon(): void {
    if (this.#isTicking || this.#paces.size === 0) return;
    this.#isTicking = true;
    this.#lookedAt = this.#site.clock.monotonic();
    this.#dealtAt = -Infinity;
    this.#tick();
  }

  #tick(): void {
    const now = this.#site.clock.monotonic();
    const since = now - this.#lookedAt;
    if (since >= limits.sharesMs) {
      this.#lookedAt = now;
      for (const pace of this.#paces) if (pace.look(since)) this.#isDealt = false;
    }
    this.#deal();
    for (const pace of this.#paces) pace.serve(now);
    // Where nothing is limited nobody waits; a limit that comes calls us back.
    const isLimited = hasLimit(this.#budgets.speeds());
    this.#isTicking = this.#paces.size > 0 && (isLimited || !this.#isDealt);
    if (this.#isTicking) this.#site.clock.after(limits.paceMs, () => this.#tick());
  }

  #deal(): void {
    const now = this.#site.clock.monotonic();
    // Many at once begin and end all the time; to deal for each of them would be most of our work.
    const isMany = this.#paces.size > limits.sharesAtOnceMax;
    if (this.#isDealt || (isMany && now - this.#dealtAt < limits.sharesMs)) return;
    this.#isDealt = true;
    this.#dealtAt = now;
    const paces = [...this.#paces];
    const parts = shares(
      paces.map(({ claim }) => claim),
      this.#budgets.speeds(),
    );
    for (const [place, pace] of paces.entries()) pace.set(parts[place] ?? Infinity, now);
  }
}
