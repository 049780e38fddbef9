/**
 * The metadata of a signed repository as facts: four roles, who may sign for each, what was signed
 * by whom. Built on the models of TUF 1.0; reads and writes no file and decides no order of things.
 *
 * Above some hundred targets the models take quadratic time, so a repository has `targetsMax`.
 * The snapshot and the timestamp name versions, not digests: so all that belongs together can be
 * signed in one go, by one signer after another.
 */

import { canonicalize } from '@tufjs/canonical-json';
import {
  MetaFile,
  Metadata,
  MetadataKind,
  type Root,
  Signature,
  Snapshot,
  Targets,
  Timestamp,
} from '@tufjs/models';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import { namePattern, type Instant } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import {
  keyFacts,
  publicKeyOf,
  scheme,
  type PublicSigningKey,
  type Signer,
} from '../secrets/signing-key.ts';

export const roleNames = ['root', 'targets', 'snapshot', 'timestamp'] as const;
export type RoleName = (typeof roleNames)[number];

export type RootMetadata = Metadata<Root>;
export type TargetsMetadata = Metadata<Targets>;
export type SnapshotMetadata = Metadata<Snapshot>;
export type TimestampMetadata = Metadata<Timestamp>;
export type AnyMetadata = RootMetadata | TargetsMetadata | SnapshotMetadata | TimestampMetadata;

export type MetadataSet = {
  readonly root: RootMetadata;
  readonly targets: TargetsMetadata;
  readonly snapshot: SnapshotMetadata;
  readonly timestamp: TimestampMetadata;
};

/** Who may sign for a role, and how many of them it takes. */
export type RoleSigners = {
  readonly keys: readonly PublicSigningKey[];
  readonly threshold: number;
};
export type Roles = Readonly<Record<RoleName, RoleSigners>>;

export const metadataLimits = { targetsMax: 500, keysMax: 32 } as const;

/** Where a key's name stands in metadata; readers that do not know it pass over it. */
const nameField = 'x-dankai-name';

