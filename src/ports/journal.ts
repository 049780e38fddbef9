/**
 * The information server's memory: rows, the inputs that changed them, and the record of
 * decisions, all committed together or not at all.
 *
 * A transaction awaits nothing but its own queries. Effects happen after it, never in it.
 */

import type { BillDay, BillEntry, BillRow } from '#domain/budget/bill.ts';
import type { CatalogueRevision } from '#domain/catalogue/revision.ts';
import type { Release } from '#domain/catalogue/release.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import type { SiteContent } from '#domain/fleet/content.ts';
import type { Hold } from '#domain/hold/hold.ts';
import type {
  ComponentName,
  Digest,
  GroupName,
  HoldId,
  Instant,
  ServerId,
  UpgradeId,
} from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import type { RingOutcome, Tally } from '#domain/ring/outcome.ts';
import type { SiteRollout, WithdrawnContent } from '#domain/ring/site-ring.ts';
import type { Genesis, RecordEntry, RecordHead, RecordLine } from '#domain/record/line.ts';
import type { FoundLines, RecordFilter, RecordPart } from '#domain/record/search.ts';
import type {
  EnrolledServer,
  EnrolmentTokenRow,
  IssuedCertificate,
} from '#domain/trust/enrolment.ts';
import type { HeadEvent, ServerEvent, SiteFacts } from '#domain/upgrade/event.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type {
  ServerState,
  UpgradeGroup,
  UpgradeHead,
  UpgradeServer,
} from '#domain/upgrade/state.ts';
import type { PeopleRows } from './people.ts';

/** What one server should have of one component, and who says so. */
export type Desired = {
  readonly server: ServerId;
  readonly component: ComponentName;
  readonly digest: Digest;
  readonly version: string;
  readonly owner: 'upgrade' | 'manual';
};

/** What `step` was told, as `appendInput` kept it. */
export type KeptInput = {
  readonly number: number;
  readonly upgrade: UpgradeId | null;
  readonly at: Instant;
  readonly input: {
    readonly event: HeadEvent | ServerEvent;
    /** Of which server, or of which group, the event was. */
    readonly server?: ServerId;
    readonly group?: GroupName;
    readonly site: SiteFacts;
  };
};

export type Evidence = {
  readonly digest: Digest;
  readonly at: Instant;
  readonly kind: string;
  readonly because: Problem;
  readonly text: string;
};

/** A server's row together with the upgrade that it belongs to. */
export type OwnedRow = { readonly upgrade: UpgradeId; readonly row: UpgradeServer };

export type FleetRows = {
  server(id: ServerId): Promise<FleetServer | null>;
  /** In the order of their names. */
  servers(): Promise<readonly FleetServer[]>;
  putServer(server: FleetServer): Promise<void>;
  /** With all that was wanted of it. */
  removeServer(server: ServerId): Promise<void>;
  /** In the order of components. */
  desiredOf(server: ServerId): Promise<readonly Desired[]>;
  putDesired(desired: Desired): Promise<void>;
  /** What people deployed of a component to chosen servers no longer counts. */
  forgetManual(component: ComponentName): Promise<void>;
};

export type CatalogueRows = {
  /** One whose packages are gone, too. */
  release(digest: Digest): Promise<Release | null>;
  /** Those whose packages are here, in the order in which they came. */
  releases(): Promise<readonly Release[]>;
  /** Those whose packages are gone, in the order in which they came. */
  releasesGone(): Promise<readonly Release[]>;
  /** One that is there already stays as it came; its packages are here again. */
  putRelease(release: Release, at: Instant): Promise<void>;
  /** What it was stays known. */
  packagesGone(release: Digest, at: Instant): Promise<void>;
  /** The one with the highest fence. */
  revision(): Promise<CatalogueRevision | null>;
  putRevision(revision: CatalogueRevision, at: Instant): Promise<void>;
  contents(): Promise<readonly SiteContent[]>;
  putContent(content: SiteContent): Promise<void>;
};

export type HoldRows = {
  hold(id: HoldId): Promise<Hold | null>;
  /** Those not released, and all that ended after `since`. */
  holds(since: Instant): Promise<readonly Hold[]>;
  putHold(hold: Hold): Promise<void>;
};

/** Content on its way through the rings of the site: of each component that which entered last. */
export type RingRows = {
  rollout(component: ComponentName): Promise<SiteRollout | null>;
  /** In the order of components. */
  rollouts(): Promise<readonly SiteRollout[]>;
  putRollout(rollout: SiteRollout): Promise<void>;
  outcome(component: ComponentName, server: ServerId): Promise<RingOutcome | null>;
  /** In the order of servers. */
  outcomes(component: ComponentName): Promise<readonly RingOutcome[]>;
  /** In the order of components. */
  outcomesOf(server: ServerId): Promise<readonly RingOutcome[]>;
  putOutcome(outcome: RingOutcome): Promise<void>;
  /** Other content of that component begins its way. */
  forgetOutcomes(component: ComponentName): Promise<void>;
  /** Who left the site for good says nothing more. */
  forgetOutcomesOf(server: ServerId): Promise<void>;
  /** Silent since then, or longer, is long. */
  tally(component: ComponentName, longSilentSince: Instant): Promise<readonly Tally[]>;
  /** The latest first. */
  withdrawn(): Promise<readonly WithdrawnContent[]>;
  putWithdrawn(content: WithdrawnContent): Promise<void>;
};

