/**
 * The content lane's door: offers of the control manager, passed on by the agent, and updates
 * from a source. Decides what is taken, what a hold keeps back, and refuses every program (S1).
 *
 * Level-triggered: the last offer is kept, and looked at again whenever a hold or the agent
 * changes, so the end of a hold needs no new delivery and superseded ones are never fetched.
 */

import { keptBack, newestOfEach } from '#domain/delivery/kept-back.ts';
import { splitOffer } from '#domain/delivery/split-offer.ts';
import { becauseOfHold, holdOver, type Hold } from '#domain/hold/hold.ts';
import type { ComponentName, Digest } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { holdsOverEmergency, withdrawnOf } from '#domain/ring/site-ring.ts';
import type { Rows } from '#ports/journal.ts';
import type { ContentItem, Offer } from '#protocol/control-manager/messages.ts';
import type { Catalogue } from './catalogue.ts';
import type { Rings } from './rings.ts';
import { limits } from '../limits.ts';
import type { Loop } from '../loop.ts';
import { isProving, type Site } from '../site.ts';
import { ownComponent } from '../seen.ts';

/** An offer, wherever it comes from. */
export type Offered = {
  readonly items: readonly ContentItem[];
  readonly catalogue: Offer['catalogue'];
  /** Of the content lane; absent: what was verified before has to do. */
  readonly metadata?: Offer['metadata'];
};

/** A source of updates, read whole; its files stay where they are until they are taken. */
export type UpdateSource = Offered & {
  /** As people named it. */
  readonly from: string;
  fileOf(item: ContentItem): string;
};

export type Sorted = {
  readonly take: readonly ContentItem[];
  readonly keptBack: readonly ContentItem[];
  /** Nothing to take: here already, or newer here. */
  readonly standing: readonly ContentItem[];
  readonly refused: readonly Problem[];
};

/** What became of everything that a source offered. */
export type Update = Omit<Sorted, 'take'> & { readonly taken: readonly ContentItem[] };

type Taken = Result<'taken' | 'kept-back'>;

export class Deliveries {
  readonly #site: Site;
  readonly #loop: Loop;
  readonly #catalogue: Catalogue;
  readonly #rings: Pick<Rings, 'against' | 'begin' | 'watch' | 'admission'>;
  #offer: Offer | null = null;
  /** What a hold keeps from even being offered: known to be there, never asked for. */
  #keptAbove: readonly ContentItem[] = [];

  constructor(
    site: Site,
    loop: Loop,
    catalogue: Catalogue,
    rings: Pick<Rings, 'against' | 'begin' | 'watch' | 'admission'>,
  ) {
    this.#site = site;
    this.#loop = loop;
    this.#catalogue = catalogue;
    this.#rings = rings;
  }

  /** A new offer arrived; what it may not bring is refused, kept and shown. */
  async offered(offer: Offer): Promise<void> {
    this.#offer = offer;
    await this.#refuse(offer, 'control-manager');
    if (offer.isWatched === true) await this.#rings.watch(offer.items);
  }

  keptBackAbove(items: readonly ContentItem[]): void {
    this.#keptAbove = items;
  }

