/** The whole list of what one server should have now, as far as no hold keeps it back. */

import { holdOver } from '#domain/hold/hold.ts';
import type { ServerId } from '#domain/names.ts';
import type { WantedItem } from '#protocol/normal-server/messages.ts';
import type { Rows } from '#ports/journal.ts';

export async function wantedBy(rows: Rows, server: ServerId, now: number): Promise<WantedItem[]> {
  const items: WantedItem[] = [];
  const manual = new Set<string>();
  for (const desired of await rows.fleet.desiredOf(server)) {
    const release = await rows.catalogue.release(desired.digest);
    if (release === null) continue;
    const { component, version, digest } = desired;
    const { lane } = release.manifest;
    if (lane === 'content') manual.add(component);
    items.push({ component, lane, version, digest });
  }
  for (const content of await rows.catalogue.contents()) {
    const { component, version, release: digest } = content;
    if (!manual.has(component)) items.push({ component, lane: 'content', version, digest });
  }
  // A hold takes away permission for content; a program's permission is its lease.
  const holds = await rows.holds.holds(now);
  return items.filter(
    ({ component, lane }) =>
      lane === 'program' || holdOver(holds, { lane, component, to: server }, now) === null,
  );
}
