/**
 * The programs of kind `tree` on a simulated machine: started, stopped and asked for their health
 * by the commands of their manifests, as they behave. They outlive the daemon that started them.
 */

import type { Release, TreeCommands } from '#domain/catalogue/release.ts';
import type { ComponentName, Digest } from '#domain/names.ts';
import type { CommandEnd, RunCommand } from '#ports/installer.ts';
import type { Machine, Process } from '../world/machine.ts';

/** What a version's program does when it is started. */
export type TreeBehaviour = {
  readonly startMilliseconds: number;
  readonly stopMilliseconds: number;
  /** So long after its start it no longer runs; null: it goes on. */
  readonly endsAfterMilliseconds: number | null;
  /** So long after its start it no longer says that it is well; null: it always does. */
  readonly sickAfterMilliseconds: number | null;
  /** Its start command never ends. */
  readonly hangs: boolean;
};

/** One start of a tree's program. */
export type RunningTree = {
  readonly digest: Digest;
  readonly startedAt: number;
  readonly behaviour: TreeBehaviour;
};

export class TreesSimulated {
  readonly #machine: Machine;
  readonly #behaviourOf: (release: Release) => TreeBehaviour;
  /** What runs of a component changed; null: nothing does. */
  readonly #changed: (component: ComponentName, digest: Digest | null) => void;
  readonly #running = new Map<ComponentName, RunningTree>();
  #powerCuts = 0;

  constructor(options: {
    readonly machine: Machine;
    behaviourOf(release: Release): TreeBehaviour;
    changed(component: ComponentName, digest: Digest | null): void;
  }) {
    this.#machine = options.machine;
    this.#behaviourOf = options.behaviourOf;
    this.#changed = options.changed;
  }

  running(component: ComponentName): Digest | null {
    return this.#alive(component)?.digest ?? null;
  }

  /** Twice is once. */
  start(release: Release): void {
    const { component } = release.manifest;
    if (this.running(component) === release.digest) return;
    const behaviour = this.#behaviourOf(release);
    const { schedule } = this.#machine;
    const one: RunningTree = { digest: release.digest, startedAt: schedule.now, behaviour };
    this.#running.set(component, one);
    this.#changed(component, release.digest);
    const { endsAfterMilliseconds: ends } = behaviour;
    if (ends === null) return;
    schedule.after(ends, () => {
      if (this.#running.get(component) === one) this.stop(component);
    });
  }

  stop(component: ComponentName): void {
    if (this.#running.delete(component)) this.#changed(component, null);
  }

  /** Without power nothing runs. */
  stopAll(): void {
    this.#powerCuts += 1;
    for (const component of this.#running.keys()) this.stop(component);
  }

  /** `find`: the release that is unpacked in that folder. */
  runIn(process: Process, find: (component: ComponentName, folder: string) => Release | null) {
    const run: RunCommand = ({ argv, folder, secondsMax, component }) => {
      const release = find(component, folder);
      const hook = release === null ? null : hookOf(release.manifest.tree, argv);
      if (release === null || hook === null) {
        const detail = `${argv[0] ?? ''} is not there`;
        return process.effect((): CommandEnd => ({ ok: false, timeout: false, detail }));
      }
      return process.wait((done) => {
        this.#after(process, { release, hook, secondsMax }, done);
        // The command is a process of its own: it goes on when the daemon that ran it does not.
        return () => undefined;
      });
    };
    return run;
  }

  #after(process: Process, command: Command, done: (end: CommandEnd) => void): void {
    const { release, hook, secondsMax } = command;
    const { component } = release.manifest;
    const behaviour = this.#behaviourOf(release);
    const needed = durationOf(behaviour, hook);
    const isLate = needed > secondsMax * 1_000;
    const milliseconds = isLate ? secondsMax * 1_000 : needed;
    const powerCuts = this.#powerCuts;
    const { machine } = process;
    const act = (): void => {
      if (this.#powerCuts !== powerCuts) return;
      if (isLate) {
        done({ ok: false, timeout: true, detail: `no end within ${secondsMax} s` });
        return;
      }
      if (hook === 'start') this.start(release);
      if (hook === 'stop' && this.running(component) === release.digest) this.stop(component);
      done(hook === 'health' ? this.#health(component, release.digest) : { ok: true });
    };
    machine.schedule.after(milliseconds, () => machine.awake(act));
  }

  #alive(component: ComponentName): RunningTree | null {
    return this.#running.get(component) ?? null;
  }

  #health(component: ComponentName, digest: Digest): CommandEnd {
    const one = this.#alive(component);
    if (one?.digest !== digest) return { ok: false, timeout: false, detail: 'it does not run' };
    const { sickAfterMilliseconds: sick } = one.behaviour;
    const isSick = sick !== null && this.#machine.schedule.now >= one.startedAt + sick;
    return isSick ? { ok: false, timeout: false, detail: 'it is not well' } : { ok: true };
  }
}

type Command = {
  readonly release: Release;
  readonly hook: Hook;
  readonly secondsMax: number;
};

type Hook = 'start' | 'stop' | 'health';

function hookOf(tree: TreeCommands | undefined, argv: readonly string[]): Hook | null {
  const hooks: readonly Hook[] = ['stop', 'start', 'health'];
  return (
    hooks.find((hook) => {
      const known = tree?.[hook];
      return known !== undefined && 'argv' in known && isSame(known.argv, argv);
    }) ?? null
  );
}

function isSame(known: readonly string[] | undefined, asked: readonly string[]): boolean {
  if (known === asked) return true;
  return known?.length === asked.length && known.every((word, index) => word === asked[index]);
}

/** Infinity: it never ends by itself. */
function durationOf(behaviour: TreeBehaviour, hook: Hook): number {
  if (hook === 'start') return behaviour.hangs ? Infinity : behaviour.startMilliseconds;
  return hook === 'stop' ? behaviour.stopMilliseconds : 10;
}
