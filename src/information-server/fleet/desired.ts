/** The whole list of what one server should have now, as far as no hold and no ring keeps it back. */

import { holdOver } from '#domain/hold/hold.ts';
import type { Digest, RingName, ServerId } from '#domain/names.ts';
import { contentFor, type WithdrawnContent } from '#domain/ring/site-ring.ts';
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

/** `ring`: where the server stands; null: the site has no rings. */
export async function wantedBy(
  rows: Rows,
  { server, ring, now }: { server: ServerId; ring: RingName | null; now: number },
): Promise<WantedItem[]> {
  const items: WantedItem[] = [];
  const withdrawn = await rows.rings.withdrawn();
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
  const rollouts = new Map((await rows.rings.rollouts()).map((one) => [one.component, one]));
  for (const content of await rows.catalogue.contents()) {
    if (manual.has(content.component)) continue;
    const rollout = rollouts.get(content.component) ?? null;
    const wanted = contentFor(content, { rollout, withdrawn, ring });
    if (wanted === null) continue;
    const { component, version, release: digest } = wanted;
    items.push({ component, lane: 'content', version, digest });
  }
  // A hold takes away permission for content; a program's permission is its lease.
  const holds = await rows.holds.holds(now);
  return items.filter(
    ({ component, lane }) =>
      lane === 'program' || holdOver(holds, { lane, component, to: server }, now) === null,
  );
}

/** What people deployed by hand is known by its version alone. */
function isTakenBack(
  withdrawn: readonly WithdrawnContent[],
  { component, version }: Pick<WithdrawnContent, 'component' | 'version'>,
): boolean {
  return withdrawn.some((one) => one.component === component && one.version === version);
}
