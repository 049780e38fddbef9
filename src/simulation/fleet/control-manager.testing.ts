/**
 * A control manager, two sites and the person who looks after them, through one night: a first
 * pattern for all, a hold, two newer patterns meanwhile, the end of the hold, an outbreak.
 */

import { everyFolder } from '#domain/delivery/plan.ts';
import { brand, type Digest, type ServerId } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import { FeedFolder } from '../adapters/feed-folder.ts';
import { InboxFolder } from '../adapters/inbox-folder.ts';
import { LauncherSimulated } from '../adapters/launcher-simulated.ts';
import { openLoggerSimulated } from '../adapters/logger.ts';
import type { Chance } from '../world/chance.ts';
import { Machine, type Kill, type Process } from '../world/machine.ts';
import { Path } from '../world/network.ts';
import { SharedLink } from '../world/shared-link.ts';
import { World } from '../world/world.ts';
import { beginAgent } from './agent.ts';
import { SimulatedControlManager } from './control-manager.ts';
import { controlManagerSettings } from './control-manager-settings.ts';
import {
  beginInformationServerStandIn,
  type StandInContents,
} from './information-server.testing.ts';
import { digestOf } from './releases.ts';

export const minuteMs = 60_000;
const startsAt = 1_800_000_000_000;
export const osakaDelayMinutes = 10;

/** Which process is killed, in its first life, at which of its effects. */
export type Strike = Kill & { readonly process: string };

type Site = {
  readonly site: ServerId;
  readonly machine: Machine;
  readonly launcher: { boot(): void };
  readonly path: Path;
  readonly link: SharedLink;
  readonly inbox: InboxFolder;
  contents(): StandInContents;
};

export class Night {
  readonly world = new World({ seed: 1, startsAt });
  readonly feed: FeedFolder;
  readonly controlManager: SimulatedControlManager;
  readonly sites: readonly Site[];
  readonly errors: string[] = [];
  /** What a site got, and after how many minutes. */
  readonly arrivals: string[] = [];
  readonly arrivedUnderHold: string[] = [];
  /** The first life of each process. */
  readonly first = new Map<string, Process>();
  readonly #strike: Strike | null;

  constructor(strike: Strike | null = null) {
    const { world } = this;
    this.#strike = strike;
    this.feed = new FeedFolder('feed', (what, detail) => {
      world.see({ type: 'acted', what, on: 'feed', detail });
    });
    world.watch((seen) => {
      if (seen.type === 'error') this.errors.push(seen.text);
    });
    const log = openLoggerSimulated({ process: 'all', see: (seen) => world.see(seen) });
    const [tokyo, osaka] = ['tokyo', 'osaka'].map((name) => brand<ServerId>(name));
    const placed = new Map([
      ['tokyo', tokyo === undefined ? [] : [tokyo]],
      ['osaka', osaka === undefined ? [] : [osaka]],
    ]);
    const schedules = [
      { folder: 'tokyo', delayMinutes: 0 },
      { folder: 'osaka', delayMinutes: osakaDelayMinutes },
    ];
    this.controlManager = new SimulatedControlManager({
      world,
      name: 'control-manager',
      feed: this.feed,
      log,
      settings: controlManagerSettings({
        folders: placed,
        plans: [{ name: 'nightly', schedules }],
        activePlan: 'nightly',
        pollSeconds: 300,
      }),
      began: (process) => this.#began('control-manager', process),
    });
    this.sites = [...placed.values()].flat().map((site) => this.#site(site, log));
  }

  #began(name: string, process: Process): void {
    if (this.first.has(name)) return;
    this.first.set(name, process);
    if (this.#strike?.process === name) process.killAt(this.#strike);
  }

  #site(site: ServerId, log: ReturnType<typeof openLoggerSimulated>): Site {
    const { world, controlManager } = this;
    const machine = new Machine({ name: site, schedule: world.schedule, diskBytes: 1e9 });
    const inbox = new InboxFolder(machine.disk);
    const contents = machine.disk.store<StandInContents>(new Map());
    const path = new Path(20, 5);
    const link = new SharedLink({ schedule: world.schedule, bytesPerSecond: 100_000 });
    const address = `${site}/agent`;
    const above = { address: controlManager.address, source: controlManager.source(), path, link };
    const chance: Chance = world.chance.fork(site);
    const launcher = new LauncherSimulated({
      world,
      machine,
      chance,
      services: { program: ['information-server'], agent: ['agent'] },
      installed: { program: { slot: '5.80', data: null }, agent: { slot: '5.80', data: null } },
      isSlotThere: (slot) => slot === '5.80',
      copyData: () => null,
      begin: (run) => {
        this.#began(`${site} ${run.service}`, run.process);
        const own = { version: run.slot, digest: digestOf(run.slot) };
        return run.service === 'agent'
          ? beginAgent(
              { ...run, own },
              { world, log, site, informationServer: address, inbox, controlManager: above },
            )
          : beginInformationServerStandIn(run, {
              world,
              site,
              address,
              inbox,
              contents,
              arrived: (version) => this.#arrived(`${this.minute()} ${site} ${version}`),
            });
      },
    });
    launcher.boot();
    return { site, machine, launcher, path, link, inbox, contents: () => contents.read() };
  }

