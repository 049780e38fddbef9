/**
 * What happens in a simulated fleet, as the checkers see it. Told by the simulated adapters at the
 * moment when it takes effect, never by the programs themselves: a program that is wrong cannot
 * hide it.
 */

import type { CatalogueRevision } from '#domain/catalogue/revision.ts';
import type { SiteContent } from '#domain/fleet/content.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import type { Hold } from '#domain/hold/hold.ts';
import type { ComponentName, Digest, Fence, LeaseId, ServerId, UpgradeId } from '#domain/names.ts';
import type { RecordLine } from '#domain/record/line.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type { UpgradeGroup, UpgradeHead, UpgradeServer } from '#domain/upgrade/state.ts';
import type { Desired } from '#ports/journal.ts';
import type { FromNormalServer, ToNormalServer } from '#protocol/normal-server/messages.ts';

/** A site is named by its information server. */
export type SiteName = string;

/**
 * In an observation, `server` names the machine: what happened on a copy of a machine is told under
 * the copy's own name, although both say the same name in their hello. No two machines of a fleet
 * share one. The normal server of an information server's own computer is named as any other.
 */

/** One row that a transaction changed; `before` is null for a new one. */
export type RowChange =
  | { readonly of: 'head'; readonly before: UpgradeHead | null; readonly after: UpgradeHead }
  | {
      readonly of: 'group';
      readonly upgrade: UpgradeId;
      readonly before: UpgradeGroup | null;
      readonly after: UpgradeGroup;
    }
  | {
      readonly of: 'row';
      readonly upgrade: UpgradeId;
      readonly before: UpgradeServer | null;
      readonly after: UpgradeServer;
    }
  | { readonly of: 'plan'; readonly plan: UpgradePlan }
  | { readonly of: 'hold'; readonly before: Hold | null; readonly after: Hold }
  | { readonly of: 'desired'; readonly after: Desired }
  /** What people deployed by hand gave way to a delivery. */
  | { readonly of: 'forgotten'; readonly before: Desired }
  | { readonly of: 'content'; readonly after: SiteContent }
  | { readonly of: 'revision'; readonly after: CatalogueRevision }
  | { readonly of: 'server'; readonly after: FleetServer }
  | { readonly of: 'record'; readonly entry: RecordLine };

export type Observation =
  /** A transaction of an information server's journal is on its disk. */
  | { readonly type: 'committed'; readonly site: SiteName; readonly rows: readonly RowChange[] }
  /** A journal was put back to an older state (a backup, or the old program returned). */
  | { readonly type: 'journal-replaced'; readonly site: SiteName }
  /** A message leaves an information server for a normal server; it may be lost on the way. */
  | {
      readonly type: 'sent';
      readonly site: SiteName;
      readonly server: ServerId;
      readonly message: ToNormalServer;
    }
  /** A hello leaves a normal server, with the fence that it says it obeys. */
  | { readonly type: 'greeted'; readonly server: ServerId; readonly fence: Fence }
  /** A connection was lost, and not by the information server, before this answered the hello. */
  | { readonly type: 'hello-lost'; readonly site: SiteName; readonly server: ServerId }
  /** An information server ended a connection before it had heard a word of it, or said one. */
  | { readonly type: 'hung-up'; readonly site: SiteName; readonly server: ServerId }
  /** A message arrived at a normal server, or at an information server. */
  | {
      readonly type: 'told';
      readonly site: SiteName;
      readonly server: ServerId;
      readonly message: ToNormalServer;
    }
  | {
      readonly type: 'said';
      readonly site: SiteName;
      readonly server: ServerId;
      readonly message: FromNormalServer;
    }
  /** Bytes of an archive arrived at a server, and the same bytes left the information server. */
  | {
      readonly type: 'fetched' | 'served';
      readonly site: SiteName;
      readonly server: ServerId;
      readonly digest: Digest;
      readonly bytes: number;
    }
  /** A version folder or slot came to be, complete. `tree`: what its files add up to. */
  | {
      readonly type: 'unpacked';
      readonly server: ServerId;
      readonly digest: Digest;
      readonly tree: Digest;
    }
  /** Metadata of programs was verified and kept: these are withdrawn, as that computer now knows. */
  | {
      readonly type: 'trusted';
      readonly server: ServerId;
      readonly withdrawn: readonly Digest[];
    }
  /** The rename: another version is current from this moment. null: none was, or is any more. */
  | {
      readonly type: 'switched';
      readonly server: ServerId;
      readonly component: ComponentName;
      readonly lane: 'program' | 'content';
      readonly from: Digest | null;
      readonly to: Digest | null;
      /** Back to what ran before, not forward to what was wanted. */
      readonly isReturn: boolean;
    }
  /** A version runs, or no longer does. `works`: it would prove itself if it were asked. */
  | {
      readonly type: 'running';
      readonly server: ServerId;
      readonly component: ComponentName;
      readonly digest: Digest | null;
      readonly works: boolean;
    }
  /** What a server says that it runs, in its hello, and what its process really is. */
  | {
      readonly type: 'proved';
      readonly server: ServerId;
      readonly claims: Digest;
      readonly is: Digest;
    }
  /** The share or catalogue of a site was changed by somebody, laid down, or restored. */
  | {
      readonly type: 'share-changed';
      readonly site: SiteName;
      readonly by: 'somebody' | 'lay' | 'restore';
      readonly text: string | null;
    }
  /** A person or a fault acts. `what` is a word of `faults/` or a call of the console. */
  | {
      readonly type: 'acted';
      readonly what: string;
      readonly on: string;
      readonly detail: Readonly<Record<string, unknown>>;
    }
  | {
      readonly type: 'process-started' | 'process-ended';
      readonly machine: string;
      readonly process: string;
    }
  /** A program logged an error: in a simulation nothing may be left out in silence. */
  | { readonly type: 'error'; readonly process: string; readonly text: string }
  /** A lease as the normal server counts it, when its switch begins. */
  | {
      readonly type: 'switch-begun';
      readonly server: ServerId;
      readonly component: ComponentName;
      readonly digest: Digest;
      readonly lease: LeaseId | null;
    };
