/**
 * What an upgrade came to, from its inputs, its rows and its holds: the other side of its forecast,
 * counted by the same definitions. Inputs are taken one by one, so that none has to be kept.
 */

import type { Cause, Digest, GroupName, Instant, ServerId } from '../names.ts';
import type { HeadEvent, ServerEvent } from '../upgrade/event.ts';
import type { Hold } from '../hold/hold.ts';
import type { UpgradePlan } from '../upgrade/plan.ts';
import type { UpgradeGroup, UpgradeHead } from '../upgrade/state.ts';

export type AccountInput = {
  readonly at: Instant;
  readonly event: HeadEvent | ServerEvent;
  readonly group?: GroupName | undefined;
  readonly server?: ServerId | undefined;
  readonly site: { readonly inFlight: number };
};

/** What a person said to an upgrade. */
export type Decision = {
  readonly at: Instant;
  readonly who: string;
  readonly decision: 'approved' | 'paused' | 'resumed' | 'stopped';
  /** Whose turn it was. */
  readonly group: GroupName | null;
};

export type GroupAccount = {
  readonly name: GroupName;
  readonly startsAt: Instant | null;
  /** When it passed. */
  readonly endsAt: Instant | null;
  readonly heldSeconds: number;
  readonly bytes: number;
  readonly upgraded: number;
  /** Returned to the old version, vanished, or could not take the release. */
  readonly failed: number;
  /** Not there, or not ready when the group went on without them. */
  readonly absent: number;
  readonly vanished: number;
  readonly held: number;
  readonly failedBy: Readonly<Partial<Record<Cause, number>>>;
  readonly inFlightMax: number;
  readonly decisions: readonly Decision[];
};

export type UpgradeAccount = {
  readonly endsAt: Instant | null;
  readonly heldSeconds: number;
  readonly inFlightMax: number;
  readonly decisions: readonly Decision[];
  readonly mixed: {
    readonly from: Instant | null;
    readonly endsAt: Instant | null;
    readonly until: Instant;
    readonly isInTime: boolean | null;
    readonly behind: number;
  };
  readonly groups: readonly GroupAccount[];
};

export type AccountFacts = {
  readonly plan: UpgradePlan;
  readonly head: UpgradeHead;
  readonly groups: readonly UpgradeGroup[];
  /** All holds of the time; those of other owners are left out here. */
  readonly holds: readonly Hold[];
  /** Bytes of the release that this server received. */
  bytesOf(server: ServerId): number;
  readonly now: Instant;
};

export class Account {
  readonly #target: Digest;
  readonly #decisions: Decision[] = [];
  /** By the group whose turn it was; null: before the first. */
  readonly #inFlightMax = new Map<GroupName | null, number>();
  #turn: GroupName | null = null;
  #inFlightMost = 0;
  #selfCommittedAt: Instant | null = null;
  #firstLevelAt: Instant | null = null;
  #lastLevelAt: Instant | null = null;

  constructor(target: Digest) {
    this.#target = target;
  }

  /** In the order of the journal. */
  take(input: AccountInput): void {
    const { event, at } = input;
    // An approval may be for a group whose turn comes later.
    if (input.group !== undefined && event.type !== 'approved') this.#turn = input.group;
    this.#countInFlight(input.site.inFlight);
    switch (event.type) {
      case 'approved':
      case 'paused':
      case 'resumed':
      case 'stopped': {
        const group = event.type === 'approved' ? event.group : this.#turn;
        this.#decisions.push({ at, who: event.who, decision: event.type, group });
        break;
      }
      case 'self-committed':
        this.#selfCommittedAt ??= at;
        break;
      case 'installed':
        this.#level(at);
        break;
      case 'seen':
      case 'opened':
        if (event.running === this.#target) this.#level(at);
        break;
      default:
    }
  }

  /** Inputs are kept only where they changed something: this server came nearer to the release. */
  #level(at: Instant): void {
    this.#firstLevelAt ??= at;
    this.#lastLevelAt = at;
  }

  /** As it was before an event: no peak is missed, for it ends by an event as well. */
  #countInFlight(inFlight: number): void {
    this.#inFlightMost = Math.max(this.#inFlightMost, inFlight);
    const before = this.#inFlightMax.get(this.#turn) ?? 0;
    this.#inFlightMax.set(this.#turn, Math.max(before, inFlight));
  }

  end(facts: AccountFacts): UpgradeAccount {
    const { plan, head, groups, holds, now } = facts;
    const ours = holds.filter(
      ({ owner }) => (owner.kind === 'upgrade' ? owner.upgrade : null) === plan.upgrade,
    );
    return {
      endsAt: head.state === 'finished' ? head.finishedAt : null,
      heldSeconds: secondsOfUnion(ours, now),
      inFlightMax: this.#inFlightMost,
      decisions: this.#decisions,
      mixed: this.#mixed(head, groups, now),
      groups: groups.map((group) => this.#group(group, ours, facts)),
    };
  }

  #mixed(
    head: UpgradeHead,
    groups: readonly UpgradeGroup[],
    now: Instant,
  ): UpgradeAccount['mixed'] {
    const behind = groups.reduce((sum, { counts }) => sum + serversIn(counts) - counts.upgraded, 0);
    const endsAt = behind === 0 ? this.#lastLevelAt : null;
    const until = head.mixedUntil;
    const isOver = endsAt !== null || now >= until;
    return {
      from: this.#selfCommittedAt ?? this.#firstLevelAt,
      endsAt,
      until,
      isInTime: isOver ? endsAt !== null && endsAt <= until : null,
      behind,
    };
  }

  #group(group: UpgradeGroup, holds: readonly Hold[], facts: AccountFacts): GroupAccount {
    const { name, counts, gate } = group;
    const planned = facts.plan.groups.find((one) => one.name === name);
    const own = holds.filter(({ owner }) => (owner.kind === 'upgrade' ? owner.key : null) === name);
    return {
      name,
      startsAt: group.openedAt,
      endsAt: group.state === 'passed' ? group.since : null,
      heldSeconds: secondsOfUnion(own, facts.now),
      bytes: (planned?.servers ?? []).reduce((sum, one) => sum + facts.bytesOf(one), 0),
      upgraded: counts.upgraded,
      failed: counts.returned + counts.vanished + counts.held,
      absent: counts.absent + counts.waiting + counts.staging + counts.staged,
      vanished: counts.vanished,
      held: counts.held,
      failedBy: gate.failedBy,
      inFlightMax: this.#inFlightMax.get(name) ?? 0,
      decisions: this.#decisions.filter((one) => one.group === name),
    };
  }
}

const serversIn = (counts: UpgradeGroup['counts']): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** Time in which at least one of them stood; two at once count once. */
function secondsOfUnion(holds: readonly Hold[], now: Instant): number {
  const spans = holds
    .map(({ from, until, releasedAt }) => ({ from, until: Math.min(releasedAt ?? now, until) }))
    .toSorted((left, right) => left.from - right.from);
  let milliseconds = 0;
  let reached = -Infinity;
  for (const { from, until } of spans) {
    // One that lies within another, or is still to come, adds nothing.
    milliseconds += Math.max(until - Math.max(from, reached), 0);
    reached = Math.max(until, reached);
  }
  return milliseconds / 1_000;
}
