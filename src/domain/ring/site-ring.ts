/**
 * Rings of servers inside one site: who stands in which, and what of some content he may have.
 * One row per component says what is on its way, what was there before, and how far it is.
 */

import type { SiteContent } from '../fleet/content.ts';
import type { FleetServer } from '../fleet/server.ts';
import type { Hold } from '../hold/hold.ts';
import {
  brand,
  type ComponentName,
  type Digest,
  type DomainName,
  type Instant,
  type RingName,
  type ServerId,
} from '../names.ts';
import { isOpenTo, rolloutState, type Ring, type RollingRing } from './rollout.ts';

export type SiteRing = Ring & {
  readonly servers: readonly ServerId[];
  readonly domains: readonly DomainName[];
};

/** Where a server stands: the first ring that names it or its domain, else the last of all. */
export function ringOf(
  rings: readonly SiteRing[],
  { server, domain }: Pick<FleetServer, 'server' | 'domain'>,
): RingName | null {
  const named = rings.find(
    (ring) => ring.servers.includes(server) || ring.domains.includes(domain),
  );
  return (named ?? rings.at(-1))?.name ?? null;
}

/** Content that entered the site last, of one component, and its way to the servers. */
export type SiteRollout = {
  readonly component: ComponentName;
  readonly content: SiteContent;
  /** What there was, and what is there again if this is taken back; null: nothing. */
  readonly before: SiteContent | null;
  /** As the site's settings had them when it began; empty: everybody at once, and nobody judges. */
  readonly rings: readonly RollingRing[];
  /** The control manager wants to know what the servers make of it. */
  readonly isWatched: boolean;
  /** People admitted it in spite of a hold. Rows of before do not say. */
  readonly isEmergency?: boolean | undefined;
  /** Those of the control manager did: it passes the holds of the control manager alone. */
  readonly isOfAbove?: boolean | undefined;
  readonly beganAt: Instant;
};

/** The one ring of a site that has none of its own. */
export const wholeSite = brand<RingName>('all');

export function isUnderWay({ rings }: Pick<SiteRollout, 'rings'>): boolean {
  const state = rolloutState(rings);
  return state === 'running' || state === 'inconclusive';
}

/** Whether it matters what a server says of it. */
export function isTracked(rollout: SiteRollout): boolean {
  return rollout.isWatched || isUnderWay(rollout);
}

/** Whether who stands in that ring may have what is on its way. */
export function mayHave({ rings }: Pick<SiteRollout, 'rings'>, ring: RingName | null): boolean {
  if (rings.length === 0) return true;
  const place = rings.findIndex(({ name }) => name === ring);
  // Its ring was taken out of the settings since: it goes with the last.
  return isOpenTo(rings, place === -1 ? rings.length - 1 : place);
}

/** Content that people let in, though a hold keeps others back; for so long at most. */
export type AdmittedContent = {
  readonly component: ComponentName;
  readonly version: string;
  readonly until: Instant;
  /** By the people of the control manager, which pass its holds alone. */
  readonly isOfAbove?: boolean | undefined;
};

/** What the people of the site said goes before what those above it said; null: nobody did. */
export function admissionOf(
  all: readonly AdmittedContent[],
  { component, version }: Pick<AdmittedContent, 'component' | 'version'>,
  now: Instant,
): AdmittedContent | null {
  const found = all.filter(
    (one) => one.component === component && one.version === version && now < one.until,
  );
  return found.find(({ isOfAbove }) => isOfAbove !== true) ?? found[0] ?? null;
}

/** Holds that emergency content does not pass: in the locked step of an upgrade nothing comes between. */
export function holdsOverEmergency(
  holds: readonly Hold[],
  { isOfAbove }: Pick<AdmittedContent, 'isOfAbove'>,
): readonly Hold[] {
  return holds.filter(
    ({ owner }) => owner.kind === 'upgrade' || (isOfAbove === true && owner.kind === 'person'),
  );
}

/** Content that nobody is to take any more, and why. */
export type WithdrawnContent = {
  readonly component: ComponentName;
  readonly version: string;
  /** Of the file. */
  readonly file: Digest;
  readonly reason: string;
  /** A person, the gate of a ring, or the control manager. */
  readonly who: string;
  readonly at: Instant;
};

export function withdrawnOf(
  all: readonly WithdrawnContent[],
  { component, file }: { readonly component: ComponentName; readonly file: Digest },
): WithdrawnContent | null {
  return all.find((one) => one.component === component && one.file === file) ?? null;
}

/**
 * What of a component's content a server is to have: the site's own, or what there was before while
 * its ring is not open, and when that content was taken back; null: none of it.
 */
export function contentFor(
  content: SiteContent,
  known: {
    readonly rollout: SiteRollout | null;
    readonly withdrawn: readonly WithdrawnContent[];
    readonly ring: RingName | null;
  },
): SiteContent | null {
  const { withdrawn, ring } = known;
  const rollout = known.rollout?.content.release === content.release ? known.rollout : null;
  const isGood = (one: SiteContent): boolean =>
    withdrawnOf(withdrawn, { component: one.component, file: one.file.digest }) === null;
  if (isGood(content) && (rollout === null || mayHave(rollout, ring))) return content;
  const before = rollout?.before ?? null;
  return before !== null && isGood(before) ? before : null;
}

/** To what the site goes back when the content that entered last is taken back; null: nothing. */
export function wayBackOf(
  rollout: SiteRollout,
  withdrawn: readonly WithdrawnContent[],
): SiteContent | null {
  const { component, before } = rollout;
  if (before === null) return null;
  return withdrawnOf(withdrawn, { component, file: before.file.digest }) === null ? before : null;
}
