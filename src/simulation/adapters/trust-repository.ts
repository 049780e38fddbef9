/**
 * Makes signed metadata of a simulated lane. A key is its name: whoever knows the name can sign with
 * it. What the files say, and in which order they lead to each other, is as in a real repository.
 */

import { createHash } from 'node:crypto';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import { brand, type Digest, type Instant } from '#domain/names.ts';
import type { SignedTarget } from '#domain/trust/target.ts';

export type SimulatedRole = { readonly keys: readonly string[]; readonly threshold: number };

export type SimulatedRoot = {
  readonly version: number;
  readonly root: SimulatedRole;
  /** Signs what is there and how new it is. */
  readonly lane: SimulatedRole;
};

export type SimulatedTimestamp = {
  readonly version: number;
  readonly expires: Instant;
  readonly targets: { readonly version: number; readonly digest: Digest };
};

export type SimulatedTargets = {
  readonly version: number;
  readonly expires: Instant;
  readonly targets: readonly SignedTarget[];
};

/** A file of simulated metadata: what it says, and the names of the keys that signed it. */
export type SimulatedFile<Signed> = {
  readonly by: readonly string[];
  readonly signed: Signed;
};

export type SimulatedFiles = Map<string, Uint8Array>;

export class TrustRepositorySimulated {
  /** Everything that was ever published, by name; the newest of `timestamp.json`. */
  readonly files: SimulatedFiles = new Map();
  #root: SimulatedRoot;
  #versions = 0;

  constructor(keys: { readonly root: SimulatedRole; readonly lane: SimulatedRole }) {
    this.#root = { version: 1, ...keys };
    this.#putRoot([]);
  }

  /** The first root, as an organisation ships it. */
  get shippedRoot(): string {
    return new TextDecoder().decode(this.files.get('1.root.json'));
  }

  /** Signed with the keys of the lane, or with those that somebody else has. */
  publish(
    targets: readonly SignedTarget[],
    expires: Instant,
    by: readonly string[] = this.#root.lane.keys,
  ): void {
    this.#versions += 1;
    const version = this.#versions;
    const signed = signedFiles({ version, expires, targets }, by);
    for (const [name, bytes] of signed) this.files.set(name, bytes);
  }

  /** Says who signs from now on; signed by who signed before and by who will. */
  rotate(keys: { readonly root?: SimulatedRole; readonly lane?: SimulatedRole }): void {
    const before = this.#root.root.keys;
    this.#root = { ...this.#root, ...keys, version: this.#root.version + 1 };
    this.#putRoot(before);
  }

  #putRoot(before: readonly string[]): void {
    const by = [...new Set([...before, ...this.#root.root.keys])];
    const file: SimulatedFile<SimulatedRoot> = { by, signed: this.#root };
    this.files.set(`${this.#root.version}.root.json`, bytesOf(file));
  }
}

/** As it travels: texts by their names. */
export function textsOf(files: ReadonlyMap<string, Uint8Array>): ReadonlyMap<string, string> {
  const decoder = new TextDecoder();
  return new Map([...files].map(([name, bytes]) => [name, decoder.decode(bytes)]));
}

/** What is there, and the timestamp by which it is found. */
export function signedFiles(
  targets: SimulatedTargets,
  by: readonly string[],
): ReadonlyMap<string, Uint8Array> {
  const { version, expires } = targets;
  const file: SimulatedFile<SimulatedTargets> = { by, signed: targets };
  const bytes = bytesOf(file);
  const signed = { version, expires, targets: { version, digest: digestOf(bytes) } };
  const timestamp: SimulatedFile<SimulatedTimestamp> = { by, signed };
  return new Map([
    [`${version}.targets.json`, bytes],
    ['timestamp.json', bytesOf(timestamp)],
  ]);
}

function bytesOf(file: SimulatedFile<unknown>): Uint8Array {
  return new TextEncoder().encode(canonicalJson(file));
}

export function digestOf(bytes: Uint8Array): Digest {
  return brand<Digest>(createHash('sha256').update(bytes).digest('hex'));
}
