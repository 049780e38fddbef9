/**
 * A site in a few maps: it performs the commands of the steps at once, and holds counters and
 * limits against a recount after every event. No journal, no clock, no network.
 */

import assert from 'node:assert/strict';
import { brand, type Digest, type GroupName, type LeaseId, type ServerId } from '../names.ts';
import type { Command, ServerEvent, SiteFacts } from './event.ts';
import type { UpgradePlan } from './plan.ts';
import {
  inFlight,
  newGroup,
  newServer,
  recount,
  type UpgradeGroup,
  type UpgradeHead,
  type UpgradeServer,
} from './state.ts';
import { stepHead } from './step-head.ts';
import { stepServer } from './step-server.ts';
import { exampleHead, examplePlan, targetDigest } from './upgrade.testing.ts';

export const target = targetDigest;
export const old = brand<Digest>('a'.repeat(64));
const names = (text: string) => text.split(' ').map((one) => brand<ServerId>(one));

export function planOf(change: Partial<UpgradePlan> = {}): UpgradePlan {
  const gate = { percentMin: 95, sampleMin: 1, soakSeconds: 10 };
  const group = (name: string, servers: string) => ({
    name: brand<GroupName>(name),
    servers: names(servers),
    from: 0,
    windows: [],
    hold: 'servers' as const,
    approve: false,
    gate,
  });
  const groups = [group('A', 'a1 a2 a3'), group('B', 'b1 b2 b3')];
  return examplePlan({ groups, ...change });
}

/** A site in a few maps: performs commands at once, counts what a checker would count. */
export class Site {
  now = 1_000;
  readonly plan: UpgradePlan;
  head: UpgradeHead;
  readonly groups: Map<GroupName, UpgradeGroup>;
  readonly rows = new Map<ServerId, UpgradeServer>();
  readonly running = new Map<ServerId, Digest>();
  readonly commands: Command[] = [];
  readonly confirmed: ServerId[] = [];
  drifts = 0;
  #lease = 0;

  constructor(plan: UpgradePlan, withInformationServer = false) {
    this.plan = plan;
    this.head = exampleHead(plan, {
      state: withInformationServer ? 'self-staging' : 'groups',
      startedAt: this.now,
      ownHoldSince: withInformationServer ? this.now : null,
    });
    this.groups = new Map(
      plan.groups.map((one) => [one.name, newGroup(one.name, one.servers.length, this.now)]),
    );
    for (const group of plan.groups) {
      for (const server of group.servers) {
        this.rows.set(server, newServer(server, group.name));
        this.running.set(server, old);
      }
    }
  }

  group(name: string): UpgradeGroup {
    const group = this.groups.get(brand<GroupName>(name));
    assert.ok(group !== undefined);
    return group;
  }

  row(name: string): UpgradeServer {
    const row = this.rows.get(brand<ServerId>(name));
    assert.ok(row !== undefined);
    return row;
  }

  facts(): SiteFacts {
    let flying = 0;
    for (const group of this.groups.values()) flying += inFlight(group.counts);
    return { inFlight: flying, inFlightMax: this.plan.inFlightMax, heldBy: null, proving: false };
  }

  tell(event: Parameters<typeof stepHead>[1], name?: string): void {
    const turn = this.plan.groups[this.head.turn]?.name;
    const group = this.group(name ?? turn ?? '');
    const input = { plan: this.plan, head: this.head, group, site: this.facts() };
    const next = stepHead(input, event, this.now);
    this.head = next.head;
    this.groups.set(next.group.name, next.group);
    this.perform(next.commands);
  }

  say(name: string, event: ServerEvent): void {
    const row = this.row(name);
    const group = this.group(row.group);
    const input = { plan: this.plan, head: this.head, group, site: this.facts() };
    const next = stepServer(input, row, event, this.now);
    this.head = next.head;
    this.groups.set(next.group.name, next.group);
    this.rows.set(row.server, next.server);
    this.check();
    this.perform(next.commands);
  }

  /** I-like checks after every event: counters equal a recount, the limit holds. */
  check(): void {
    for (const group of this.groups.values()) {
      const rows = [...this.rows.values()].filter((row) => row.group === group.name);
      const { counts, gate } = recount(rows);
      assert.deepEqual(group.counts, counts);
      assert.equal(group.gate.leased, gate.leased);
      assert.equal(group.gate.healthy, gate.healthy);
    }
    assert.ok(this.facts().inFlight <= this.plan.inFlightMax);
  }

  perform(commands: readonly Command[]): void {
    this.commands.push(...commands);
    for (const command of commands) {
      if (command.type === 'place-hold' && command.group !== null)
        this.tell({ type: 'hold-placed' });
      if (command.type === 'check-catalogue') {
        this.tell({ type: 'checked', drifts: this.drifts, lockedAt: command.lockedAt });
      }
      if (command.type === 'restore-catalogue') {
        this.drifts = 0;
        this.tell({ type: 'restored', lockedAt: command.lockedAt });
      }
      if (command.type === 'open-group') {
        for (const row of [...this.rows.values()].filter((one) => one.group === command.group)) {
          const running = this.running.get(row.server) ?? null;
          const { retry } = command;
          this.say(row.server, { type: 'opened', present: running !== null, running, retry });
        }
      }
      if (command.type === 'follow') {
        for (const { server, group, state } of this.rows.values()) {
          const running = this.running.get(server);
          if (group !== command.group || state !== 'absent' || running === undefined) continue;
          this.say(server, { type: 'seen', running, against: null });
        }
      }
      if (command.type === 'confirm' && command.because === null)
        this.confirmed.push(command.server);
    }
  }

  ask(name: string): void {
    this.#lease += 1;
    const lease = brand<LeaseId>(`lease-${this.#lease}`);
    this.say(name, { type: 'lease-requested', digest: target, lease });
  }

  confirm(name: string): void {
    const lease = this.row(name).lease?.id;
    if (lease !== undefined) this.say(name, { type: 'lease-confirmed', lease });
  }

  /** One server from staged to the end. */
  upgrade(name: string, end: 'installed' | 'returned' = 'installed'): void {
    this.say(name, { type: 'staged' });
    this.ask(name);
    this.confirm(name);
    if (end === 'returned') {
      this.say(name, { type: 'returned', cause: 'health', detail: 'no answer' });
      return;
    }
    this.running.set(brand<ServerId>(name), target);
    this.say(name, { type: 'seen', running: target, against: null });
    this.say(name, { type: 'installed' });
  }

  kinds(): string[] {
    return this.commands.flatMap((one) => (one.type === 'record' ? [one.kind] : []));
  }

  stage(...servers: string[]): void {
    for (const server of servers) this.say(server, { type: 'staged' });
  }

  open(...servers: string[]): void {
    this.tell({ type: 'tick' });
    this.stage(...servers);
    this.tell({ type: 'tick' });
  }

  /** Ticks until the group whose turn it is has settled. */
  settle(): void {
    this.tell({ type: 'tick' });
    this.now += 10_000;
    this.tell({ type: 'tick' });
  }
}