  /** Of what is offered now, whether the control manager wants to know how it goes. */
  #isWatched({ digest }: ContentItem): boolean {
    const { isWatched, items } = this.#offer ?? {};
    return isWatched === true && items?.some((one) => one.digest === digest) === true;
  }

  /** What a hold keeps back here now: of the standing offer and of updates that wait. */
  async keptBackHere(waiting: readonly ContentItem[]): Promise<readonly ContentItem[]> {
    return this.#newestKept([...waiting, ...(this.#offer?.items ?? [])]);
  }

  /** The same and what stays at the control manager: all that people here wait for. */
  async keptBack(waiting: readonly ContentItem[]): Promise<readonly ContentItem[]> {
    return this.#newestKept([...waiting, ...(this.#offer?.items ?? [])], this.#keptAbove);
  }

  /** Signatures come with an offer: of what was never offered, none can be here yet. */
  async #newestKept(
    items: readonly ContentItem[],
    neverOffered: readonly ContentItem[] = [],
  ): Promise<readonly ContentItem[]> {
    const unsigned = await this.#site.trusted.againstContents(items);
    const all = [...items, ...neverOffered];
    return (await this.#sorted({ items: all, catalogue: '' }, unsigned)).keptBack;
  }

  /** What of the standing offer may be taken now. */
  async sort(): Promise<(Sorted & { fence: Offer['fence'] }) | null> {
    if (this.#offer === null) return null;
    const sorted = await this.sortOffer(this.#offer);
    return { ...sorted, fence: this.#offer.fence };
  }

  async sortOffer(offer: Offered): Promise<Sorted> {
    return this.#sorted(offer, await this.#site.trusted.againstContents(offer.items));
  }

  async #sorted(offer: Offered, unsigned: ReadonlyMap<ContentItem, Problem>): Promise<Sorted> {
    const { rows } = this.#site.journal;
    const split = splitOffer(offer, this.#site.programSections, await programsOf(rows));
    if (!split.ok) return { take: [], keptBack: [], standing: [], refused: [split.because] };
    const withdrawn = await rows.rings.withdrawn();
    const isTakenBack = (component: ComponentName, file: Digest): boolean =>
      withdrawnOf(withdrawn, { component, file }) !== null;
    // What was taken back is nothing that newer content would have to be newer than.
    const current = (await rows.catalogue.contents())
      .map((one) => ({ component: one.component, version: one.version, digest: one.file.digest }))
      .filter(({ component, digest }) => !isTakenBack(component, digest));
    const signed = split.value.contents.filter((item) => !unsigned.has(item));
    const gone = signed.filter(({ component, digest }) => isTakenBack(component, digest));
    const contents = signed.filter((item) => !gone.includes(item));
    const missing = keptBack(contents, current);
    const holds = await rows.holds.holds(this.#site.clock.now());
    const held = new Set<ContentItem>();
    for (const item of missing) {
      const against =
        (await this.#rings.against(rows, item)) ?? (await this.#against(rows, holds, item));
      if (against !== null) held.add(item);
    }
    const isHeld = (item: ContentItem): boolean => held.has(item);
    return {
      take: missing.filter((item) => !isHeld(item)),
      keptBack: missing.filter(isHeld),
      standing: newestOfEach(contents).filter((item) => !missing.includes(item)),
      refused: [
        ...split.value.refused,
        ...split.value.contents.flatMap((item) => unsigned.get(item) ?? []),
        ...gone.map(({ component, version, digest: file }) => {
          const reason = withdrawnOf(withdrawn, { component, file })?.reason ?? '';
          return problem('CONTENT_WITHDRAWN', { component, version, reason });
        }),
      ],
    };
  }

  /** Why this may not enter the share now, or null. */
  async #against(
    rows: Rows,
    holds: readonly Hold[],
    item: Pick<ContentItem, 'component' | 'version'>,
  ): Promise<Problem | null> {
    if (isProving(this.#site)) return problem('INFORMATION_SERVER_PROVING', {});
    const now = this.#site.clock.now();
    const { component } = item;
    const admission = await this.#rings.admission(rows, item);
    const hold = holdOver(
      admission === null ? holds : holdsOverEmergency(holds, admission),
      {
        lane: 'content',
        component,
        to: 'share',
      },
      now,
    );
    return hold === null ? null : becauseOfHold(hold);
  }

  async #refuse(offer: Offered, who: string): Promise<readonly Problem[]> {
    const stale = await this.#site.trusted.take(
      'content',
      new Map(Object.entries(offer.metadata ?? {})),
    );
    const found = (await this.sortOffer(offer)).refused;
    // Why nothing vouches for an item says more than that nothing does.
    const isUnsigned = found.some(({ code }) => code === 'CONTENT_UNSIGNED');
    const refused = stale !== null && isUnsigned ? [stale, ...found] : found;
    if (stale !== null) this.#site.log.warn({ because: stale }, 'metadata of content was refused');
    await this.#keep(offer.catalogue, refused, who);
    return refused;
  }

  /** The same text refused for the same reasons is the same refusal: said once. */
  async #keep(whole: string, refused: readonly Problem[], who: string): Promise<void> {
    const because = refused[0];
    if (because === undefined) return;
    const at = this.#site.clock.now();
    const digest = this.#site.digestOf([whole, JSON.stringify(refused)].join('\n'));
    await this.#loop.submit(async (rows) => {
      if (await rows.log.hasEvidence(digest)) return [];
      const text = whole.slice(0, limits.evidenceTextMax);
      await rows.log.putEvidence({ digest, at, kind: 'delivery-refused', because, text });
      await rows.log.appendRecord({
        at,
        kind: 'delivery-refused',
        who,
        server: null,
        detail: { sections: refused.map((one) => one.with), evidence: digest },
      });
      return [];
    });
  }

  /** The file stands in the inbox. Whether it may enter is asked again where it is committed. */
  async delivered(item: ContentItem, file: string, by = byControlManager): Promise<Taken> {
    const end = await this.#take(item, file, by.from);
    if (!end.ok) await this.#keep(JSON.stringify(item), [end.because], by.who);
    return end;
  }

  async #take(item: ContentItem, file: string, from: string): Promise<Taken> {
    const sorted = await this.sortOffer({ items: [item], catalogue: '' });
    const [because] = sorted.refused;
    if (because !== undefined) return refuse(because);
    if (sorted.take.length === 0) return ok('kept-back');
    const taken = await this.#site.store.takeContent(item, file);
    if (!taken.ok) return taken;
    const { content, release } = taken.value;
    const { component, version } = content;
    const offered = await this.#catalogue.offer(
      { releases: [], contents: [content] },
      async (rows) => {
        const at = this.#site.clock.now();
        const against = await this.#against(rows, await rows.holds.holds(at), item);
        if (against !== null) return against;
        const inRings = await this.#rings.against(rows, item);
        if (inRings !== null) return inRings;
        await this.#rings.begin(rows, content, this.#isWatched(item));
        await rows.catalogue.putRelease(release, at);
        // D9: chosen for these servers until the next delivery; else they would be left behind.
        await rows.fleet.forgetManual(component);
        const detail = { component, version, from };
        const who = 'information-server';
        await rows.log.appendRecord({ at, kind: 'content-taken', who, server: null, detail });
        return null;
      },
    );
    if (offered.ok) return ok('taken');
    return keepsBack.has(offered.because.code) ? ok('kept-back') : offered;
  }

  /** The item of the standing offer with that digest. */
  itemOf(digest: Digest): ContentItem | null {
    return this.#offer?.items.find((item) => item.digest === digest) ?? null;
  }

  /** Update by hand or by schedule: from a source that was read already. */
  async update(source: UpdateSource): Promise<Update> {
    const by = { who: 'update', from: source.from };
    const refused = [...(await this.#refuse(source, by.who))];
    const sorted = await this.sortOffer(source);
    const taken: ContentItem[] = [];
    const keptBack = [...sorted.keptBack];
    for (const item of sorted.take) {
      const end = await this.delivered(item, source.fileOf(item), by);
      if (!end.ok) refused.push(end.because);
      // A hold may have begun since it was sorted.
      else (end.value === 'taken' ? taken : keptBack).push(item);
    }
    return { taken, keptBack, standing: sorted.standing, refused };
  }
}

const byControlManager = { who: 'control-manager', from: 'control-manager' };

/** What is refused for these reasons alone is taken later. */
const keepsBack: ReadonlySet<string> = new Set([
  'SITE_ON_HOLD',
  'INFORMATION_SERVER_PROVING',
  'CONTENT_IN_RINGS',
]);

/** Whatever this site ever took in as a program: no delivery may bring it (S1). */
async function programsOf(rows: Rows): Promise<readonly ComponentName[]> {
  const programs = (await rows.catalogue.releases()).filter(
    ({ manifest }) => manifest.lane === 'program',
  );
  return [ownComponent, ...programs.map(({ manifest }) => manifest.component)];
}
