/**
 * Looks after the daemons of one track from outside: what memory they take, whether they still say
 * that they are alive, and whether the tier above accepts them. Decides nothing: what is over its
 * limit becomes an event.
 */

import { readFileSync } from 'node:fs';
import type { SessionStanding } from '#protocol/launcher/messages.ts';
import { limits } from './limits.ts';
import type { ServiceRun } from './services.ts';
import type { Event } from './track.ts';

const mebibyte = 1024 * 1024;
const hour = 3_600_000;

export type WatchParts = {
  readonly memoryMebibytesMax: (service: string) => number | null;
  readonly silenceSecondsMax: number;
  /** null: no data of the previous version may come back, whatever happens. */
  readonly unacceptedHoursMax: number | null;
  readonly runs: () => readonly ServiceRun[];
  readonly bytesOf: (pid: number) => number | null;
  /** Milliseconds that only ever rise. */
  readonly now: () => number;
  post(event: Event): void;
};

export type Watch = {
  alive(service: string, run: number, session: SessionStanding): void;
  look(): void;
};

type Seen = { readonly run: number; readonly at: number };

export function openWatch(parts: WatchParts): Watch {
  const { now, post } = parts;
  const heard = new Map<string, Seen>();
  let acceptedAt = now();
  let answeredAt = -Infinity;

  function lookAt({ service, run, pid }: ServiceRun): void {
    const most = parts.memoryMebibytesMax(service);
    const bytes = most === null ? null : parts.bytesOf(pid);
    if (most !== null && bytes !== null && bytes > most * mebibyte) {
      const detail = `${service} takes ${Math.round(bytes / mebibyte)} MiB of at most ${most}`;
      return post({ type: 'over-limit', run, service, what: 'memory', detail });
    }
    const last = heard.get(service);
    if (last?.run !== run || now() - last.at <= parts.silenceSecondsMax * 1_000) return;
    heard.delete(service);
    const detail = `${service} has not said for ${parts.silenceSecondsMax} s that it is alive`;
    post({ type: 'over-limit', run, service, what: 'hang', detail });
  }

  function lookAbove(runs: readonly ServiceRun[]): void {
    const [first] = runs;
    const { unacceptedHoursMax: hours } = parts;
    if (first === undefined || hours === null) return;
    if (now() - acceptedAt <= hours * hour) return;
    if (now() - answeredAt > limits.answeredMillisecondsMax) return;
    // The next time comes no sooner, whatever this one comes to.
    acceptedAt = now();
    const detail = `no session for ${hours} h, though the address answers`;
    post({ type: 'unaccepted', run: first.run, detail });
  }

  return {
    alive(service, run, session) {
      heard.set(service, { run, at: now() });
      if (session === 'accepted') acceptedAt = now();
      if (session === 'answered') answeredAt = now();
    },
    look() {
      const runs = parts.runs();
      for (const one of runs) lookAt(one);
      lookAbove(runs);
    },
  };
}

const pageBytes = 4_096;

/** Memory of its own, without what it shares with other processes; null: not to be seen. */
export function bytesOfProcess(pid: number): number | null {
  try {
    const [, resident = 0, shared = 0] = readFileSync(`/proc/${pid}/statm`, 'utf8')
      .split(' ')
      .map(Number);
    return (resident - shared) * pageBytes;
  } catch {
    return null;
  }
}
