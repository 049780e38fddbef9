/**
 * The real information server over simulated ports: one start of it, as its launcher begins it.
 * Absent: its machine, its data and who looks after it; see site.ts.
 */

import { agentOf, normalServerOf } from '#domain/trust/admission.ts';
import type { Logger } from 'pino';
import type { Release } from '#domain/catalogue/release.ts';
import type { ServerId } from '#domain/names.ts';
import { openProgram, type Edges, type Program } from '#information-server/program.ts';
import type { SitePorts } from '#information-server/site.ts';
import { JournalFailed } from '#ports/journal.ts';
import type { Share } from '#ports/share.ts';
import type { Store } from '#ports/store.ts';
import type { Trust } from '#ports/trust.ts';
import type { Stored } from '../world/disk.ts';
import type { World } from '../world/world.ts';
import { openJournalSimulated } from '../adapters/journal-simulated.ts';
import type { JournalState } from '../adapters/journal-simulated-state.ts';
import type { ServiceRun } from '../adapters/launcher-services-simulated.ts';
import { observedAbove } from './observed-link.ts';
import { Trusted } from '#information-server/content/trusted.ts';
import { digestOf } from './releases.ts';
import { informationServerIdentity, placeOf } from './identities.ts';

/** EX_IOERR, and so long may the answer take that says why: as in main.ts. */
const statusOfDisk = 74;
const diskAnswerMs = 250;

export type InformationServerGiven = {
  readonly world: World;
  readonly log: Logger;
  readonly name: ServerId;
  readonly trust: Trust;
  readonly journal: Stored<JournalState>;
  readonly share: Share;
  readonly store: Store;
  /** What its slot is, and what the installation was laid down from. */
  readonly release: Release;
  readonly installed: Release;
  readonly settings: Pick<
    SitePorts,
    'inFlightMax' | 'proveSeconds' | 'rings' | 'ownServer' | 'expects'
  >;
  readonly edges: Pick<Edges, 'inbox' | 'readPlan' | 'readSource' | 'campaigns'>;
  /** The normal server on that machine. */
  serverOn(machine: string): ServerId;
  /** People reach it from now on, until its process ends. */
  began(program: Program): void;
};

export function addressesOf(name: ServerId): { readonly servers: string; readonly agent: string } {
  return { servers: `${name}/servers`, agent: `${name}/agent` };
}

export function beginInformationServer(
  { process, link, exit }: Pick<ServiceRun<unknown>, 'process' | 'link' | 'exit'>,
  given: InformationServerGiven,
): { close(): Promise<void> } {
  const { world, name, release } = given;
  const journal = openJournalSimulated({
    process,
    stored: given.journal,
    see: (seen) => world.see(seen),
    site: name,
  });
  let program: Program | null = null;
  const diskFailed = (): void => void process.clock.after(diskAnswerMs, () => exit(statusOfDisk));
  const addresses = addressesOf(name);

  async function begin(): Promise<void> {
    const opened = await openProgram(
      {
        name,
        clock: process.clock,
        log: given.log,
        journal,
        share: given.share,
        store: given.store,
        launcher: link,
        self: { version: release.manifest.version, digest: release.digest },
        digestOf,
        trusted: new Trusted(given.trust),
        ...given.settings,
        programSections: release.manifest.catalogue.sections.map((section) => section.name),
      },
      {
        ...given.edges,
        installed: given.installed,
        diskFailed,
        serversAddress: () => addresses.servers,
      },
    );
    program = opened;
    const { sessions, agent } = opened.parts;
    const identity = informationServerIdentity(name);
    world.network.listen(process, addresses.servers, {
      identity,
      admits: normalServerOf(placeOf(name)),
      accept(connection) {
        const server = given.serverOn(connection.remote);
        sessions.accept(observedAbove(connection, { world, site: name, server }));
      },
    });
    world.network.listen(process, addresses.agent, {
      identity,
      admits: agentOf(placeOf(name)),
      accept: (connection) => agent.accept(connection),
    });
    given.began(opened);
    await opened.begin();
  }

  const begun = begin().catch((error: unknown) => {
    if (error instanceof JournalFailed) exit(statusOfDisk);
    else world.see({ type: 'error', process: name, text: textOf(error) });
  });
  return {
    async close() {
      // As the real one: whoever is told to end while it starts ends when it has started.
      await begun;
      program?.end();
      await program?.parts.loop.idle();
      await journal.close();
    },
  };
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
