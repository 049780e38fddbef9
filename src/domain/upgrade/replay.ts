/**
 * Runs what was journalled of an upgrade again: the same steps over the same inputs answer the same
 * rows. It shows that nothing but the inputs decided, and from which of them a row came. Absent:
 * the effects, which are not done again, and the rows' own copy in the journal.
 */

import type { GroupName, Instant, ServerId } from '../names.ts';
import { invariant } from '../result.ts';
import type { HeadEvent, ServerEvent, SiteFacts } from './event.ts';
import type { UpgradeRows } from './first-rows.ts';
import type { UpgradePlan } from './plan.ts';
import type { UpgradeGroup, UpgradeHead, UpgradeServer } from './state.ts';
import { stepHead } from './step-head.ts';
import { stepServer } from './step-server.ts';

/** One input of `step` as the journal keeps it. */
export type ReplayInput = {
  readonly at: Instant;
  readonly input: {
    readonly event: HeadEvent | ServerEvent;
    /** Of which server, or of which group, the event was. */
    readonly server?: ServerId;
    readonly group?: GroupName;
    /** What the rest of the site contributed then; the first programs did not keep it. */
    readonly site?: SiteFacts;
  };
};

/** Rows that go on as inputs come. */
export class Replay {
  readonly #plan: UpgradePlan;
  #head: UpgradeHead;
  readonly #groups: Map<GroupName, UpgradeGroup>;
  readonly #servers: Map<ServerId, UpgradeServer>;

  constructor(plan: UpgradePlan, first: UpgradeRows) {
    this.#plan = plan;
    this.#head = first.head;
    this.#groups = new Map(first.groups);
    this.#servers = new Map(first.servers);
  }

  get rows(): UpgradeRows {
    return { head: this.#head, groups: this.#groups, servers: this.#servers };
  }

  /** False: what the site contributed was not kept, so nothing can be said of what followed. */
  take({ at, input }: ReplayInput): boolean {
    const { event, server, group, site } = input;
    if (site === undefined) return false;
    if (isOfServer(event)) {
      invariant(server !== undefined, `a server's ${event.type} names its server`);
      this.#takeServer(server, { event, site, at });
    } else {
      this.#takeHead(group, { event, site, at });
    }
    return true;
  }

  #takeHead(
    name: GroupName | undefined,
    told: { readonly event: HeadEvent; readonly site: SiteFacts; readonly at: Instant },
  ): void {
    const group = this.#group(name ?? this.#plan.groups[this.#head.turn]?.name);
    const input = { plan: this.#plan, head: this.#head, group, site: told.site };
    const next = stepHead(input, told.event, told.at);
    this.#head = next.head;
    this.#groups.set(group.name, next.group);
  }

  #takeServer(
    server: ServerId,
    told: { readonly event: ServerEvent; readonly site: SiteFacts; readonly at: Instant },
  ): void {
    const row = this.#servers.get(server);
    invariant(row !== undefined, `${server} stands in the plan`);
    const group = this.#group(row.group);
    const input = { plan: this.#plan, head: this.#head, group, site: told.site };
    const next = stepServer(input, row, told.event, told.at);
    this.#servers.set(server, next.server);
    this.#groups.set(group.name, next.group);
  }

  #group(name: GroupName | undefined): UpgradeGroup {
    const group = name === undefined ? undefined : this.#groups.get(name);
    invariant(group !== undefined, `group ${name} stands in the plan`);
    return group;
  }
}

/** null: some input was kept without what is needed to run it again. */
export function replay(
  plan: UpgradePlan,
  first: UpgradeRows,
  inputs: Iterable<ReplayInput>,
): UpgradeRows | null {
  const replayed = new Replay(plan, first);
  for (const input of inputs) if (!replayed.take(input)) return null;
  return replayed.rows;
}

const serverEvents: Readonly<Record<ServerEvent['type'], true>> = {
  opened: true,
  seen: true,
  staged: true,
  'not-stageable': true,
  'lease-requested': true,
  'lease-confirmed': true,
  installed: true,
  returned: true,
  disconnected: true,
  'staging-closed': true,
  deadline: true,
};

function isOfServer(event: HeadEvent | ServerEvent): event is ServerEvent {
  return Object.hasOwn(serverEvents, event.type);
}
