/** What an upgrade hears when one of its servers is here: what it runs, and what stands against it. */

import { requirements } from '#domain/compatibility/requirements.ts';
import { installedOf, versionsOf, type FleetServer } from '#domain/fleet/server.ts';
import { brand, type ComponentName } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import type { ServerEvent } from '#domain/upgrade/event.ts';
import type { UpgradeHead } from '#domain/upgrade/state.ts';
import type { Rows } from '#ports/journal.ts';

/** The component under which Dankai's own daemons are released. */
export const ownComponent = brand<ComponentName>('program');

export async function seenNow(
  rows: Rows,
  server: FleetServer,
  head: UpgradeHead,
): Promise<ServerEvent> {
  const running = installedOf(server, head.release.component, ownComponent)?.digest ?? null;
  return { type: 'seen', running, against: await againstIt(rows, server, head) };
}

/** R2, asked again of whoever follows: it may be another machine by now, or a newer one. */
async function againstIt(
  rows: Rows,
  server: FleetServer,
  head: UpgradeHead,
): Promise<Problem | null> {
  const release = await rows.catalogue.release(head.release.digest);
  if (release === null) return null;
  const known = { ...server, versions: versionsOf(server, ownComponent), connected: true };
  return requirements(known, release)[0] ?? null;
}
