/**
 * A simulated control manager: one machine with its launcher, its database and its copies of what
 * the feed brought, and the real program on them. People act on it through its own routes, and
 * only while it runs. Absent: the sites; their agents dial it.
 */

import { agentIn } from '#domain/trust/admission.ts';
import {
  brand,
  type CampaignName,
  type ComponentName,
  type HoldId,
  type PersonName,
  type ServerId,
} from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { invariant, refuse, type Result } from '#domain/result.ts';
import { openControlManager, type ControlManager } from '#control-manager/program.ts';
import type { By, Context } from '#control-manager/routes/context.ts';
import { listCampaigns, sendCampaign, stopCampaign } from '#control-manager/routes/campaigns.ts';
import { deliverNow, moveSite, pollFeed } from '#control-manager/routes/deliveries.ts';
import { addHold, listHolds, releaseHold } from '#control-manager/routes/holds.ts';
import { admitContent } from '#control-manager/routes/rings.ts';
import { show } from '#control-manager/routes/show.ts';
import type { Settings } from '#control-manager/settings.ts';
import { JournalFailed } from '#ports/journal.ts';
import type { Logger } from 'pino';
import {
  emptyContentRepository,
  openContentSignerSimulated,
  type ContentRepositoryOnDisk,
} from '../adapters/content-signer-simulated.ts';
import {
  copyDeliveryState,
  emptyDeliveryState,
  openDeliveryStoreSimulated,
  type DeliveryState,
} from '../adapters/delivery-store-simulated.ts';
import { campaignReaderSimulated } from '../adapters/campaign-reader-simulated.ts';
import type { Source } from '../adapters/download-simulated.ts';
import type { FeedFolder } from '../adapters/feed-folder.ts';
import { Contents, openFeedSimulated } from '../adapters/feed-simulated.ts';
import { LauncherSimulated } from '../adapters/launcher-simulated.ts';
import type { ServiceRun } from '../adapters/launcher-services-simulated.ts';
import type { Chance } from '../world/chance.ts';
import { Machine, type Process } from '../world/machine.ts';
import type { Stored } from '../world/disk.ts';
import type { World } from '../world/world.ts';
import { controlManagerIdentity, simulatedOrganisation } from './identities.ts';

const caretaker: By = {
  name: brand<PersonName>('whoever looks after the control manager'),
  scope: 'whole',
};

export type ControlManagerOptions = {
  readonly world: World;
  /** Of its machine, and the address at which agents dial it. */
  readonly name: string;
  readonly settings: Settings;
  readonly feed: FeedFolder;
  readonly log: Logger;
  readonly diskBytes?: number;
  readonly copyBytesPerSecond?: number;
  /** A process of it begins; nothing of it has happened yet. */
  began?(process: Process): void;
};

/** Null: nobody answers now. What a process was asked that dies before its answer never settles. */
type Answered<Value> = Promise<Result<Value>> | null;

const service = 'control-manager';
/** Exit statuses as the real process has them. */
const statusOfRefusal = 1;
const statusOfBug = 70;
const statusOfDisk = 74;

export class SimulatedControlManager {
  readonly machine: Machine;
  readonly contents: Contents;
  readonly launcher: LauncherSimulated<Stored<DeliveryState>>;
  readonly #options: ControlManagerOptions;
  readonly #lost: Chance;
  readonly #signed: Stored<ContentRepositoryOnDisk>;
  #powerAt = 0;
  #running: { readonly process: Process; readonly program: ControlManager } | null = null;

  constructor(options: ControlManagerOptions) {
    const { world, name, settings, diskBytes = 100e9 } = options;
    this.#options = options;
    this.machine = new Machine({ name, schedule: world.schedule, diskBytes });
    this.#lost = world.chance.fork(`${name} lost`);
    const { disk } = this.machine;
    this.contents = new Contents(disk);
    this.#signed = disk.store(emptyContentRepository);
    this.launcher = new LauncherSimulated({
      world,
      machine: this.machine,
      chance: world.chance.fork(name),
      services: { program: [service] },
      installed: { program: { slot: settings.version, data: disk.store(emptyDeliveryState()) } },
      isSlotThere: (slot) => slot === settings.version,
      copyData: (from) => disk.store(copyDeliveryState(from.read())),
      begin: (run) => this.#begin(run),
    });
  }

  get address(): string {
    return this.#options.name;
  }