export type UpgradeRows = {
  plan(upgrade: UpgradeId): Promise<UpgradePlan | null>;
  head(upgrade: UpgradeId): Promise<UpgradeHead | null>;
  /** Newest first. */
  heads(limit?: number): Promise<readonly UpgradeHead[]>;
  /** Of those that are not finished, stopped ones too: what was locked then may still be. */
  openHeads(): Promise<readonly UpgradeHead[]>;
  begin(plan: UpgradePlan, head: UpgradeHead, groups: readonly UpgradeGroup[]): Promise<void>;
  putHead(head: UpgradeHead): Promise<void>;
  group(upgrade: UpgradeId, name: GroupName): Promise<UpgradeGroup | null>;
  groups(upgrade: UpgradeId): Promise<readonly UpgradeGroup[]>;
  putGroup(upgrade: UpgradeId, group: UpgradeGroup): Promise<void>;
  row(upgrade: UpgradeId, server: ServerId): Promise<UpgradeServer | null>;
  /**
   * Of each component the newest upgrade only: an older one has nothing to say any more, but for a
   * switch under way. Oldest upgrade first.
   */
  standingRowsOf(server: ServerId): Promise<readonly OwnedRow[]>;
  /** In the order of servers. */
  rowsIn(query: {
    readonly upgrade: UpgradeId;
    readonly group: GroupName;
    readonly state?: ServerState;
    readonly limit: number;
  }): Promise<readonly UpgradeServer[]>;
  /** The longest due first. */
  rowsDue(now: Instant, limit: number): Promise<readonly OwnedRow[]>;
  putRow(upgrade: UpgradeId, row: UpgradeServer): Promise<void>;
  /** In flight over all upgrades of the site. */
  inFlight(): Promise<number>;
};

export type EnrolmentRows = {
  token(id: string): Promise<EnrolmentTokenRow | null>;
  /** Newest first. */
  tokens(): Promise<readonly EnrolmentTokenRow[]>;
  putToken(token: EnrolmentTokenRow): Promise<void>;
  /** Those that ended before it. */
  forgetTokens(before: Instant): Promise<void>;
  enrolled(server: ServerId): Promise<EnrolledServer | null>;
  /** In the order of their names. */
  enrolledServers(): Promise<readonly EnrolledServer[]>;
  putEnrolled(server: EnrolledServer): Promise<void>;
  certificate(serial: string): Promise<IssuedCertificate | null>;
  /** The longest valid first. */
  certificatesOf(server: ServerId): Promise<readonly IssuedCertificate[]>;
  putCertificate(certificate: IssuedCertificate): Promise<void>;
  /** Those that ended before it. */
  forgetCertificates(before: Instant): Promise<void>;
};

export type LogRows = {
  appendInput(upgrade: UpgradeId | null, at: Instant, input: KeptInput['input']): Promise<void>;
  /** Those (of one upgrade) after that number, in the order in which they were written. */
  inputs(query: {
    readonly upgrade?: UpgradeId | undefined;
    readonly after: number;
    readonly limit: number;
  }): Promise<readonly KeptInput[]>;
  /**
   * Once for each journal: says of which site its record is. Lines that stand there already are
   * chained behind it, as they are. Before it, nothing can be appended.
   */
  beginRecord(of: Pick<Genesis, 'site' | 'at'>): Promise<void>;
  /** null: not begun. */
  genesis(): Promise<Genesis | null>;
  /** Chains it to the line before. */
  appendRecord(entry: RecordEntry): Promise<void>;
  /** The last line, or the genesis. */
  recordHead(): Promise<RecordHead>;
  /** After that number, or (null) the newest; in the order in which they were written. */
  record(after: number | null, limit: number): Promise<readonly RecordLine[]>;
  /** Looked for from the end on, a part of it at a time. */
  searchRecord(filter: RecordFilter, part: RecordPart): Promise<FoundLines>;
  putEvidence(evidence: Evidence): Promise<void>;
  hasEvidence(digest: Digest): Promise<boolean>;
  evidence(): Promise<readonly Evidence[]>;
  note(name: string): Promise<string | null>;
  putNote(name: string, value: string): Promise<void>;
};

/** Bytes that went over links; only ever added to. */
export type BillRows = {
  /** To what is there of that entry, and of its day. */
  add(entry: BillEntry, spent: { readonly bytes: number; readonly at: Instant }): Promise<void>;
  /** (Of one program) in the order of servers. */
  rows(release?: Digest): Promise<readonly BillRow[]>;
  /** From that midnight on, oldest first. */
  days(since: Instant): Promise<readonly BillDay[]>;
};

export type Rows = {
  readonly fleet: FleetRows;
  readonly catalogue: CatalogueRows;
  readonly holds: HoldRows;
  readonly rings: RingRows;
  readonly upgrades: UpgradeRows;
  readonly enrolment: EnrolmentRows;
  readonly log: LogRows;
  readonly bill: BillRows;
  readonly people: PeopleRows;
};

/** The note of whoever puts a backup back: the next start says so in the first line of its life. */
export const restoredNote = 'restored';

/** The disk refuses: full, gone, read-only, damaged. Nothing that was said is on it. */
export class JournalFailed extends Error {}

export type Journal = {
  /** Reads outside any transaction. */
  readonly rows: Rows;
  transaction<Value>(act: (rows: Rows) => Promise<Value>): Promise<Value>;
  /** For whoever has nothing under way: it waits for nobody, and answers nothing afterwards. */
  close(): Promise<void>;
};