  #arrived(what: string): void {
    this.arrivals.push(what);
    const isHeld = [...this.controlManager.state.holds.values()].some(
      (hold) => hold.releasedAt === null,
    );
    if (isHeld) this.arrivedUnderHold.push(what);
  }

  minute(): number {
    return Math.floor((this.world.schedule.now - startsAt) / minuteMs);
  }

  publish(version: string): Digest {
    const digest = digestOf(`pattern ${version}`);
    this.feed.publish({ id: '2', version, digest, bytes: 3_000_000 });
    return digest;
  }

  readonly at = (minute: number, act: () => void): void => {
    this.world.schedule.at(startsAt + minute * minuteMs, act);
  };

  /** Everything that happens from outside, by the minute. */
  async pass(minutes = 90): Promise<void> {
    const { schedule } = this.world;
    const { at } = this;
    this.publish('1.23');
    this.controlManager.launcher.boot();
    at(20, () => this.#until(() => this.#placeHold()));
    at(30, () => void this.publish('1.25'));
    at(37, () => void this.publish('1.27'));
    at(45, () => this.#until(() => this.#endHold()));
    at(58, () => void this.publish('1.29'));
    at(59, () => this.#until(() => this.controlManager.poll()));
    at(63, () => this.#until(() => this.controlManager.deliver('outbreak')));
    await schedule.run({ time: startsAt + minutes * minuteMs });
  }

  /** A person who gets no answer, or a no, tries again after half a minute. */
  #until(act: () => Promise<Result<unknown>> | null): void {
    let isDone = false;
    void act()?.then((answer) => {
      isDone = answer.ok;
    });
    this.world.schedule.after(minuteMs / 2, () => {
      if (!isDone) this.#until(act);
    });
  }

  /** Who is not sure whether his hold was heard looks first. */
  #placeHold(): Promise<Result<unknown>> | null {
    const { controlManager } = this;
    return (
      controlManager.holds()?.then(async (listed) => {
        if (listed.ok && listed.value.holds.some((one) => one.active)) return listed;
        const params = { reason: 'migration', minutes: 120, sites: 'all' as const };
        return (await controlManager.hold(params)) ?? listed;
      }) ?? null
    );
  }

  #endHold(): Promise<Result<unknown>> | null {
    const { controlManager } = this;
    return (
      controlManager.holds()?.then(async (listed) => {
        const active = listed.ok ? listed.value.holds.find((one) => one.active) : undefined;
        if (active === undefined) return listed;
        return (await controlManager.endHold({ hold: active.id })) ?? listed;
      }) ?? null
    );
  }

  /** What every site has, and what is known of it above. */
  standing(): readonly object[] {
    const { state } = this.controlManager;
    const versions = (items: readonly { version: string }[] = []) =>
      items.map((one) => one.version);
    return this.sites.map(({ site, contents, inbox }) => {
      const known = state.sites.get(site);
      return {
        site,
        contents: [...contents().values()].map(({ version, digest }) => `${version} ${digest}`),
        half: inbox.digests().filter((digest) => inbox.half(digest).bytes > 0),
        offered: versions(state.downloads.get(known?.offer?.download ?? -1)?.items),
        seen: versions(known?.status?.contents),
      };
    });
  }

  /** What everybody has in the end, whatever happened on the way. */
  end(): object {
    const { state, contents } = this.controlManager;
    return {
      errors: this.errors,
      sites: this.standing(),
      newest: [...state.downloads.values()].at(-1)?.items.map((item) => item.version),
      kept: contents.digests().length,
      halfBytes: contents.halfBytes,
      holds: [...state.holds.values()].map((one) => one.releasedAt !== null),
      isForAll: state.deployments.some((one) => one.folder === everyFolder),
    };
  }
}
