/**
 * What a change makes of a repository's metadata, before anybody signs it. Reads no file.
 *
 * Whatever names a changed file is made anew as well: new targets need a new snapshot, a new
 * snapshot a new timestamp. Each change takes new numbers, published or not: somebody may have
 * signed a copy of what was staged before, and no two signed files of one number are to exist. Only
 * roots cannot leave a number out, because their readers go from each to the next.
 */

import { TargetFile, type Targets } from '@tufjs/models';
import type { Digest, Instant } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import {
  expiryOf,
  makeRoot,
  makeSnapshot,
  makeTargets,
  makeTimestamp,
  metadataLimits,
  tooFew,
  type MetadataSet,
  type RoleName,
  type Roles,
} from './tuf-metadata.ts';

const dayMilliseconds = 86_400_000;

/** Counted from the moment of staging. */
export type Lifetimes = Readonly<Record<RoleName, number>>;

export const programLifetimes: Lifetimes = {
  root: 3 * 365 * dayMilliseconds,
  targets: 3 * 365 * dayMilliseconds,
  snapshot: 3 * 365 * dayMilliseconds,
  timestamp: 90 * dayMilliseconds,
};

export const contentLifetimes: Lifetimes = {
  root: 3 * 365 * dayMilliseconds,
  targets: 90 * dayMilliseconds,
  snapshot: 90 * dayMilliseconds,
  timestamp: 7 * dayMilliseconds,
};

/** New or changed metadata, signed by some or by nobody yet. */
export type StagedSet = Partial<MetadataSet>;
/** Before the first publication there is a root alone. */
export type PublishedSet = Pick<MetadataSet, 'root'> & Partial<MetadataSet>;

export type NewTarget = {
  readonly name: string;
  readonly digest: Digest;
  readonly bytes: number;
  readonly custom: Readonly<Record<string, string>>;
};

export type Change =
  | { readonly type: 'target'; readonly target: NewTarget }
  /** Exactly these: what is not among them is no target any more. */
  | { readonly type: 'all-targets'; readonly targets: readonly NewTarget[] }
  | { readonly type: 'withdraw'; readonly name: string; readonly reason: string }
  | { readonly type: 'remove'; readonly name: string }
  | { readonly type: 'refresh' }
  | { readonly type: 'roles'; readonly roles: Roles };

export type StagingOptions = {
  readonly published: PublishedSet;
  readonly staged: StagedSet;
  readonly now: Instant;
  readonly lifetimes: Lifetimes;
  /** Versions are no lower than this; a root's follow one another whatever it says. */
  readonly versionMin?: number;
};

export function stageChange(change: Change, options: StagingOptions): Result<StagedSet> {
  switch (change.type) {
    case 'roles':
      return stageRoles(change.roles, options);
    case 'refresh':
      return stageFrom(firstToRenew(options), options);
    case 'target':
    case 'all-targets':
    case 'withdraw':
    case 'remove': {
      const targets = changedTargets(change, options.staged.targets ?? options.published.targets);
      if (!targets.ok) return targets;
      const count = Object.keys(targets.value).length;
      const { targetsMax } = metadataLimits;
      if (count > targetsMax) {
        return refuse(problem('TARGETS_TOO_MANY', { targets: count, targetsMax }));
      }
      return stageFrom('targets', options, targets.value);
    }
  }
}

/** The timestamp, and what else is in the last quarter of its life. */
function firstToRenew({ published, staged, now, lifetimes }: StagingOptions) {
  const isOld = (role: 'targets' | 'snapshot'): boolean => {
    const metadata = staged[role] ?? published[role];
    return metadata !== undefined && expiryOf(metadata) - now < lifetimes[role] / 4;
  };
  if (isOld('targets')) return 'targets';
  return isOld('snapshot') ? 'snapshot' : 'timestamp';
}

type TargetFiles = Targets['targets'];

function changedTargets(
  change: Extract<Change, { type: 'target' | 'all-targets' | 'withdraw' | 'remove' }>,
  before: MetadataSet['targets'] | undefined,
): Result<TargetFiles> {
  const targets = before?.signed.targets ?? {};
  if (change.type === 'all-targets') {
    return ok(Object.fromEntries(change.targets.map((one) => [one.name, targetFileOf(one)])));
  }
  if (change.type === 'target') {
    const { target } = change;
    return ok({ ...targets, [target.name]: targetFileOf(target) });
  }
  const { name } = change;
  const named = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (named === undefined) return refuse(problem('TARGET_UNKNOWN', { target: name }));
  if (change.type === 'remove') {
    return ok(Object.fromEntries(Object.entries(targets).filter(([one]) => one !== name)));
  }
  const { length, hashes } = named;
  const custom = { ...customOf(named), withdrawn: change.reason };
  const file = new TargetFile({ path: name, length, hashes, unrecognizedFields: { custom } });
  return ok({ ...targets, [name]: file });
}

/** The texts of a target's own fields; whatever else stands there is not ours. */
export function customOf(target: TargetFile): Readonly<Record<string, string>> {
  const texts = Object.entries(target.custom).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
  return Object.fromEntries(texts);
}

export function targetFileOf({
  name,
  digest,
  bytes,
  custom,
}: Omit<NewTarget, 'digest'> & { readonly digest: string }): TargetFile {
  return new TargetFile({
    path: name,
    length: bytes,
    hashes: { sha256: digest },
    unrecognizedFields: { custom: { ...custom } },
  });
}

/** The role and all that name it, directly or not. */
function stageFrom(
  first: Exclude<RoleName, 'root'>,
  options: StagingOptions,
  newTargets?: TargetFiles,
): Result<StagedSet> {
  const { published, staged, now, lifetimes } = options;
  const stated = (role: RoleName): { version: number; expires: Instant } => {
    return { version: nextVersion(role, options), expires: now + lifetimes[role] };
  };
  const targetsNow = staged.targets ?? published.targets;
  const isTargets = first === 'targets' || targetsNow === undefined;
  const targets = isTargets
    ? makeTargets(newTargets ?? targetsNow?.signed.targets ?? {}, stated('targets'))
    : targetsNow;
  const snapshotNow = staged.snapshot ?? published.snapshot;
  const isSnapshot = isTargets || first === 'snapshot' || snapshotNow === undefined;
  const snapshot = isSnapshot ? makeSnapshot(targets, stated('snapshot')) : snapshotNow;
  return ok({
    ...staged,
    ...(isTargets ? { targets } : {}),
    ...(isSnapshot ? { snapshot } : {}),
    timestamp: makeTimestamp(snapshot, stated('timestamp')),
  });
}

function nextVersion(role: RoleName, { published, staged, versionMin }: StagingOptions): number {
  const next = (published[role]?.signed.version ?? 0) + 1;
  if (role === 'root') return next;
  return Math.max(next, (staged[role]?.signed.version ?? 0) + 1, versionMin ?? 0);
}

/** A new root, and anew whatever the new root would not accept any more. */
function stageRoles(roles: Roles, options: StagingOptions): Result<StagedSet> {
  const { published, now, lifetimes } = options;
  const version = nextVersion('root', options);
  const root = makeRoot(roles, { version, expires: now + lifetimes.root });
  if (!root.ok) return root;
  const staged = { ...options.staged, root: root.value };
  for (const role of ['targets', 'snapshot', 'timestamp'] as const) {
    const before = published[role];
    const isStaged = options.staged[role] !== undefined;
    if (before === undefined || isStaged) continue;
    if (tooFew(root.value, role, before) !== null) return stageFrom(role, { ...options, staged });
  }
  return ok(staged);
}
