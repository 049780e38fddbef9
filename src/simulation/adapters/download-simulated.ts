/**
 * Fetches what a digest names over a simulated link, as patiently as the adapter for HTTP: resumes
 * after the bytes that it has, tries again after pauses, and believes nothing but the digest.
 * Absent: the file itself, which belongs to whoever asked (`Half`).
 *
 * A path that loses packets leaves a transfer its share of the bandwidth × (1 − loss), and at most
 * one window in each round trip, that of a packet which is sent again included. How a real stream
 * slows down for each loss is harder than that; a path that loses nothing is not limited so.
 */

import type { Digest } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { downloadLimits as limits, downloadPauseMilliseconds } from '#protocol/shared/download.ts';
import type { Process } from '../world/machine.ts';
import { lateMilliseconds, type Path } from '../world/network.ts';
import { cancel, type Scheduled } from '../world/schedule.ts';
import type { Flow, SharedLink } from '../world/shared-link.ts';

/** So much of a file, and what all of it will be; null: it cannot become right any more. */
export type Half = { readonly bytes: number; readonly digest: Digest | null };

export type HalfFile = {
  read(): Half;
  append(of: Digest, bytes: number): void;
  empty(): void;
};

/** Who serves files: a listener of another machine. */
export type Source = {
  /** null: nobody listens there now. */
  process(): Process | null;
  /** What is really in the file of that name; null: there is none. */
  find(digest: Digest): { readonly digest: Digest; readonly bytes: number } | null;
};

export type DownloadOptions = {
  readonly process: Process;
  readonly path: Path;
  readonly link: SharedLink;
  readonly source: Source;
  readonly half: HalfFile;
  readonly digest: Digest;
  readonly bytes: number;
  readonly signal: AbortSignal;
};

const windowBytes = 262_144;

type Attempt =
  | { readonly end: 'complete' }
  | { readonly end: 'cut' | 'wrong' | 'refused'; readonly because: Problem };

/** null: the half file holds exactly the bytes that the digest names. */
export async function downloadSimulated(options: DownloadOptions): Promise<Result<null>> {
  const { half, signal } = options;
  let wrongCopies = 0;
  let fruitless = 0;
  let last = unreachable('no attempt');
  for (let attempt = 1; attempt <= limits.attemptsMax; attempt++) {
    const before = half.read().bytes;
    const outcome = await fetchRest(options);
    if (outcome.end === 'complete') return ok(null);
    last = outcome.because;
    if (signal.aborted || outcome.end === 'refused') return refuse(last);
    if (outcome.end === 'wrong') {
      await options.process.effect(() => half.empty());
      wrongCopies += 1;
      if (wrongCopies >= limits.wrongCopiesMax) return refuse(last);
      continue;
    }
    const came = half.read().bytes - before;
    fruitless = came >= limits.stallBytesMin ? 0 : fruitless + 1;
    if (fruitless >= limits.fruitlessAttemptsMax) return refuse(last);
    await pause(options, fruitless);
  }
  return refuse(last);
}

async function fetchRest(options: DownloadOptions): Promise<Attempt> {
  const { process, half, digest, bytes } = options;
  if (half.read().bytes < bytes) {
    const outcome = await process.wait<Attempt>((done) => new Exchange(options, done).begin());
    if (outcome.end !== 'complete') return outcome;
  }
  const found = half.read();
  if (found.bytes === bytes && found.digest === digest) return { end: 'complete' };
  const values = { expected: digest, found: found.digest ?? 'a torn file' };
  return { end: 'wrong', because: problem('PACKAGE_DIGEST_WRONG', values) };
}

function pause({ process, signal }: DownloadOptions, fruitless: number): Promise<null> {
  const chance = process.chance.next();
  return process.wait((done) => {
    const end = (): void => {
      signal.removeEventListener('abort', end);
      done(null);
    };
    signal.addEventListener('abort', end, { once: true });
    return process.clock.after(downloadPauseMilliseconds(limits, { fruitless, chance }), end);
  });
}

/** One request for what is missing, and the flow that answers it. */
class Exchange {
  readonly #options: DownloadOptions;
  readonly #done: (attempt: Attempt) => void;
  readonly #server: Process | null;
  #file: { readonly digest: Digest; readonly bytes: number } | null = null;
  #flow: Flow | null = null;
  /** Of the handshake, or of a stall. */
  #timer: Scheduled | null = null;
  #isOver = false;
  #forgetServer = (): void => undefined;
  readonly #look = (): void => this.#changed();
  readonly #abort = (): void => this.#end({ end: 'cut', because: unreachable('aborted') });

  constructor(options: DownloadOptions, done: (attempt: Attempt) => void) {
    this.#options = options;
    this.#done = done;
    this.#server = options.source.process();
  }

