/**
 * A site's rows as its commits told them: what checkers compare single changes with. Up to date
 * before any checker sees a commit; what stood before it is in the changes themselves.
 */

import type { Hold } from '#domain/hold/hold.ts';
import type { GroupName, HoldId, LeaseId, ServerId, UpgradeId } from '#domain/names.ts';
import { invariant } from '#domain/result.ts';
import type { PlannedGroup, UpgradePlan } from '#domain/upgrade/plan.ts';
import type { UpgradeGroup, UpgradeHead, UpgradeServer } from '#domain/upgrade/state.ts';
import type { RowChange, SiteName } from '../observation.ts';
import type { JournalView } from './checker.ts';

/** A lease that was committed, whatever became of the row. Instants are virtual. */
export type KnownLease = {
  readonly id: LeaseId;
  readonly server: ServerId;
  readonly upgrade: UpgradeId;
  readonly grantedAt: number;
  readonly milliseconds: number;
  /** Its row went on to `switching`: the server may be told to go. */
  confirmedAt: number | null;
};

export class UpgradeMemory {
  readonly plan: UpgradePlan;
  readonly groups = new Map<GroupName, UpgradeGroup>();
  readonly rows = new Map<ServerId, UpgradeServer>();
  readonly #order = new Map<GroupName, number>();
  #head: UpgradeHead | null = null;

  constructor(plan: UpgradePlan) {
    this.plan = plan;
    for (const [index, { name }] of plan.groups.entries()) this.#order.set(name, index);
  }

  get head(): UpgradeHead {
    invariant(this.#head !== null, 'an upgrade is committed with its head');
    return this.#head;
  }

  set head(head: UpgradeHead) {
    this.#head = head;
  }

  indexOf(group: GroupName): number {
    return this.#order.get(group) ?? -1;
  }

  planned(group: GroupName): PlannedGroup | undefined {
    return this.plan.groups[this.indexOf(group)];
  }
}

export class SiteMemory {
  readonly site: SiteName;
  readonly upgrades = new Map<UpgradeId, UpgradeMemory>();
  /** Not released; some may be over. */
  readonly holds = new Map<HoldId, Hold>();
  /** Never forgotten, not even when the journal is replaced: servers may hold them. */
  readonly leases = new Map<LeaseId, KnownLease>();

  constructor(site: SiteName) {
    this.site = site;
  }

  upgrade(id: UpgradeId): UpgradeMemory {
    const found = this.upgrades.get(id);
    invariant(found !== undefined, `upgrade ${id} has begun`);
    return found;
  }

  take(changes: readonly RowChange[], now: number): void {
    for (const change of changes) this.#takeOne(change, now);
  }

  /** Another journal lies there now. */
  reload(journal: JournalView): void {
    this.upgrades.clear();
    this.holds.clear();
    for (const head of journal.heads) {
      const plan = journal.plan(head.upgrade);
      if (plan === null) continue;
      const memory = new UpgradeMemory(plan);
      memory.head = head;
      for (const group of journal.groups(head.upgrade)) memory.groups.set(group.name, group);
      for (const row of journal.rows(head.upgrade)) memory.rows.set(row.server, row);
      this.upgrades.set(head.upgrade, memory);
    }
    for (const hold of journal.holds) if (hold.releasedAt === null) this.holds.set(hold.id, hold);
  }

  #takeOne(change: RowChange, now: number): void {
    switch (change.of) {
      case 'plan':
        this.upgrades.set(change.plan.upgrade, new UpgradeMemory(change.plan));
        break;
      case 'head':
        this.upgrade(change.after.upgrade).head = change.after;
        break;
      case 'group':
        this.upgrade(change.upgrade).groups.set(change.after.name, change.after);
        break;
      case 'row':
        this.upgrade(change.upgrade).rows.set(change.after.server, change.after);
        this.#takeLease(change.upgrade, change.after, now);
        break;
      case 'hold':
        if (change.after.releasedAt === null) this.holds.set(change.after.id, change.after);
        else this.holds.delete(change.after.id);
        break;
      default:
    }
  }

  #takeLease(upgrade: UpgradeId, { server, lease, state }: UpgradeServer, now: number): void {
    if (lease === null) return;
    let known = this.leases.get(lease.id);
    if (known === undefined) {
      const milliseconds = lease.until - lease.grantedAt;
      known = {
        id: lease.id,
        server,
        upgrade,
        grantedAt: now,
        milliseconds,
        confirmedAt: null,
      };
      this.leases.set(lease.id, known);
    }
    if (state === 'switching') known.confirmedAt ??= now;
  }
}
