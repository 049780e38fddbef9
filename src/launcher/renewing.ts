/**
 * The launcher's own renewal: what lies in `launcher/next` is tried, put into place when it proved
 * itself, and remembered when it did not. Every line is on the disk before what it announces. Absent:
 * starting it, and the daemons, which are main.ts's.
 */

import { join } from 'node:path';
import type { LauncherSelf } from '#protocol/launcher/messages.ts';
import { intentLinesIn } from './intent-file.ts';
import { paths } from './installation.ts';
import { limits } from './limits.ts';
import type { Log } from './log-file.ts';
import { againstPair, openPairDisk, type Pair } from './pair.ts';
import {
  followRenewal,
  noRenewal,
  parseRenewalLine,
  shortenRenewal,
  type RenewalIntent,
  type RenewalLine,
} from './renewal-lines.ts';

export type Due = 'nothing' | 'try' | 'place';

export type Renewing = {
  self(): LauncherSelf;
  /** Looks at what lies there; afterwards `due` says what is to be done with it. */
  look(): void;
  due(): Due;
  /** Where the one to be tried stands, once the attempt is on the disk; null: not now. */
  begin(): string | null;
  ended(end: TrialEnd): void;
  /** False: the disk did not take it, and it is to be asked for again. */
  place(): boolean;
};

export type TrialEnd =
  | { readonly end: 'proved' }
  /** The launcher itself is to end. */
  | { readonly end: 'interrupted' }
  /** From outside, for whatever reason; three times is one of its own. */
  | { readonly end: 'killed' }
  | { readonly end: 'failed'; readonly cause: string; readonly detail: string };

type Timeless<One> = One extends RenewalLine ? Omit<One, 'at' | 'pair' | 'version'> : never;

export function openRenewing(options: {
  readonly root: string;
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly log: Log;
}): Renewing {
  const { root, now, monotonic, log } = options;
  const folder = paths.launcher(root);
  const disk = openPairDisk(folder);
  const lines = intentLinesIn(join(folder, 'intent.log'));
  const version = disk.inPlace()?.version ?? null;
  let intent: RenewalIntent = noRenewal;
  let count = 0;
  let due: Due = 'nothing';
  let laid: Pick<Pair, 'id' | 'version' | 'files'> | null = null;
  let restUntil = -Infinity;

  /** A disk that refuses costs the renewal some time, and the daemons nothing. */
  function quietly(what: string, act: () => void): boolean {
    try {
      act();
      return true;
    } catch (error) {
      restUntil = monotonic() + limits.renewalRestMilliseconds;
      log('renewal-waits', { step: what, detail: String(error) });
      return false;
    }
  }

  function append(of: Pick<Pair, 'id' | 'version'>, entry: Timeless<RenewalLine>): boolean {
    const line = { ...entry, at: now(), pair: of.id, version: of.version };
    const isTaken = quietly(line.type, () => lines.append(line));
    if (!isTaken) return false;
    intent = followRenewal(intent, line);
    log(`renewal-${line.type}`, { ...entry, version: of.version });
    count += 1;
    if (count > limits.intentLinesMax) {
      const short = shortenRenewal(intent);
      if (quietly('shorten', () => lines.rewrite(short))) count = short.length;
    }
    return true;
  }

  function fail(of: Pick<Pair, 'id' | 'version'>, cause: string, detail: string): void {
    due = 'nothing';
    const isWritten = append(of, { type: 'failed', cause, detail: detail.slice(0, 500) });
    if (isWritten) quietly('remove', () => disk.removeNext());
  }

  function lookAtOpen({
    pair: id,
    version: of,
  }: {
    readonly pair: string;
    readonly version: string;
  }) {
    if (disk.inPlace()?.id === id) {
      append({ id, version: of }, { type: 'placed' });
    } else if (disk.holds(id)) {
      due = 'place';
    } else {
      fail({ id, version: of }, 'disk', 'it proved itself, and is not there any more');
    }
  }

  function look(): void {
    due = 'nothing';
    const { open, ends } = intent;
    if (open?.state === 'placing') {
      lookAtOpen(open.of);
      return intent.open === null ? look() : undefined;
    }
    laid = disk.laid();
    if (laid === null && !disk.hasNext()) return;
    const { id } = laid ?? { id: null };
    const isFailed = ends.some((one) => one.ended === 'failed' && one.pair === id);
    if (laid === null || isFailed || disk.inPlace()?.id === id) return disk.removeNext();
    const attempts = open?.of.pair === id ? open.attempts : 0;
    if (attempts < limits.attemptsMax) {
      due = 'try';
      return;
    }
    fail(laid, 'crash', `${attempts} times it, or the launcher that tried it, was killed`);
  }

  quietly('read', () => {
    const reading = lines.read();
    count = reading.lines.length;
    intent = reading.lines
      .flatMap((line) => parseRenewalLine(line) ?? [])
      .reduce(followRenewal, noRenewal);
    look();
  });

  return {
    self: () => ({ version, renewal: intent.ends.at(-1) ?? null }),
    look: () => void quietly('look', look),
    due: () => (monotonic() < restUntil ? 'nothing' : due),
    begin() {
      if (due !== 'try' || laid === null) return null;
      const against = againstPair(disk.next, laid);
      if (against !== null) {
        fail(laid, 'digest', against);
        return null;
      }
      return append(laid, { type: 'attempt' }) ? disk.next : null;
    },
    ended(end) {
      if (laid === null) return;
      if (end.end === 'failed') return fail(laid, end.cause, end.detail);
      if (end.end === 'killed') return void quietly('look', look);
      const isProved = end.end === 'proved';
      const isWritten = append(laid, { type: isProved ? 'proved' : 'paused' });
      if (isProved && isWritten) due = 'place';
    },
    place() {
      const { open } = intent;
      if (open?.state !== 'placing') return false;
      const { pair: id, version: of } = open.of;
      if (!quietly('place', () => disk.place(id))) return false;
      due = 'nothing';
      append({ id, version: of }, { type: 'placed' });
      quietly('remove', () => {
        if (disk.hasNext()) disk.removeNext();
      });
      return true;
    },
  };
}
