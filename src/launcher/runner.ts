/**
 * Carries out what decide.ts decides for one track: one event at a time, each command finished
 * before the next event is looked at. Decides nothing itself.
 */

import type { Track as TrackName, TrackState } from '#protocol/launcher/messages.ts';
import { step } from './decide.ts';
import type { Journal } from './journal.ts';
import { limits } from './limits.ts';
import type { Log } from './log-file.ts';
import type { Services } from './services.ts';
import { isCalm, stateOf, type Command, type Event, type Track } from './track.ts';
import type { TrackDisk } from './tracks.ts';

export type Runner = {
  post(event: Event): void;
  state(): TrackState;
  /** Its services work, or are meant to stand still; nothing is being switched, and nothing waits. */
  isCalm(): boolean;
  /** Stops the services; nothing is looked at afterwards. */
  end(): Promise<void>;
};

export type RunnerParts = {
  readonly name: TrackName;
  readonly track: Track;
  readonly journal: Journal;
  readonly disk: TrackDisk;
  readonly services: Services;
  /** Saves memory where it can; never fails. */
  readonly shareRuntime: (slot: string) => void;
  readonly now: () => number;
  /** Calls `act` once after that many milliseconds; answers a function that cancels it. */
  readonly after: (milliseconds: number, act: () => void) => () => void;
  readonly log: Log;
  /** The state has changed; every daemon is to hear of it. */
  publish(): void;
};

export function openRunner(parts: RunnerParts): Runner {
  const { name, journal, disk, services, now, after, log } = parts;
  const waiting: Event[] = [];
  let ended: PromiseWithResolvers<void> | null = null;
  let track = parts.track;
  let cancelAlarm = (): void => undefined;
  let stopWaiting = (): void => undefined;
  let busy = false;
  let ending = false;

  async function carryOut(command: Command): Promise<void> {
    switch (command.do) {
      case 'journal':
        return journal.append({ at: now(), ...command.entry });
      case 'stop':
        return services.stop();
      case 'start': {
        const { slot, generation } = command.place;
        return services.start({ slot, data: disk.dataOf(generation) }, command.run);
      }
      case 'restart':
        return services.restart(command.service, command.run, command.milliseconds);
      case 'end':
        return services.end(command.service, command.run);
      case 'share-runtime':
        return parts.shareRuntime(command.slot);
      case 'make-generation':
        return disk.makeGeneration(command.change);
      case 'point-current':
        return disk.pointCurrent(command.generation);
      case 'keep-generations':
        return disk.keepGenerations(command.generations);
      case 'alarm': {
        const { run } = command;
        cancelAlarm();
        cancelAlarm = after(command.milliseconds, () => post({ type: 'time-over', run }));
        return;
      }
      case 'tell':
        waiting.unshift(command.event);
        return;
      case 'log':
        return log(command.event, { track: name, detail: command.detail });
      case 'publish':
        return parts.publish();
    }
  }

  /** Ends early when the launcher is to end. */
  function pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = after(milliseconds, resolve);
      stopWaiting = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Before the new version ran a fault ends the switch; anywhere else the step is repeated. */
  async function carryOutAll(commands: readonly Command[]): Promise<void> {
    const undoable = commands.some((command) => command.do === 'make-generation');
    let givenUp = false;
    for (const command of commands) {
      // A launcher that ends leaves an unfinished step to its next start, but no daemon behind.
      if (givenUp && command.do !== 'stop') continue;
      for (;;) {
        try {
          await carryOut(command);
          break;
        } catch (error) {
          const detail = String(error);
          log('step-failed', { track: name, command: command.do, detail });
          if (undoable) {
            waiting.unshift({ type: 'unprepared', cause: 'disk', detail });
            return;
          }
          if (!ending) await pause(limits.stepAgainMilliseconds);
          if (ending) {
            givenUp = true;
            break;
          }
        }
      }
    }
  }

  async function work(): Promise<void> {
    busy = true;
    for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) {
      const before = track.standing.state;
      const next = step(track, event, now());
      track = next.track;
      const after = track.standing.state;
      if (after !== before) log('track-changed', { track: name, from: before, to: after });
      await carryOutAll(next.commands);
      if (event.type === 'ending') {
        cancelAlarm();
        waiting.length = 0;
        ended?.resolve();
      }
    }
    busy = false;
  }

  function post(event: Event): void {
    if (ending && event.type !== 'ending') return;
    waiting.push(event);
    if (!busy) void work();
  }

  return {
    post,
    state: () => stateOf(track),
    isCalm: () => !busy && !ending && isCalm(track),
    end() {
      ended ??= Promise.withResolvers();
      if (!ending) {
        post({ type: 'ending' });
        ending = true;
        stopWaiting();
      }
      return ended.promise;
    },
  };
}