  /** Answers how to give it up. */
  begin(): () => void {
    const { process, path, signal } = this.#options;
    if (signal.aborted) {
      this.#abort();
      return () => undefined;
    }
    path.changed.add(this.#look);
    process.machine.silences.add(this.#look);
    this.#server?.machine.silences.add(this.#look);
    this.#forgetServer = this.#server?.onDeath(() => this.#serverDied()) ?? this.#forgetServer;
    signal.addEventListener('abort', this.#abort, { once: true });
    const isSteady = path.lossShare === 0 && path.jitterMilliseconds === 0;
    const late = isSteady ? 0 : lateMilliseconds(path, process.chance);
    if (this.#isReachable()) this.#after(3 * path.latencyMilliseconds + late, () => this.#answer());
    else this.#stall();
    return () => this.#leave();
  }

  #isReachable(): boolean {
    const { path, process } = this.#options;
    const machines = [process.machine, ...(this.#server === null ? [] : [this.#server.machine])];
    return !path.isCut && machines.every((one) => one.hasPower && !one.isFrozen);
  }

  #answer(): void {
    const { source, digest, half } = this.#options;
    if (this.#server?.isAlive !== true) {
      this.#end({ end: 'cut', because: unreachable('refused') });
      return;
    }
    this.#file = source.find(digest);
    if (this.#file === null) {
      this.#end({ end: 'refused', because: problem('PACKAGE_ABSENT', { digest }) });
    } else if (this.#file.bytes < half.read().bytes) {
      const values = { expected: digest, found: 'what it offers is shorter' };
      this.#end({ end: 'wrong', because: problem('PACKAGE_DIGEST_WRONG', values) });
    } else this.#flowOn();
  }

  /** What does not fit on the disk any more does not arrive. */
  #flowOn(): void {
    const { process, path, link, half } = this.#options;
    const { disk, schedule } = process.machine;
    const missing = (this.#file?.bytes ?? 0) - half.read().bytes;
    const room = disk.isBroken ? 0 : Math.max(0, disk.bytesFree);
    const wanted = Math.min(missing, room);
    const isWindow = path.lossShare > 0 && wanted > windowBytes;
    const roundTrip = this.#roundTripFromNow();
    this.#flow = link.begin(
      isWindow ? windowBytes : wanted,
      () => {
        this.#keep();
        const refusal = missing > room ? disk.refusal(missing) : null;
        if (isWindow) this.#after(roundTrip - schedule.now, () => this.#flowOn());
        else
          this.#end(refusal === null ? { end: 'complete' } : { end: 'refused', because: refusal });
      },
      path.lossShare,
    );
  }

  /** When a window that is sent now can have been acknowledged. */
  #roundTripFromNow(): number {
    const { path, process } = this.#options;
    const { schedule } = process.machine;
    if (path.lossShare === 0) return schedule.now;
    return schedule.now + 2 * path.latencyMilliseconds + lateMilliseconds(path, process.chance);
  }

  #changed(): void {
    if (this.#isReachable()) {
      if (this.#flow !== null && this.#flow.lossShare !== this.#options.path.lossShare) {
        this.#keep();
        this.#flowOn();
      }
      // The answer that was on its way still comes; what flowed goes on.
      if (this.#flow !== null || this.#timer === null) return;
      this.#after(this.#options.path.latencyMilliseconds, () => {
        if (this.#file === null) this.#answer();
        else this.#flowOn();
      });
    } else {
      this.#keep();
      this.#stall();
    }
  }

  #serverDied(): void {
    if (this.#isOver || this.#server?.machine.hasPower !== true) return;
    // Its kernel resets what it had open.
    this.#keep();
    this.#end({ end: 'cut', because: unreachable('reset') });
  }

  #stall(): void {
    this.#after(limits.stallMilliseconds, () => {
      this.#end({ end: 'cut', because: unreachable('stalled') });
    });
  }

  #after(milliseconds: number, act: () => void): void {
    if (this.#timer !== null) cancel(this.#timer);
    this.#timer = this.#options.process.machine.schedule.after(milliseconds, () => {
      this.#timer = null;
      act();
    });
  }

  /** What arrived is on the disk, though not synced. */
  #keep(): void {
    const { link, half } = this.#options;
    const flow = this.#flow;
    this.#flow = null;
    if (flow === null || this.#file === null) return;
    half.append(this.#file.digest, link.arrived(flow));
    link.break(flow);
  }

  #end(attempt: Attempt): void {
    if (this.#isOver) return;
    this.#leave();
    this.#done(attempt);
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#forgetServer();
    this.#keep();
    if (this.#timer !== null) cancel(this.#timer);
    const { process, path, signal } = this.#options;
    path.changed.delete(this.#look);
    process.machine.silences.delete(this.#look);
    this.#server?.machine.silences.delete(this.#look);
    signal.removeEventListener('abort', this.#abort);
  }
}

function unreachable(detail: string): Problem {
  return problem('ADDRESS_UNREACHABLE', { address: 'simulated', detail });
}
