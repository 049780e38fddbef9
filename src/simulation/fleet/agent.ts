/**
 * The real agent on a simulated machine: between its information server, which is on the same
 * machine, and a control manager. Started by whoever builds the site, through its launcher.
 */

import type { Digest, ServerId } from '#domain/names.ts';
import { openAgent, type AgentWorld } from '#control-manager-agent/program.ts';
import type { LauncherLink } from '#ports/launcher.ts';
import type { Logger } from 'pino';
import type { Source } from '../adapters/download-simulated.ts';
import type { InboxFolder } from '../adapters/inbox-folder.ts';
import { openInboxSimulated } from '../adapters/inbox-simulated.ts';
import type { Process } from '../world/machine.ts';
import { Path } from '../world/network.ts';
import { SharedLink } from '../world/shared-link.ts';
import type { World } from '../world/world.ts';
import { agentIdentity } from './identities.ts';

/** What stands above a site, and how it is reached. */
export type Above = {
  readonly address: string;
  readonly source: Source;
  readonly path: Path;
  readonly link: SharedLink;
};

export type AgentPlace = {
  readonly world: World;
  readonly log: Logger;
  /** Where the information server of this machine listens for its agent. */
  readonly site: ServerId;
  readonly informationServer: string;
  readonly inbox: InboxFolder;
  /** null: this site has none. */
  readonly controlManager: Above | null;
  readonly reportMinutes?: number;
};

export type AgentRun = {
  readonly process: Process;
  readonly link: LauncherLink;
  /** What its slot holds. */
  readonly own: { readonly version: string; readonly digest: Digest };
};

/** Inside one machine. */
const loopbackMilliseconds = 0.1;

export function beginAgent(
  { process, link, own }: AgentRun,
  place: AgentPlace,
): { close(): Promise<void> } {
  const { world, log, inbox, controlManager, reportMinutes = 60 } = place;
  const loopback = new Path(loopbackMilliseconds, 0);
  const nobody = {
    source: { process: () => null, find: () => null },
    path: loopback,
    link: new SharedLink({ schedule: world.schedule, bytesPerSecond: 1 }),
  };
  const dialling =
    (path: Path, address: string | null): AgentWorld['dial']['informationServer'] =>
    ({ isWanted, opened }) =>
      world.network.dial(process, {
        address: () => (isWanted() ? address : null),
        path,
        identity: agentIdentity(place.site),
        opened,
      });
  const agent = openAgent({
    clock: process.clock,
    log,
    launcher: link,
    own: { ...own, pid: 1 },
    reportMinutes,
    // The site has one inbox, wherever its information server says that it is.
    inboxAt: () => openInboxSimulated({ process, folder: inbox, ...(controlManager ?? nobody) }),
    inboxFolder: 'inbox',
    dial: {
      informationServer: dialling(loopback, place.informationServer),
      controlManager: dialling(controlManager?.path ?? loopback, controlManager?.address ?? null),
    },
  });
  return {
    async close() {
      agent.close();
    },
  };
}
