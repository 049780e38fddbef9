/** The information server of a site: its ports on the site's computer, from one start to the next. */

import { brand, type Digest, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse } from '#domain/result.ts';
import type { Release } from '#domain/catalogue/release.ts';
import type { Edges, Program } from '#information-server/program.ts';
import { campaignReaderSimulated } from '../adapters/campaign-reader-simulated.ts';
import { openFeedSimulated } from '../adapters/feed-simulated.ts';
import type { ServiceRun } from '../adapters/launcher-services-simulated.ts';
import { openShareSimulated } from '../adapters/share-simulated.ts';
import type { FileFacts } from '../adapters/store-folder.ts';
import { openStoreSimulated, type StoreSimulated } from '../adapters/store-simulated.ts';
import type { Process } from '../world/machine.ts';
import { simulatedOrganisation } from './identities.ts';
import { wellBehaved } from './behaviour.ts';
import { beginInformationServer } from './information-server.ts';
import { fleetPlatform } from './releases.ts';
import type { SiteComputer, SiteData } from './site-computer.ts';

export type RunningInformationServer = {
  readonly program: Program;
  readonly store: StoreSimulated;
};

const copyBytesPerSecond = 100e6;

type Given = {
  readonly release: Release;
  currentSlots(): readonly string[];
  began(running: RunningInformationServer): void;
};

export function beginInformationServerOn(
  computer: SiteComputer,
  run: ServiceRun<SiteData>,
  { release, currentSlots, began }: Given,
): { close(): Promise<void> } {
  const { world, log, name, options, installed, above } = computer.given;
  const { process } = run;
  const store = storeOf(computer, process, currentSlots);
  return beginInformationServer(run, {
    world,
    log,
    name,
    trust: computer.trustOf(process),
    journal: run.data.journal,
    share: openShareSimulated({ process, folder: computer.share, store: computer.store }),
    store,
    release,
    installed,
    settings: {
      inFlightMax: options.inFlightMax,
      proveSeconds: options.proveSeconds,
      rings: options.rings,
      ownServer: computer.own.facts.server,
      expects: { normalServer: true, agent: above !== null },
    },
    edges: {
      inbox: 'inbox',
      readPlan: (text) => readPlan(computer, text),
      readSource: () => readSource(computer, process),
      campaigns: {
        reader: campaignReaderSimulated,
        organisation: simulatedOrganisation,
        policy: options.campaigns ?? 'start',
        approvers: 1,
      },
    },
    serverOn: (machine) =>
      machine === name ? computer.own.facts.server : brand<ServerId>(machine),
    began: (program) => began({ program, store }),
  });
}

/** A plan's text is the name of its upgrade here; a campaign's plan file names it. */
function readPlan({ plans }: SiteComputer, text: string): ReturnType<Edges['readPlan']> {
  const named = /"upgrade":"([^"]+)"/.exec(text)?.[1] ?? text;
  const plan = plans.get(named);
  if (plan !== undefined) return ok(plan);
  const expected = 'a plan that was written';
  return refuse(problem('PLAN_UNREADABLE', { file: text, line: 1, column: 1, expected }));
}

function storeOf(
  computer: SiteComputer,
  process: Process,
  currentSlots: () => readonly string[],
): StoreSimulated {
  const { world } = computer.given;
  const { own, store } = computer;
  return openStoreSimulated({
    process,
    platform: fleetPlatform,
    folders: own.slots,
    folder: store,
    unpackMilliseconds: () => wellBehaved.unpackMilliseconds,
    unpacked({ release: { digest }, tree }) {
      world.see({ type: 'unpacked', server: own.facts.server, digest, tree });
    },
    fileAt: (path) => fileAt(computer, path),
    currentSlots,
  });
}

/** `inbox/<digest>`, where the agent puts files, or `update/<digest>`, of the site's own updates. */
function fileAt({ inbox, updates }: SiteComputer, path: string): FileFacts | null {
  const [folder, name = ''] = path.split('/');
  const digest = brand<Digest>(name);
  return folder === 'update' ? updates.find(digest) : inbox.find(digest);
}

async function readSource(
  computer: SiteComputer,
  process: Process,
): ReturnType<Edges['readSource']> {
  const { feed: folder } = computer.given;
  const bytesPerSecond = copyBytesPerSecond;
  const feed = openFeedSimulated({ process, folder, contents: computer.updates, bytesPerSecond });
  const answered = await feed.download();
  if (!answered.ok) {
    const absent = problem('FEED_UNREADABLE', { feed: folder.name, detail: 'empty' });
    return refuse(answered.problems[0] ?? absent);
  }
  const { items, catalogue } = answered.download;
  await feed.keepOnly(new Set(items.map(({ digest }) => digest)));
  return ok({
    from: folder.name,
    metadata: Object.fromEntries(folder.metadata),
    items: items.map((item) => ({ ...item })),
    catalogue,
    fileOf: (item) => `update/${item.digest}`,
  });
}
