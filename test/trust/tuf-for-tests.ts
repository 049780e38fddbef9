/**
 * A TUF repository in memory that does as it is told, attacks included: any keys, thresholds,
 * versions, dates and bytes. Written on the format itself, not on the code that Dankai signs with.
 */

import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import type { MetadataSource } from '#ports/trust.ts';
import { ok } from '#domain/result.ts';

export type TestKey = { readonly id: string; readonly public: object; readonly private: KeyObject };

export function newKey(): TestKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex');
  const key = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: raw } };
  const id = createHash('sha256').update(canonicalize(key)).digest('hex');
  return { id, public: key, private: privateKey };
}

export const roleNames = ['root', 'timestamp', 'snapshot', 'targets'] as const;
export type RoleName = (typeof roleNames)[number];

export type TestTarget = {
  readonly bytes: Uint8Array | string;
  readonly custom?: object | undefined;
};

const dayMs = 86_400_000;

export class TestRepository {
  /** Everything that was ever published, by the name under which a client asks for it. */
  readonly files = new Map<string, Buffer>();
  readonly roles: Record<RoleName, { keys: TestKey[]; threshold: number }>;
  readonly versions: Record<RoleName, number> = { root: 0, timestamp: 0, snapshot: 0, targets: 0 };
  readonly expires: Record<RoleName, Date>;
  readonly targets = new Map<string, TestTarget>();
  #rootBefore: TestKey[] = [];

  constructor(options: { readonly threshold?: number } = {}) {
    const threshold = options.threshold ?? 1;
    const role = () => ({ keys: Array.from({ length: threshold }, newKey), threshold });
    this.roles = { root: role(), timestamp: role(), snapshot: role(), targets: role() };
    const later = new Date(Date.now() + 30 * dayMs);
    this.expires = { root: later, timestamp: later, snapshot: later, targets: later };
    this.publishRoot();
    this.publish();
  }

  get shippedRoot(): string {
    return this.files.get('1.root.json')?.toString() ?? '';
  }

  /** Signed by the keys of the root before it and by its own. */
  publishRoot(signers?: readonly TestKey[]): void {
    this.versions.root += 1;
    const all = roleNames.flatMap((name) => this.roles[name].keys);
    const signed = {
      ...this.#common('root'),
      consistent_snapshot: true,
      keys: Object.fromEntries(all.map((key) => [key.id, key.public])),
      roles: Object.fromEntries(
        roleNames.map((name) => {
          const { keys, threshold } = this.roles[name];
          return [name, { keyids: keys.map(({ id }) => id), threshold }];
        }),
      ),
    };
    const own = this.roles.root.keys;
    const bytes = signedBytes(signed, signers ?? [...new Set([...this.#rootBefore, ...own])]);
    this.#rootBefore = own;
    this.files.set(`${this.versions.root}.root.json`, bytes);
  }

  /** Targets, snapshot and timestamp, each one version on. */
  publish(): void {
    this.publishTargets();
    this.publishSnapshot();
    this.publishTimestamp();
  }

  publishTargets(): void {
    this.versions.targets += 1;
    const targets = Object.fromEntries(
      [...this.targets].map(([name, { bytes, custom }]) => [name, fileInfo(bytes, custom)]),
    );
    this.#put('targets', { ...this.#common('targets'), targets });
  }

  publishSnapshot(): void {
    this.versions.snapshot += 1;
    const { targets: version } = this.versions;
    const bytes = this.files.get(`${version}.targets.json`) ?? Buffer.alloc(0);
    const meta = { 'targets.json': { version, ...hashOf(bytes) } };
    this.#put('snapshot', { ...this.#common('snapshot'), meta });
  }

  publishTimestamp(): void {
    this.versions.timestamp += 1;
    const { snapshot: version } = this.versions;
    const bytes = this.files.get(`${version}.snapshot.json`) ?? Buffer.alloc(0);
    const meta = { 'snapshot.json': { version, ...hashOf(bytes) } };
    this.#put('timestamp', { ...this.#common('timestamp'), meta });
  }

  #put(role: RoleName, signed: object): void {
    const name = role === 'timestamp' ? 'timestamp.json' : `${this.versions[role]}.${role}.json`;
    this.files.set(name, signedBytes(signed, this.roles[role].keys));
  }

  #common(role: RoleName): object {
    const expires = this.expires[role].toISOString().replace(/\.\d+Z$/, 'Z');
    return { _type: role, spec_version: '1.0.31', version: this.versions[role], expires };
  }

  source(): MetadataSource {
    return sourceOf(new Map(this.files));
  }
}

export function sourceOf(files: ReadonlyMap<string, Uint8Array>): MetadataSource {
  return (name) => Promise.resolve(ok(files.get(name) ?? null));
}

export function signedBytes(signed: object, keys: readonly TestKey[]): Buffer {
  const text = Buffer.from(canonicalize(signed));
  const signatures = keys.map((key) => ({
    keyid: key.id,
    sig: sign(null, text, key.private).toString('hex'),
  }));
  return Buffer.from(JSON.stringify({ signatures, signed }));
}

function hashOf(bytes: Uint8Array): { length: number; hashes: { sha256: string } } {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { length: bytes.byteLength, hashes: { sha256 } };
}

function fileInfo(content: Uint8Array | string, custom: object | undefined): object {
  const info = hashOf(Buffer.from(content));
  return custom === undefined ? info : { ...info, custom };
}