/** As the specification writes times: whole seconds. */
export function expiryText(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

export function expiryOf(metadata: AnyMetadata): Instant {
  return Date.parse(metadata.signed.expires);
}

type Stated = { readonly version: number; readonly expires: Instant };

const specVersion = '1.0.31';

function common({ version, expires }: Stated): {
  version: number;
  specVersion: string;
  expires: string;
} {
  return { version, specVersion, expires: expiryText(expires) };
}

export function makeRoot(roles: Roles, { version, expires }: Stated): Result<RootMetadata> {
  const keys: Record<string, ReturnType<typeof keyFacts>> = {};
  const shares: Record<string, { keyids: string[]; threshold: number }> = {};
  for (const role of roleNames) {
    const { keys: its, threshold } = roles[role];
    const keyids = [...new Set(its.map((key) => key.keyId))];
    const isPossible = Number.isSafeInteger(threshold) && threshold >= 1;
    if (!isPossible || threshold > keyids.length || keyids.length > metadataLimits.keysMax) {
      return refuse(problem('THRESHOLD_WRONG', { role, threshold, keys: keyids.length }));
    }
    for (const key of its) {
      keys[key.keyId] = Object.assign(keyFacts(key.public), { [nameField]: key.name });
    }
    shares[role] = { keyids, threshold };
  }
  const signed = {
    _type: MetadataKind.Root,
    spec_version: specVersion,
    version,
    expires: expiryText(expires),
    consistent_snapshot: true,
    keys,
    roles: shares,
  };
  return ok(Metadata.fromJSON(MetadataKind.Root, { signed, signatures: [] }));
}

/** A key that is not ours (another scheme) is left out: nobody here can sign with it. */
export function rolesOf({ signed }: RootMetadata): Roles {
  const of = (role: RoleName): RoleSigners => {
    const { keyIDs, threshold } = signed.roles[role] ?? { keyIDs: [], threshold: 1 };
    const keys = keyIDs.flatMap((id) => {
      const { scheme: its, keyVal, unrecognizedFields } = signed.keys[id] ?? {};
      const text = keyVal?.['public'];
      if (its !== scheme || text === undefined) return [];
      const name = unrecognizedFields?.[nameField];
      const isName = typeof name === 'string' && namePattern.test(name);
      const shown = isName ? name : id.slice(0, 8);
      return [{ ...publicKeyOf(text, shown), keyId: id }];
    });
    return { keys, threshold };
  };
  return {
    root: of('root'),
    targets: of('targets'),
    snapshot: of('snapshot'),
    timestamp: of('timestamp'),
  };
}

export function makeTargets(targets: Targets['targets'], stated: Stated): TargetsMetadata {
  return new Metadata(new Targets({ ...common(stated), targets }));
}

export function makeSnapshot(targets: TargetsMetadata, stated: Stated): SnapshotMetadata {
  const meta = { 'targets.json': new MetaFile({ version: targets.signed.version }) };
  return new Metadata(new Snapshot({ ...common(stated), meta }));
}

export function makeTimestamp(snapshot: SnapshotMetadata, stated: Stated): TimestampMetadata {
  const snapshotMeta = new MetaFile({ version: snapshot.signed.version });
  return new Metadata(new Timestamp({ ...common(stated), snapshotMeta }));
}

/** One signature for each signer; a second one of the same key replaces the first. */
export function signWith(metadata: AnyMetadata, signers: readonly Signer[]): void {
  for (const { key, sign } of signers) {
    metadata.sign((bytes) => {
      const sig = Buffer.from(sign(bytes)).toString('hex');
      return new Signature({ keyID: key.keyId, sig });
    });
  }
}

/** Those keys of the role, as this root has it, whose signature is there and right. */
export function signersOf(
  root: RootMetadata,
  role: RoleName,
  metadata: AnyMetadata,
): readonly string[] {
  const ids = new Set(root.signed.roles[role]?.keyIDs);
  return [...ids].filter((id) => {
    try {
      root.signed.keys[id]?.verifySignature(metadata);
      return root.signed.keys[id] !== undefined;
    } catch {
      return false;
    }
  });
}

/** Null when enough have signed, else why not. */
export function tooFew(root: RootMetadata, role: RoleName, metadata: AnyMetadata) {
  const { threshold } = root.signed.roles[role] ?? { threshold: 1 };
  const signatures = signersOf(root, role, metadata).length;
  if (signatures >= threshold) return null;
  return problem('SIGNATURES_TOO_FEW', { role, signatures, threshold });
}

/** The bytes that signatures are over. */
export function signedText(metadata: AnyMetadata): string {
  return canonicalize(metadata.signed.toJSON());
}

/** Whoever signed it, and how many. */
export function isSame(one: AnyMetadata, other: AnyMetadata): boolean {
  return signedText(one) === signedText(other);
}

export function textOf(metadata: AnyMetadata): string {
  return canonicalJson(metadata.toJSON());
}

export function parseRoot(input: unknown, file: string): Result<RootMetadata> {
  return parsed(file, () => Metadata.fromJSON(MetadataKind.Root, jsonObject(input)));
}

export function parseTargets(input: unknown, file: string): Result<TargetsMetadata> {
  return parsed(file, () => {
    const json = jsonObject(input);
    // Counted before the models see them, because their time grows with the square.
    const count = Object.keys(jsonObject(jsonObject(json['signed'])['targets'])).length;
    if (count > metadataLimits.targetsMax) throw new TypeError(`${count} targets`);
    return Metadata.fromJSON(MetadataKind.Targets, json);
  });
}

export function parseSnapshot(input: unknown, file: string): Result<SnapshotMetadata> {
  return parsed(file, () => Metadata.fromJSON(MetadataKind.Snapshot, jsonObject(input)));
}

export function parseTimestamp(input: unknown, file: string): Result<TimestampMetadata> {
  return parsed(file, () => Metadata.fromJSON(MetadataKind.Timestamp, jsonObject(input)));
}

type JsonObject = Parameters<typeof Metadata.fromJSON>[1];

function jsonObject(input: unknown): JsonObject {
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) {
    return input as JsonObject;
  }
  throw new TypeError('not an object');
}

function parsed<Value extends AnyMetadata>(file: string, parse: () => Value): Result<Value> {
  try {
    const metadata = parse();
    // What has no canonical form could never have been signed; later it would be our bug.
    signedText(metadata);
    return ok(metadata);
  } catch (error) {
    // Whatever the models say of bytes that they cannot read.
    const detail = error instanceof Error ? error.message : String(error);
    return refuse(problem('METADATA_UNREADABLE', { file, detail: detail.slice(0, 200) }));
  }
}
