/**
 * Signed metadata on a simulated disk: the steps of the real client over simulated keys. A refresh
 * reads its source file by file, and what it verified is kept in one effect.
 */

import type { Digest } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { SignedTarget } from '#domain/trust/target.ts';
import type { LaneTrust, MetadataSource } from '#ports/trust.ts';
import type { Stored } from '../world/disk.ts';
import type { Process } from '../world/machine.ts';
import {
  digestOf,
  type SimulatedFile,
  type SimulatedRole,
  type SimulatedRoot,
  type SimulatedTargets,
  type SimulatedTimestamp,
} from './trust-repository.ts';
import { smallFileBytes } from './disk-refusal.ts';

export type SimulatedTrustLimits = { readonly fileBytesMax: number; readonly secondsMax: number };

export const simulatedTrustLimits: SimulatedTrustLimits = {
  fileBytesMax: 512 * 1024,
  secondsMax: 60,
};

/** What a lane has on its disk. */
export type LaneOnDisk = {
  readonly root: SimulatedRoot;
  /** The newest that was seen, for what may never be older; null: none yet. */
  readonly timestamp: SimulatedTimestamp | null;
  /** Of the last set that was verified as a whole. */
  readonly targets: ReadonlyMap<string, SignedTarget>;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly roots: ReadonlyMap<string, Uint8Array>;
};

/** A lane that has seen nothing but what was shipped. */
export function newLane(shippedRoot: string): LaneOnDisk {
  const { signed }: SimulatedFile<SimulatedRoot> = JSON.parse(shippedRoot);
  const nothing = { targets: new Map(), files: new Map(), roots: new Map() };
  return { root: signed, timestamp: null, ...nothing };
}

/** Its verified files, as whoever serves them reads them from the disk. */
export function fileIn({ files, roots }: LaneOnDisk, name: string): Uint8Array | null {
  return files.get(name) ?? roots.get(name) ?? null;
}

export class LaneTrustSimulated implements LaneTrust {
  readonly #process: Process;
  readonly #stored: Stored<LaneOnDisk>;
  readonly #changed: (lane: LaneOnDisk) => void;
  readonly #limits = simulatedTrustLimits;
  #last: Promise<unknown> = Promise.resolve();

  /** `changed`: told in the moment in which another set is on the disk. */
  constructor(
    process: Process,
    stored: Stored<LaneOnDisk>,
    changed: (lane: LaneOnDisk) => void = () => undefined,
  ) {
    this.#process = process;
    this.#stored = stored;
    this.#changed = changed;
  }

  refresh(source: MetadataSource): Promise<Result<null>> {
    const refreshed = this.#last.then(() => this.#refresh(source));
    this.#last = refreshed;
    return refreshed;
  }

  async #refresh(source: MetadataSource): Promise<Result<null>> {
    const now = this.#process.clock.now();
    const walk = new Walk(this.#inTime(source), this.#limits, now);
    const before = await this.#process.effect(() => this.#stored.read());
    const end = await walk.from(before);
    return this.#process.effect(() => {
      // Another process of this computer may have been faster: the newer of the two stays.
      const standing = this.#stored.read();
      if (end.lane === before || isNewer(standing, end.lane)) return end.answer;
      const refusal = this.#process.machine.disk.refusal(smallFileBytes);
      if (refusal !== null) return refuse(refusal);
      this.#stored.write(end.lane, { synced: true });
      this.#changed(end.lane);
      return end.answer;
    });
  }

  /** A source that trickles holds nobody for ever. */
  #inTime(source: MetadataSource): MetadataSource {
    const { clock } = this.#process;
    const seconds = this.#limits.secondsMax;
    const until = clock.monotonic() + seconds * 1_000;
    return (file, bytesMax, signal) =>
      new Promise((resolve) => {
        const late = (): void => resolve(refuse(problem('METADATA_SLOW', { file, seconds })));
        const cancel = clock.after(Math.max(0, until - clock.monotonic()), late);
        void source(file, bytesMax, signal).then((read) => {
          cancel();
          resolve(read);
        });
      });
  }

  async target(name: string): Promise<SignedTarget | null> {
    const { targets } = await this.#lane();
    return targets.get(name) ?? null;
  }

  async targets(): Promise<readonly SignedTarget[]> {
    const { targets } = await this.#lane();
    return [...targets.values()];
  }

  async file(name: string): Promise<Uint8Array | null> {
    return fileIn(await this.#lane(), name);
  }

  #lane(): Promise<LaneOnDisk> {
    return this.#process.effect(() => this.#stored.read());
  }
}

function isNewer(standing: LaneOnDisk, than: LaneOnDisk): boolean {
  const [here, there] = [standing.timestamp?.version ?? 0, than.timestamp?.version ?? 0];
  return standing.root.version > than.root.version || here > there;
}

type WalkEnd = { readonly answer: Result<null>; readonly lane: LaneOnDisk };

/** Ends the walk of one refresh; never leaves this file. */
class Refused extends Error {
  readonly because: Problem;

  constructor(because: Problem) {
    super(because.code);
    this.because = because;
  }
}

/** One run of the client workflow: root by root, then timestamp, then targets. */
class Walk {
  readonly #source: MetadataSource;
  readonly #bytesMax: number;
  readonly #now: number;

