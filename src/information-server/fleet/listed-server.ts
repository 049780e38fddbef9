/** A server as the tree and the lists show it, out of its row, its session and the upgrade. */

import type { ListedServer } from '#domain/fleet/listed-server.ts';
import { installedOf, type FleetServer, type Installed } from '#domain/fleet/server.ts';
import type { UpgradeHead } from '#domain/upgrade/state.ts';
import type { TreeServer } from '#protocol/console/contract.ts';
import type { FleetEvents } from './fleet-events.ts';
import type { Placed } from './fleet-index.ts';
import { ownComponent } from '../seen.ts';
import type { Sessions } from './sessions.ts';
import type { Site } from '../site.ts';

type Surroundings = {
  readonly site: Pick<Site, 'self' | 'clock'>;
  readonly sessions: Pick<Sessions, 'session'>;
};

export function listedServer(
  { site, sessions }: Surroundings,
  server: FleetServer,
  head: UpgradeHead | null,
  placed: Placed,
): ListedServer {
  const session = sessions.session(server.server);
  const runs =
    head === null ? server.running : installedOf(server, head.release.component, ownComponent);
  return {
    server: server.server,
    domain: server.domain,
    program: server.running.version,
    programs: server.programs.map(plain),
    contents: server.contents.map(plain),
    session: {
      state: session === null ? 'none' : runs?.digest === wantedDigest(site, head) ? 'new' : 'old',
      since: session?.since ?? null,
      encrypted: session?.isEncrypted ?? false,
    },
    lastSeen: session === null ? server.lastSeen : site.clock.now(),
    platform: server.platform,
    os: server.os,
    state: placed?.state ?? 'idle',
    group: placed?.group ?? null,
    rebootRecommended: server.rebootRecommended,
    unsigned: server.unsigned,
    launcherFailed: server.launcherFailed,
  };
}

/** With the bytes that it received, which change faster than any list is made. */
export function treeServer(
  parts: Surroundings & { readonly fleetEvents: Pick<FleetEvents, 'bytesReceived'> },
  server: FleetServer,
  head: UpgradeHead | null,
  placed: Placed,
): TreeServer & Pick<ListedServer, 'domain'> {
  const { programs, contents, ...listed } = listedServer(parts, server, head, placed);
  return {
    ...listed,
    programs: [...programs],
    contents: [...contents],
    bytesReceived: parts.fleetEvents.bytesReceived(server, wantedDigest(parts.site, head)),
    bytesTotal: Object.values(server.bytesReceived).reduce((sum, one) => sum + one, 0),
  };
}

/** Before the first upgrade a server should run what its information server runs (S7). */
function wantedDigest(site: Pick<Site, 'self'>, head: UpgradeHead | null): string {
  return head?.release.digest ?? site.self.digest;
}

function plain({ component, version, notAtomic }: Installed): Omit<Installed, 'digest'> {
  return { component, version, ...(notAtomic && { notAtomic }) };
}
