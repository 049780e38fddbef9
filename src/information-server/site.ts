/** What the parts of an information server share: its settings, the ports, and what it is. */

import type { Logger } from 'pino';
import { z } from 'zod';
import type { Digest, ServerId } from '#domain/names.ts';
import { epochBegun, restoredKind, type RecordEntry } from '#domain/record/line.ts';
import type { Clock } from '#ports/clock.ts';
import { lastRestoreNote, noteRestore, unsettledNote } from './record/restores.ts';
import { restoredNote, type Journal, type Rows } from '#ports/journal.ts';
import type { Deltas } from '#ports/deltas.ts';
import type { Notices } from '#ports/notices.ts';
import type { LauncherLink } from '#ports/launcher.ts';
import type { Share } from '#ports/share.ts';
import type { SiteAuthority } from '#ports/site-authority.ts';
import type { Store } from '#ports/store.ts';
import type { SiteRing } from '#domain/ring/site-ring.ts';
import type { Trusted } from './content/trusted.ts';

export type Site = {
  readonly name: ServerId;
  readonly clock: Clock;
  readonly log: Logger;
  readonly journal: Journal;
  readonly share: Share;
  readonly store: Store;
  readonly trusted: Trusted;
  /** Absent: servers get whole packages. */
  readonly deltas?: Deltas | undefined;
  /** null when nothing started us: then nothing can be switched here either. */
  readonly launcher: LauncherLink | null;
  /** The release that this process belongs to. */
  readonly self: { readonly version: string; readonly digest: Digest };
  digestOf(text: string): Digest;
  /** What the organisation's root has said; absent: no organisation. */
  readonly notices?: Notices | undefined;
  /** Signs for this site; absent: no organisation, so nobody can enrol here. */
  readonly authority?: SiteAuthority | undefined;
  /** Through which content goes to the servers here; absent or empty: to all at once. */
  readonly rings?: readonly SiteRing[] | undefined;
  readonly inFlightMax: number;
  /** For a new version of this program, or of its agent, to prove itself. */
  readonly proveSeconds: number;
  /** Raised at every start, and above any that a server has obeyed. */
  epoch: number;
  /** Never the same twice, not even after a restart: the epoch is part of it. */
  newId(kind: 'hold' | 'lease'): string;
  /** Its own switch is wanted: leases in flight come to their end, and none begins. */
  isDraining: boolean;
  /** It was told to end: what goes on still may find the journal closed. */
  isEnded: boolean;
  /**
   * The normal server that was installed with this one, by their common settings; null: none was. It
   * is upgraded with this one, and its identity is signed here; none may say of itself that it is it.
   */
  readonly ownServer: ServerId | null;
  /** Services of this computer that the own upgrade must find connected (D3, D4). */
  readonly expects: { readonly normalServer: boolean; readonly agent: boolean };
  /** Sections of `server.ini` that stand for programs, by the site's profile. */
  readonly programSections: readonly string[];
};

/** What whoever starts an information server brings along; the rest begins with the start. */
export type SitePorts = Omit<Site, 'epoch' | 'newId' | 'isDraining' | 'isEnded'>;

export async function openSite(ports: SitePorts): Promise<Site> {
  const epoch = await beginEpoch(ports);
  let ids = 0;
  const site: Site = {
    ...ports,
    isDraining: false,
    isEnded: false,
    epoch,
    newId(kind) {
      ids += 1;
      return `${kind}-${site.epoch}-${ids}`;
    },
  };
  return site;
}

/**
 * Every start begins a higher epoch, so that numbers of an earlier life are never obeyed: at least
 * the seconds of `now`, so that it rises even when an old copy of the journal was put back.
 */
function beginEpoch({ journal, name, self, clock }: SitePorts): Promise<number> {
  const now = clock.now();
  return journal.transaction(async (rows) => {
    const noted = Number((await rows.log.note('epoch')) ?? 0);
    const revised = (await rows.catalogue.revision())?.fence.epoch ?? 0;
    const epoch = Math.max(noted + 1, revised + 1, Math.floor(now / 1_000));
    await rows.log.putNote('epoch', String(epoch));
    await rows.log.beginRecord({ site: name, at: now });
    const restored = await restoredWith(rows);
    // What a restore took out of the chain is named by the first line of the life after it.
    if (restored !== null) {
      await rows.log.putNote(unsettledNote, 'yes');
      await rows.log.putNote(lastRestoreNote, JSON.stringify({ at: now, ...restored.detail }));
      const { number } = await rows.log.recordHead();
      const detail = { ...restored.detail, epoch, until: number };
      const { who } = restored;
      await rows.log.appendRecord({ at: now, kind: restoredKind, who, server: null, detail });
      await rows.log.putNote(restoredNote, '');
      await noteRestore(rows, { number: number + 1, epoch });
    }
    await rows.log.appendRecord(
      epochBegun('information-server', { at: now, epoch, version: self.version }),
    );
    return epoch;
  });
}

const restoredSchema = z.object({ who: z.string(), detail: z.record(z.string(), z.unknown()) });

async function restoredWith(rows: Rows): Promise<Pick<RecordEntry, 'who' | 'detail'> | null> {
  const note = await rows.log.note(restoredNote);
  return note === null || note === '' ? null : restoredSchema.parse(JSON.parse(note));
}

/** Until its launcher committed it, a new version grants no lease and takes no delivery. */
export function isProving(site: Site): boolean {
  return site.launcher?.state()?.program?.phase === 'proving';
}
