/**
 * Runs the domain's steps over journalled rows and performs what happens within the journal
 * (holds, desired state, the record). What happens in the world is answered as effects.
 */

import { informationServerBehind } from '#domain/compatibility/order.ts';
import { becauseOfHold, holdOver, holdState, type Hold } from '#domain/hold/hold.ts';
import {
  brand,
  type GroupName,
  type HoldId,
  type Instant,
  type ServerId,
  type UpgradeId,
} from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { invariant } from '#domain/result.ts';
import { installedOf } from '#domain/fleet/server.ts';
import type { Command, HeadEvent, ServerEvent, StepInput } from '#domain/upgrade/event.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import { stepHead } from '#domain/upgrade/step-head.ts';
import { stepServer } from '#domain/upgrade/step-server.ts';
import type { Rows } from '#ports/journal.ts';
import type { Effect } from '../loop.ts';
import { ownComponent, seenNow } from '../seen.ts';
import { SaidRefusals } from './said-refusals.ts';
import { isProving, type Site } from '../site.ts';

/** Commands that leave the journal; see effects.ts. */
export type WorldCommand = Exclude<
  Command,
  { type: 'record' | 'place-hold' | 'release-hold' | 'open-group' | 'close-staging' | 'follow' }
>;

/** What a group no longer waits for when its time for that is over. */
const closedStates: ReadonlySet<string> = new Set(['staging', 'waiting', 'local']);

/** Of its versions. */
const ownOrdering = 'decimal';

export type UpgradeWorld = {
  isConnected(server: ServerId): boolean;
  perform(upgrade: UpgradeId, command: WorldCommand): void;
  /** A hold began or ended. */
  holdsChanged(): void;
};

type Told =
  | { readonly to: 'head'; readonly event: HeadEvent; readonly group?: GroupName | undefined }
  | { readonly to: 'server'; readonly server: ServerId; readonly event: ServerEvent };

export class Upgrades {
  readonly #site: Site;
  readonly #world: UpgradeWorld;
  /** Plans never change once begun. */
  readonly #plans = new Map<UpgradeId, UpgradePlan>();
  readonly #refusals = new SaidRefusals();

  constructor(site: Site, world: UpgradeWorld) {
    this.#site = site;
    this.#world = world;
  }

