/** The daemons of one track as simulated processes, the way the launcher's own services are. */

import { limits } from '#launcher/limits.ts';
import type { ServiceEvents, Services } from '#launcher/services.ts';
import type { FromLauncher, ToLauncher } from '#protocol/launcher/messages.ts';
import type { Chance } from '../world/chance.ts';
import type { Process } from '../world/machine.ts';
import { LauncherLinkSimulated } from './launcher-link-simulated.ts';

/** What the channel takes each way. */
const channelMilliseconds = 1;
/** A daemon whose launcher is gone ends within this. */
const goodbyeMillisecondsMax = 3_000;

/** One start of one daemon, handed to whoever knows what it runs. */
export type ServiceRun<Data> = {
  readonly service: string;
  readonly slot: string;
  readonly data: Data;
  readonly process: Process;
  readonly link: LauncherLinkSimulated;
  /** Ends the process as a program ends itself. */
  exit(status: number): void;
};

/** Begins it; answers how it is asked to end (SIGTERM). */
export type StartService<Data> = (run: ServiceRun<Data>) => { close(): Promise<void> };

export type RunningService = {
  readonly service: string;
  readonly process: Process;
  readonly link: LauncherLinkSimulated;
  /** However often it is asked, it is asked once. */
  close(): Promise<void>;
};

export type ServicesOptions<Data> = {
  readonly launcher: Process;
  readonly chance: Chance;
  readonly names: readonly string[];
  readonly events: ServiceEvents;
  readonly dataOf: (generation: string) => Data;
  readonly begin: StartService<Data>;
  /** Of all tracks of the machine; outlives the launcher. */
  readonly running: Map<string, RunningService>;
};

type Start = { readonly slot: string; readonly data: string; readonly run: number };

export function servicesSimulated<Data>(options: ServicesOptions<Data>): Services {
  const { launcher, names, running, events } = options;
  const { machine, clock } = launcher;
  let start: Start | null = null;

  function launch(service: string, from: Start): void {
    if (running.has(service)) throw new Error(`broken invariant: ${service} runs already`);
    const startedAt = clock.monotonic();
    const process = machine.start(service, options.chance);
    let status: number | null = null;
    const link = new LauncherLinkSimulated(process, (message) => {
      clock.after(channelMilliseconds, () => heard(service, from.run, process, message));
    });
    process.onDeath(() => {
      if (running.get(service)?.process === process) running.delete(service);
      const detail = status === null ? 'signal SIGKILL' : `status ${status}`;
      const ranMilliseconds = clock.monotonic() - startedAt;
      clock.after(0, () => {
        events.changed();
        events.exited(service, from.run, { status, detail, ranMilliseconds });
      });
    });
    const exit = (how: number): void => {
      status = how;
      process.kill();
    };
    const data = options.dataOf(from.data);
    const begun = options.begin({ service, slot: from.slot, data, process, link, exit });
    if (!process.isAlive) return;
    let closing: Promise<void> | null = null;
    const close = (): Promise<void> => (closing ??= begun.close());
    running.set(service, { service, process, link, close });
    events.changed();
    tell(process, link, events.greeting());
  }

  function heard(service: string, run: number, process: Process, message: ToLauncher): void {
    // Its last words can come after its end; the dead prove nothing.
    if (running.get(service)?.process === process) events.message(service, run, message);
  }

  const own = (): readonly RunningService[] =>
    names.flatMap((service) => running.get(service) ?? []);

  return {
    start(place, run) {
      start = { ...place, run };
      for (const name of names) launcher.act(() => launch(name, { ...place, run }));
    },
    restart(service, run, milliseconds) {
      const from = start;
      if (from === null || from.run !== run) return;
      clock.after(milliseconds, () => {
        if (start === from) launcher.act(() => launch(service, from));
      });
    },
    end(service, run) {
      const one = running.get(service);
      if (one !== undefined && start?.run === run) launcher.act(() => void one.close());
    },
    stop() {
      start = null;
      return launcher.wait((done: (value: undefined) => void) => endAll(own(), done));
    },
    send(message) {
      for (const { process, link } of own()) tell(process, link, message);
    },
    running: () => [],
    runs: () => [],
  };
}

function tell(process: Process, link: LauncherLinkSimulated, message: FromLauncher): void {
  process.clock.after(channelMilliseconds, () => link.hear(message.tracks));
}

/** SIGTERM, and SIGKILL to those that do not end in time. Answers how to give up waiting. */
function endAll(
  all: readonly RunningService[],
  done: (value: undefined) => void,
  millisecondsMax: number = limits.stopMillisecondsMax,
): () => void {
  let left = all.length;
  let isOver = false;
  if (left === 0) done(undefined);
  for (const one of all) {
    one.process.onDeath(() => {
      left -= 1;
      if (left === 0 && !isOver) done(undefined);
    });
    end(one, millisecondsMax);
  }
  return () => {
    isOver = true;
  };
}

function end({ process, close }: RunningService, millisecondsMax: number): void {
  const cancel = process.clock.after(millisecondsMax, () => process.kill());
  process.onDeath(cancel);
  void close().then(() => process.kill());
}

/** Their channel is gone, so they end by themselves. */
export function endOrphans(running: ReadonlyMap<string, RunningService>): void {
  for (const one of running.values()) end(one, goodbyeMillisecondsMax);
}