  constructor(source: MetadataSource, { fileBytesMax }: SimulatedTrustLimits, now: number) {
    this.#source = source;
    this.#bytesMax = fileBytesMax;
    this.#now = now;
  }

  async from(before: LaneOnDisk): Promise<WalkEnd> {
    let lane = before;
    try {
      lane = await this.#rotated(before);
      const timestamp = await this.#timestamp(lane);
      const keepsTargets = timestamp.signed.version === lane.timestamp?.version;
      if (keepsTargets && lane.files.size > 0) return { answer: ok(null), lane };
      lane = { ...lane, timestamp: timestamp.signed };
      const name = `${timestamp.signed.targets.version}.targets.json`;
      const targets = await this.#targets(lane, name, timestamp.signed.targets.digest);
      const files = new Map([
        ['timestamp.json', timestamp.bytes],
        [name, targets.bytes],
      ]);
      return { answer: ok(null), lane: { ...lane, targets: byNameIn(targets.signed), files } };
    } catch (error) {
      if (error instanceof Refused) return { answer: refuse(error.because), lane };
      throw error;
    }
  }

  async #rotated(before: LaneOnDisk): Promise<LaneOnDisk> {
    let lane = before;
    for (;;) {
      const version = lane.root.version + 1;
      const name = `${version}.root.json`;
      const bytes = await this.#read(name);
      if (bytes === null) return lane;
      const { by, signed } = parse<SimulatedRoot>(bytes, name);
      this.#check(name, by, lane.root.root);
      this.#check(name, by, signed.root);
      if (signed.version !== version) throw new Refused(problem('METADATA_OLDER', { file: name }));
      lane = { ...lane, root: signed, roots: new Map([...lane.roots, [name, bytes]]) };
    }
  }

  async #timestamp(
    lane: LaneOnDisk,
  ): Promise<{ readonly signed: SimulatedTimestamp; readonly bytes: Uint8Array }> {
    const file = 'timestamp.json';
    const bytes = await this.#read(file);
    if (bytes === null) throw new Refused(problem('METADATA_ABSENT', { file }));
    const { by, signed } = parse<SimulatedTimestamp>(bytes, file);
    this.#check(file, by, lane.root.lane);
    if (signed.version < (lane.timestamp?.version ?? 0)) {
      throw new Refused(problem('METADATA_OLDER', { file }));
    }
    this.#checkFresh(file, signed.expires);
    return { signed, bytes };
  }

  async #targets(
    lane: LaneOnDisk,
    file: string,
    digest: Digest,
  ): Promise<{ readonly signed: SimulatedTargets; readonly bytes: Uint8Array }> {
    const bytes = await this.#read(file);
    if (bytes === null) throw new Refused(problem('METADATA_ABSENT', { file }));
    if (digestOnce(bytes) !== digest) throw new Refused(problem('METADATA_MIXED', { file }));
    const { by, signed } = parse<SimulatedTargets>(bytes, file);
    this.#check(file, by, lane.root.lane);
    this.#checkFresh(file, signed.expires);
    return { signed, bytes };
  }

  async #read(file: string): Promise<Uint8Array | null> {
    const bytesMax = this.#bytesMax;
    const read = await this.#source(file, bytesMax);
    if (!read.ok) throw new Refused(read.because);
    if ((read.value?.byteLength ?? 0) > bytesMax) {
      throw new Refused(problem('METADATA_TOO_LARGE', { file, bytesMax }));
    }
    return read.value;
  }

  #check(file: string, by: readonly string[], { keys, threshold }: SimulatedRole): void {
    const signatures = new Set(by.filter((key) => keys.includes(key))).size;
    if (signatures >= threshold) return;
    throw new Refused(problem('METADATA_UNSIGNED', { file, signatures, threshold }));
  }

  #checkFresh(file: string, expires: number): void {
    if (expires <= this.#now) throw new Refused(problem('METADATA_EXPIRED', { file }));
  }
}

/**
 * The servers of a fleet read the very same bytes. What follows from them alone is found once; what
 * a server makes of it (its root, its time, what it saw before) is asked of each.
 */
const readOnce = new WeakMap<Uint8Array, SimulatedFile<never>>();
const digests = new WeakMap<Uint8Array, Digest>();
const targetsByName = new WeakMap<SimulatedTargets, ReadonlyMap<string, SignedTarget>>();

function digestOnce(bytes: Uint8Array): Digest {
  const known = digests.get(bytes);
  if (known !== undefined) return known;
  const digest = digestOf(bytes);
  digests.set(bytes, digest);
  return digest;
}

function byNameIn(signed: SimulatedTargets): ReadonlyMap<string, SignedTarget> {
  const known = targetsByName.get(signed);
  if (known !== undefined) return known;
  const byName = new Map(signed.targets.map((one) => [one.name, one]));
  targetsByName.set(signed, byName);
  return byName;
}

function parse<Signed>(bytes: Uint8Array, file: string): SimulatedFile<Signed> {
  const known = readOnce.get(bytes);
  if (known !== undefined) return known;
  try {
    const parsed = JSON.parse(new TextDecoder().decode(bytes));
    readOnce.set(bytes, parsed);
    return parsed;
  } catch {
    throw new Refused(problem('METADATA_UNREADABLE', { file, detail: 'not JSON' }));
  }
}