  /** Its database, whoever runs. */
  get state(): DeliveryState {
    return this.#data().read();
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** A copy of its database as it is now. */
  backup(): DeliveryState {
    return copyDeliveryState(this.#data().read());
  }

  /** Somebody puts an old database back; what ran on the newer one ends first. */
  restore(backup: DeliveryState): void {
    this.launcher.serviceProcess(service)?.kill();
    this.#data().write(copyDeliveryState(backup), { synced: true });
  }

  /** What was not synced is lost; agents hear nothing. */
  powerCut(milliseconds: number): void {
    const { machine } = this;
    const { schedule } = machine;
    this.#powerAt = Math.max(this.#powerAt, schedule.now + milliseconds);
    machine.powerCut(this.#lost);
    schedule.at(schedule.now + milliseconds, () => {
      if (machine.hasPower || schedule.now < this.#powerAt) return;
      machine.hasPower = true;
      this.launcher.boot();
    });
  }

  /** From here agents fetch content. */
  source(): Source {
    return {
      process: () => this.#running?.process ?? null,
      find: (digest) => this.contents.find(digest),
    };
  }

  poll() {
    return this.#ask('feed.poll', {}, pollFeed);
  }

  /** By this plan, or by the active one. */
  deliver(plan?: string) {
    const params = plan === undefined ? {} : { plan };
    return this.#ask('deliver.now', params, (context) => deliverNow(context, params, caretaker));
  }

  hold(params: {
    readonly reason: string;
    readonly minutes: number;
    readonly sites: 'all' | ServerId[];
  }) {
    return this.#ask('hold.add', params, (context) => addHold(context, params, caretaker));
  }

  endHold(params: { readonly hold: HoldId }) {
    return this.#ask('hold.release', params, (context) => releaseHold(context, params, caretaker));
  }

  admit(params: {
    readonly component: ComponentName;
    readonly version: string;
    readonly reason: string;
  }) {
    return this.#ask('content.admit', params, (context) =>
      admitContent(context, params, caretaker),
    );
  }

  moveSite(params: { readonly site: ServerId; readonly folder: string }) {
    return this.#ask('site.move', params, (context) => moveSite(context, params, caretaker));
  }

  sendCampaign(text: string) {
    return this.#ask('campaign.send', {}, (context) => sendCampaign(context, { text }, caretaker));
  }

  stopCampaign(params: { readonly campaign: CampaignName; readonly reason: string }) {
    return this.#ask('campaign.stop', params, (context) =>
      stopCampaign(context, params, caretaker),
    );
  }

  campaigns() {
    return this.#look((context) => listCampaigns(context, {}, caretaker));
  }

  holds() {
    return this.#look(listHolds);
  }

  show() {
    return this.#look((context) => show(context, {}, caretaker));
  }

  #data(): Stored<DeliveryState> {
    const current = this.launcher.current('program');
    invariant(current !== null, 'what was installed has data');
    return current.data;
  }

  #ask<Value>(
    what: string,
    detail: Readonly<Record<string, unknown>>,
    act: (context: Context) => Promise<Result<Value>>,
  ): Answered<Value> {
    if (this.#running === null) return null;
    this.#options.world.see({ type: 'acted', what, on: this.#options.name, detail });
    return this.#look(act);
  }

  #look<Value>(act: (context: Context) => Promise<Result<Value>>): Answered<Value> {
    if (this.#running === null) return null;
    return act(this.#running.program.context).catch((error: unknown) => {
      if (error instanceof JournalFailed) return refuse(problem('DISK_FULL', { path: 'disk' }));
      throw error;
    });
  }

  #begin(run: ServiceRun<Stored<DeliveryState>>): { close(): Promise<void> } {
    const { world, name, began } = this.#options;
    const { process } = run;
    began?.(process);
    world.see({ type: 'process-started', machine: name, process: service });
    process.onDeath(() => {
      world.see({ type: 'process-ended', machine: name, process: service });
      if (this.#running?.process === process) this.#running = null;
    });
    const opened = this.#open(run);
    return {
      async close() {
        const program = await opened;
        program?.end();
        await program?.close();
      },
    };
  }

  async #open(run: ServiceRun<Stored<DeliveryState>>): Promise<ControlManager | null> {
    const { world, name, feed, settings, log, copyBytesPerSecond = 100e6 } = this.#options;
    const { process, data, link, exit } = run;
    try {
      const { contents } = this;
      const program = await openControlManager({
        store: openDeliveryStoreSimulated({ process, stored: data }),
        feed: openFeedSimulated({
          process,
          folder: feed,
          contents,
          bytesPerSecond: copyBytesPerSecond,
        }),
        signer: openContentSignerSimulated({ process, stored: this.#signed }),
        campaigns: campaignReaderSimulated,
        clock: process.clock,
        settings,
        log,
        failed: (error) => end(error, error instanceof JournalFailed ? statusOfDisk : statusOfBug),
      });
      this.#running = { process, program };
      world.network.listen(process, name, {
        identity: controlManagerIdentity,
        admits: agentIn(simulatedOrganisation),
        accept: (dialled) => program.accept(dialled),
      });
      link.proven();
      return program;
    } catch (error) {
      end(error, statusOfRefusal);
      return null;
    }

    /** A disk that refuses ends it, and the launcher starts it again; all else is our bug. */
    function end(error: unknown, status: number): void {
      if (!(error instanceof JournalFailed))
        log.error({ err: error }, 'the control manager failed');
      exit(status);
    }
  }
}
