/** The whole list of what one server should have now, as far as no hold and no ring keeps it back. */

import type { SiteContent } from '#domain/fleet/content.ts';
import { holdOver, type Hold } from '#domain/hold/hold.ts';
import type { Digest, RingName, ServerId } from '#domain/names.ts';
import {
  contentFor,
  holdsOverEmergency,
  type SiteRollout,
  type WithdrawnContent,
} from '#domain/ring/site-ring.ts';
import type { WantedItem } from '#protocol/normal-server/messages.ts';
import type { Rows } from '#ports/journal.ts';

/** How often a person has resumed the upgrade to that release: each time what failed is tried anew. */
async function attemptOf(rows: Rows, server: ServerId, digest: Digest): Promise<number> {
  let attempt = 0;
  for (const { upgrade } of await rows.upgrades.standingRowsOf(server)) {
    const head = await rows.upgrades.head(upgrade);
    if (head?.release.digest === digest) attempt = Math.max(attempt, head.resumes);
  }
  return attempt;
}

/** What all servers of the site have in common, read once for many of them. */
export type WantedByAll = {
  readonly contents: readonly SiteContent[];
  readonly rollouts: ReadonlyMap<string, SiteRollout>;
  readonly withdrawn: readonly WithdrawnContent[];
  /** A hold takes away permission for content; a program's permission is its lease. */
  readonly holds: readonly Hold[];
};

export async function wantedByAll(rows: Rows, now: number): Promise<WantedByAll> {
  const rollouts = await rows.rings.rollouts();
  return {
    contents: await rows.catalogue.contents(),
    rollouts: new Map(rollouts.map((one) => [one.component, one])),
    withdrawn: await rows.rings.withdrawn(),
    holds: await rows.holds.holds(now),
  };
}

type Wanting = {
  readonly server: ServerId;
  /** Where the server stands; null: the site has no rings. */
  readonly ring: RingName | null;
  readonly now: number;
  readonly all: WantedByAll;
};

export async function wantedBy(
  rows: Rows,
  { server, ring, now, all }: Wanting,
): Promise<WantedItem[]> {
  const items: WantedItem[] = [];
  const { withdrawn } = all;
  const manual = new Set<string>();
  for (const desired of await rows.fleet.desiredOf(server)) {
    const release = await rows.catalogue.release(desired.digest);
    if (release === null) continue;
    const { component, version, digest, owner } = desired;
    const { lane } = release.manifest;
    if (lane === 'content' && isTakenBack(withdrawn, desired)) continue;
    if (lane === 'content') manual.add(component);
    const attempt = owner === 'upgrade' ? { attempt: await attemptOf(rows, server, digest) } : {};
    items.push({ component, lane, version, digest, ...attempt });
  }
  for (const content of all.contents) {
    if (manual.has(content.component)) continue;
    const rollout = all.rollouts.get(content.component) ?? null;
    const wanted = contentFor(content, { rollout, withdrawn, ring });
    if (wanted === null) continue;
    const { component, version, release: digest } = wanted;
    items.push({ component, lane: 'content', version, digest });
  }
  const emergencies = new Map(
    [...all.rollouts.values()].flatMap((one) =>
      one.isEmergency === true ? [[one.content.release, one] as const] : [],
    ),
  );
  const domain = all.holds.length === 0 ? undefined : (await rows.fleet.server(server))?.domain;
  return items.filter(({ component, lane, digest }) => {
    if (lane === 'program') return true;
    const emergency = emergencies.get(digest);
    const over = emergency === undefined ? all.holds : holdsOverEmergency(all.holds, emergency);
    return holdOver(over, { lane, component, to: server, domain }, now) === null;
  });
}

/** What people deployed by hand is known by its version alone. */
function isTakenBack(
  withdrawn: readonly WithdrawnContent[],
  { component, version }: Pick<WithdrawnContent, 'component' | 'version'>,
): boolean {
  return withdrawn.some((one) => one.component === component && one.version === version);
}
