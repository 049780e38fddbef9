/**
 * Those above who lie, with whatever they hold: an information server that offers what nobody signed,
 * what was withdrawn or is older, or hides what is new; a thief of the key of content who offers
 * programs; a control manager that hands over old metadata; signers who take back what is installed.
 * When it is over, who lied is started anew, and tells the truth.
 */

import type { Release } from '#domain/catalogue/release.ts';
import type { Digest, Lane } from '#domain/names.ts';
import type { MetadataFiles } from '#domain/trust/metadata-files.ts';
import type { StoredCopy } from '../adapters/store-folder.ts';
import type { Chance } from '../world/chance.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { ownRelease } from '../fleet/releases.ts';
import type { SimulatedServer } from '../fleet/server.ts';
import type { SimulatedSite } from '../fleet/site.ts';
import { dates, lastsFrom, spoken, type Fault, type Outline } from './fault.ts';
import { pickSite } from './targets.ts';

type Lie = {
  readonly what: string;
  /** In place of what is wanted of the daemons; null: the truth. */
  readonly release?: (fleet: Fleet) => Release;
  readonly lane?: Lane;
  /** In place of what was verified. */
  readonly metadata?: (fleet: Fleet, release: Release | null) => MetadataFiles;
};

const unsigned = ({ options }: Fleet): Release => ownRelease('6.66', options.archiveBytes);
/** The version is genuine, the bytes are not. */
const otherBytes = ({ options }: Fleet): Release => ownRelease('5.80', options.archiveBytes + 1);
const forged = ({ signers }: Fleet, release: Release | null): MetadataFiles =>
  release === null ? signers.programs : signers.forged(release);

export const unsignedProgram: Lie = {
  what: 'offers a program that nobody signed',
  release: unsigned,
};
export const hiddenNews: Lie = {
  what: 'hides what was signed last',
  metadata: ({ signers }) => signers.earlier,
};

const lies: readonly Lie[] = [
  unsignedProgram,
  hiddenNews,
  { what: 'offers other bytes under a signed version', release: otherBytes },
  { what: 'offers a withdrawn program', release: ({ withdrawnRelease }) => withdrawnRelease },
  { what: 'offers an older program', release: ({ olderRelease }) => olderRelease },
  { what: 'signs a program with the key of content', release: unsigned, metadata: forged },
  {
    what: 'sends a program as content, signed with the key of content',
    release: unsigned,
    lane: 'content',
    metadata: forged,
  },
  { what: 'shows metadata that expired', metadata: ({ signers }) => signers.expired() },
];

export const liarsAbove: Fault = {
  name: 'liars-above',
  plan: (chance, outline) =>
    dates(chance, outline, chance.integer(1, 4)).map((after) => {
      const lasts = lastsFrom(chance, outline, { after, mean: 1_800_000 });
      const drawn = drawnOf(chance, outline);
      return {
        after,
        fault: 'liars-above',
        what: `${drawn.what} for ${spoken(lasts)}`,
        act(fleet) {
          const end = drawn.begin(fleet);
          fleet.world.schedule.after(lasts, end);
        },
      };
    }),
};

type Drawn = { readonly what: string; begin(fleet: Fleet): () => void };

function drawnOf(chance: Chance, outline: Outline): Drawn {
  const site = pickSite(chance, outline);
  const some = site.servers.filter(() => chance.happens(0.5)).slice(0, 5);
  const lie = chance.pick(lies);
  return chance.pick<Drawn>([
    liarOf(site, some, lie),
    liarOf(site, some, lie),
    liarOf(site, some, lie),
    replayTo(site),
    {
      what: 'the new version is withdrawn',
      begin({ signers, newRelease }) {
        signers.withdraw(newRelease, 'it may burn');
        return () => signers.sign([newRelease]);
      },
    },
  ]);
}

/** `begin` answers what ends it. */
export function liarOf(site: SimulatedSite, servers: readonly SimulatedServer[], lie: Lie): Drawn {
  return {
    what: `the information server of ${site.name} ${lie.what}`,
    begin(fleet) {
      const release = lie.release?.(fleet) ?? null;
      const { lane = 'program' } = lie;
      const files = lie.metadata?.(fleet, release);
      site.computer.liar = {
        release: (digest) => (release?.digest === digest ? release : null),
        archive: (digest) => archiveOf(release, digest),
        metadata: files === undefined ? {} : { [lane]: readerOf(files) },
      };
      for (const server of release === null ? [] : servers) {
        server.isHonest = false;
        server.path.meddleDown = (message) => wanting(message, { release, lane });
      }
      return () => {
        site.computer.liar = null;
        for (const server of servers) server.path.meddleDown = null;
        site.launcher.serviceProcess('information-server')?.kill();
      };
    },
  };
}

/** What its manifest says, whoever signed that. */
function archiveOf(release: Release | null, digest: Digest): StoredCopy | null {
  const found = release?.manifest.packages.find(({ archive }) => archive.digest === digest);
  return found === undefined ? null : { ...found.archive, tree: found.treeDigest };
}

/** One encoding for all who ask. */
function readerOf(files: MetadataFiles): (name: string) => Uint8Array | null {
  const encoder = new TextEncoder();
  const bytes = new Map([...files].map(([name, text]) => [name, encoder.encode(text)]));
  return (name) => bytes.get(name) ?? null;
}

/** The list as it was, with that in place of the component's own. */
function wanting(
  message: object,
  { release, lane }: { readonly release: Release | null; readonly lane: Lane },
): object {
  if (!('type' in message && message.type === 'wanted' && 'items' in message)) return message;
  if (release === null || !Array.isArray(message.items)) return message;
  const { component, version } = release.manifest;
  const others = message.items.filter((item) => item.component !== component);
  return { ...message, items: [...others, { component, lane, version, digest: release.digest }] };
}

/** Nothing older than what a site has seen counts there, and it goes on with what it has. */
export function replayTo({ name, above, launcher }: SimulatedSite): Drawn {
  return {
    what: `the control manager hands over old metadata to ${name}`,
    begin() {
      if (above === null) return () => undefined;
      let first: unknown = null;
      above.path.meddleDown = (message) => {
        if (!('metadata' in message)) return message;
        first ??= message.metadata;
        return { ...message, metadata: first };
      };
      return () => {
        above.path.meddleDown = null;
        launcher.serviceProcess('agent')?.kill();
      };
    },
  };
}