  /** Tells the upgrade, or one of its servers, what happened. */
  async tell(rows: Rows, upgrade: UpgradeId, told: Told): Promise<Effect[]> {
    const effects: Effect[] = [];
    const queue: Told[] = [told];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const commands =
        next.to === 'head'
          ? await this.#stepHead(rows, upgrade, next.event, next.group)
          : await this.#stepServer(rows, upgrade, next.server, next.event);
      for (const command of commands) {
        const answer = await this.#within(rows, upgrade, command);
        queue.push(...answer.told);
        effects.push(...answer.effects);
      }
    }
    return effects;
  }

  /** Tells every upgrade that concerns this server. */
  async tellServer(rows: Rows, server: ServerId, event: ServerEvent): Promise<Effect[]> {
    const effects: Effect[] = [];
    for (const { upgrade } of await rows.upgrades.standingRowsOf(server)) {
      effects.push(...(await this.tell(rows, upgrade, { to: 'server', server, event })));
    }
    return effects;
  }

  /** What must be under way in the present state, asked for anew after a restart. */
  async resume(
    rows: Rows,
    upgrade: UpgradeId,
    duties: (input: StepInput, now: number) => readonly Command[],
  ): Promise<Effect[]> {
    const input = await this.#input(rows, upgrade, {});
    const because = becauseOfBehind(input, this.#site.self);
    if (because !== null && (input.head.state === 'agent' || input.head.state === 'groups')) {
      return this.tell(rows, upgrade, { to: 'head', event: { type: 'effect-failed', because } });
    }
    const effects: Effect[] = [];
    for (const command of duties(input, this.#site.clock.now())) {
      const answer = await this.#within(rows, upgrade, command);
      effects.push(...answer.effects);
      for (const told of answer.told) effects.push(...(await this.tell(rows, upgrade, told)));
    }
    return effects;
  }

  /** An older journal was put back: what a person decided since is not known, so it waits for one. */
  async pauseRestored(rows: Rows, upgrade: UpgradeId): Promise<Effect[]> {
    const input = await this.#input(rows, upgrade, {});
    const isBeyondOwn = input.head.state === 'agent' || input.head.state === 'groups';
    const behind = isBeyondOwn ? becauseOfBehind(input, this.#site.self) : null;
    const because = behind ?? problem('UPGRADE_RESTORED', {});
    return this.tell(rows, upgrade, { to: 'head', event: { type: 'effect-failed', because } });
  }

  async plan(rows: Rows, upgrade: UpgradeId): Promise<UpgradePlan> {
    const known = this.#plans.get(upgrade);
    if (known !== undefined) return known;
    const plan = await rows.upgrades.plan(upgrade);
    invariant(plan !== null, `upgrade ${upgrade} has a plan`);
    this.#plans.set(upgrade, plan);
    return plan;
  }

  async #input(
    rows: Rows,
    upgrade: UpgradeId,
    where: { readonly group?: GroupName | undefined; readonly server?: ServerId },
  ): Promise<StepInput> {
    const plan = await this.plan(rows, upgrade);
    const head = await rows.upgrades.head(upgrade);
    invariant(head !== null, `upgrade ${upgrade} has a head`);
    const name = where.group ?? plan.groups[head.turn]?.name;
    invariant(name !== undefined, `upgrade ${upgrade} has a group whose turn it is`);
    const group = await rows.upgrades.group(upgrade, name);
    invariant(group !== null, `upgrade ${upgrade} has a group ${name}`);
    const site = {
      inFlight: await rows.upgrades.inFlight(),
      inFlightMax: Math.min(plan.inFlightMax, this.#site.inFlightMax),
      heldBy:
        becauseOfBehind({ plan, head }, this.#site.self) ??
        (await this.#site.trusted.againstSwitch(plan.release)) ??
        (await this.#heldBy(rows, plan, where.server)),
      proving: isProving(this.#site) || this.#site.isDraining,
    };
    return { plan, head, group, site };
  }

  async #heldBy(rows: Rows, plan: UpgradePlan, server: ServerId | undefined) {
    const now = this.#site.clock.now();
    const { component } = plan.release;
    // Without a server: what keeps everybody back.
    const to = server ?? 'share';
    const holds = await rows.holds.holds(now);
    const isAsked = server !== undefined && holds.length > 0;
    const domain = isAsked ? (await rows.fleet.server(server))?.domain : undefined;
    const movement = { lane: 'program', component, to, domain, upgrade: plan.upgrade } as const;
    const hold = holdOver(holds, movement, now);
    return hold === null ? null : becauseOfHold(hold);
  }

  async #stepHead(
    rows: Rows,
    upgrade: UpgradeId,
    event: HeadEvent,
    groupName: GroupName | undefined,
  ): Promise<readonly Command[]> {
    const now = this.#site.clock.now();
    const input = await this.#input(rows, upgrade, { group: groupName });
    const { head, group, commands } = stepHead(input, event, now);
    const isChanged = head !== input.head || group !== input.group;
    if (head !== input.head) await rows.upgrades.putHead(head);
    if (group !== input.group) await rows.upgrades.putGroup(upgrade, group);
    // Ticks that changed nothing would only fill the journal.
    if (event.type !== 'tick' || isChanged || commands.length > 0) {
      await rows.log.appendInput(upgrade, now, {
        event,
        group: input.group.name,
        site: input.site,
      });
    }
    return commands;
  }

  async #stepServer(
    rows: Rows,
    upgrade: UpgradeId,
    server: ServerId,
    event: ServerEvent,
  ): Promise<readonly Command[]> {
    const row = await rows.upgrades.row(upgrade, server);
    if (row === null) return [];
    const now = this.#site.clock.now();
    const input = await this.#input(rows, upgrade, { group: row.group, server });
    const next = stepServer(input, row, event, now);
    if (next.server !== row) await rows.upgrades.putRow(upgrade, next.server);
    if (next.group !== input.group) await rows.upgrades.putGroup(upgrade, next.group);
    if (next.server !== row || next.commands.length > 0) {
      await rows.log.appendInput(upgrade, now, { event, server, site: input.site });
    }
    return next.commands;
  }

  /** What a command changes within the journal, and what it leaves to be done or told. */
  async #within(
    rows: Rows,
    upgrade: UpgradeId,
    command: Command,
  ): Promise<{ readonly told: readonly Told[]; readonly effects: readonly Effect[] }> {
    const now = this.#site.clock.now();
    switch (command.type) {
      case 'record': {
        const { kind, server, detail, who = `upgrade:${upgrade}` } = command;
        await rows.log.appendRecord({ at: now, kind, who, server, detail });
        return { told: [], effects: [] };
      }
      case 'refuse': {
        const { server, because } = command;
        const said = await this.#refusals.say(rows, { at: now, upgrade, server, because });
        return { told: [], effects: [said, () => this.#world.perform(upgrade, command)] };
      }
      case 'grant':
        this.#refusals.forget(command.server);
        return { told: [], effects: [() => this.#world.perform(upgrade, command)] };
      case 'place-hold':
        return this.#placeHold(rows, upgrade, command);
      case 'release-hold':
        return this.#releaseHold(rows, upgrade, command.key);
      case 'open-group':
        return { told: await this.#opened(rows, upgrade, command), effects: [] };
      case 'close-staging': {
        const late = await rows.upgrades.rowsIn({ upgrade, group: command.group, limit: 1e6 });
        const told = late
          .filter(({ state }) => closedStates.has(state))
          .map((row) => serverTold(row.server, { type: 'staging-closed' }));
        return { told, effects: [] };
      }
      case 'follow':
        return { told: await this.#followers(rows, upgrade, command.group), effects: [] };
      case 'want': {
        const { component, digest, version } = (await this.plan(rows, upgrade)).release;
        const { server } = command;
        await rows.fleet.putDesired({ server, component, digest, version, owner: 'upgrade' });
        return { told: [], effects: [() => this.#world.perform(upgrade, command)] };
      }
      default:
        return { told: [], effects: [() => this.#world.perform(upgrade, command)] };
    }
  }

  async #opened(
    rows: Rows,
    upgrade: UpgradeId,
    { group, retry }: Extract<Command, { type: 'open-group' }>,
  ): Promise<Told[]> {
    const { release } = await this.plan(rows, upgrade);
    const told: Told[] = [];
    for (const { server } of await rows.upgrades.rowsIn({ upgrade, group, limit: 1e6 })) {
      const known = await rows.fleet.server(server);
      const running = known === null ? null : installedOf(known, release.component, ownComponent);
      const present = this.#world.isConnected(server);
      told.push(
        serverTold(server, { type: 'opened', present, running: running?.digest ?? null, retry }),
      );
    }
    return told;
  }

  async #followers(rows: Rows, upgrade: UpgradeId, group: GroupName): Promise<Told[]> {
    const head = await rows.upgrades.head(upgrade);
    const absent = await rows.upgrades.rowsIn({ upgrade, group, state: 'absent', limit: 1e6 });
    const told: Told[] = [];
    for (const { server } of absent) {
      const known = this.#world.isConnected(server) ? await rows.fleet.server(server) : null;
      if (known !== null && head !== null) {
        told.push(serverTold(server, await seenNow(rows, known, head)));
      }
    }
    return told;
  }

  async #placeHold(
    rows: Rows,
    upgrade: UpgradeId,
    command: Extract<Command, { type: 'place-hold' }>,
  ) {
    const now = this.#site.clock.now();
    const standing = await this.#holdsOf(rows, { upgrade, key: command.key, since: now });
    if (!standing.some((hold) => holdState(hold, now) === 'active')) {
      // What began before the wall clock went back would come into force a second time.
      for (const hold of standing) await rows.holds.putHold({ ...hold, releasedAt: now });
      const plan = await this.plan(rows, upgrade);
      const longest = now + plan.holdMinutesMax * 60_000;
      const servers = plan.groups.find((one) => one.name === command.group)?.servers ?? [];
      const hold: Hold = {
        id: brand<HoldId>(this.#site.newId('hold')),
        scope: {
          servers: command.form === 'site' ? 'site' : servers,
          lanes: ['content'],
          components: [],
        },
        reason: `upgrade ${upgrade}, ${command.key}`,
        owner: { kind: 'upgrade', upgrade, key: command.key },
        from: now,
        until: Math.max(Math.min(command.until, longest), now + 1),
        releasedAt: null,
      };
      await rows.holds.putHold(hold);
      const detail = { hold: hold.id, servers: command.form, until: hold.until };
      await rows.log.appendRecord({
        at: now,
        kind: 'hold-placed',
        who: `upgrade:${upgrade}`,
        server: null,
        detail,
      });
    }
    const told: Told[] =
      command.group === null ? [] : [{ to: 'head', event: { type: 'hold-placed' } }];
    return { told, effects: [() => this.#world.holdsChanged()] };
  }

  async #releaseHold(rows: Rows, upgrade: UpgradeId, key: string) {
    const now = this.#site.clock.now();
    const unreleased = await this.#holdsOf(rows, { upgrade, key, since: 0 });
    const standing = unreleased.filter(({ until }) => now < until);
    for (const hold of unreleased) {
      // One that ended by its time is marked as well, or it would rise again if the clock went back.
      await rows.holds.putHold({ ...hold, releasedAt: Math.min(now, hold.until) });
    }
    for (const hold of standing) {
      await rows.log.appendRecord({
        at: now,
        kind: 'hold-released',
        who: `upgrade:${upgrade}`,
        server: null,
        detail: { hold: hold.id },
      });
    }
    const effects = standing.length > 0 ? [() => this.#world.holdsChanged()] : [];
    return { told: [], effects };
  }

  /** Not released, nor over before `since`. One that seems to be to come stood before the clock went back. */
  async #holdsOf(
    rows: Rows,
    of: { readonly upgrade: UpgradeId; readonly key: string; readonly since: Instant },
  ): Promise<readonly Hold[]> {
    const holds = await rows.holds.holds(of.since);
    return holds.filter(
      ({ owner, releasedAt, until }) =>
        owner.kind === 'upgrade' &&
        owner.upgrade === of.upgrade &&
        owner.key === of.key &&
        releasedAt === null &&
        of.since < until,
    );
  }
}

/**
 * D2: no server goes before its information server, whatever brought that one back since: a journal
 * of a newer program that was restored, or a person.
 */
function becauseOfBehind(
  { plan, head }: Pick<StepInput, 'plan' | 'head'>,
  self: Site['self'],
): Problem | null {
  if (!head.withInformationServer || plan.form !== 'upgrade') return null;
  const { version: target, digest } = plan.release;
  if (self.digest === digest) return null;
  return informationServerBehind(ownOrdering, { running: self.version, target });
}

function serverTold(server: ServerId, event: ServerEvent): Told {
  return { to: 'server', server, event };
}
