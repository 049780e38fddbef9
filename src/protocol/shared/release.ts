/** The release manifest on disk and on every wire, format 1. */

import { z } from 'zod';
import { orderings, parseVersion } from '#domain/catalogue/version.ts';
import type { ReleaseManifest } from '#domain/catalogue/release.ts';
import { problem as because } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { detailOf } from './mistake.ts';
import { bytes, componentName, digest, lane, platform, version } from './primitives.ts';

const treeCommand = z.strictObject({
  argv: z.array(z.string().min(1).max(1_000)).min(1).max(64),
  secondsMax: z.int().min(1).max(3_600),
});

const often = {
  secondsMax: z.int().min(1).max(3_600),
  times: z.int().min(1).max(1_000),
  intervalSeconds: z.int().min(1).max(3_600),
};

/** Of this computer alone: what another one answers says nothing of this version. */
const ownAddress = z
  .url({ protocol: /^https?$/, hostname: /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/ })
  .max(1_000);

const health = z.union([
  treeCommand.extend(often),
  z.strictObject({ http: ownAddress, ...often }),
  z.strictObject({
    unit: z.string().regex(/^[A-Za-z0-9:_.@\\-]{1,200}\.[a-z]{1,20}$/),
    restartsMax: z.int().min(0).max(1_000).optional(),
    memoryMebibytesMax: z.int().min(1).max(1_048_576).optional(),
    ...often,
  }),
]);

const prerequisite = z.strictObject({
  component: componentName,
  ordering: z.enum(orderings),
  min: version,
});

const releasePackage = z.strictObject({
  platform,
  treeDigest: digest,
  treeBytes: bytes,
  fileCount: z.int().min(0).max(1_000_000),
  archive: z.strictObject({ digest, bytes }),
  proof: z.array(z.strictObject({ path: z.string().min(1).max(500), digest })).max(1_000),
});

export const releaseManifestSchema = z.strictObject({
  format: z.literal(1),
  component: componentName,
  lane,
  kind: z.enum(['self', 'tree', 'command', 'content']),
  version,
  ordering: z.enum(orderings),
  appliesTo: z.strictObject({ min: version, max: version }),
  floors: z.array(version).min(1).max(100).optional(),
  deadEnds: z.array(version).min(1).max(100).optional(),
  prerequisites: z.array(prerequisite).min(1).max(100).optional(),
  needsComponents: z.array(componentName).max(100),
  needs: z.strictObject({ diskBytes: bytes, memoryBytes: bytes }),
  precautions: z.array(z.string().min(1).max(2_000)).max(100),
  returnTo: z.array(version).max(100),
  rebootRecommended: z.boolean(),
  tree: z
    .strictObject({
      stop: treeCommand.optional(),
      start: treeCommand.optional(),
      health: health.optional(),
    })
    .optional(),
  command: z
    .strictObject({
      check: treeCommand,
      install: treeCommand,
      goBack: treeCommand,
      health: health.optional(),
    })
    .optional(),
  packages: z.array(releasePackage).min(1).max(32),
  catalogue: z.strictObject({
    version,
    sections: z
      .array(z.strictObject({ name: z.string().min(1).max(200), offersPackage: z.boolean() }))
      .max(100),
  }),
});

export function parseReleaseManifest(input: unknown, file: string): Result<ReleaseManifest> {
  const parsed = releaseManifestSchema.safeParse(input);
  const unreadable = (detail: string) => refuse(because('PACKAGE_UNREADABLE', { file, detail }));
  if (!parsed.success) return unreadable(detailOf(parsed.error));
  const { kind, command } = parsed.data;
  if ((kind === 'command') !== (command !== undefined)) {
    return unreadable('command: in a release of kind command, and in no other');
  }
  return checkVersions(parsed.data);
}

/** So that nothing inside ever compares a version that its ordering cannot read. */
function checkVersions(manifest: ReleaseManifest): Result<ReleaseManifest> {
  const { version, appliesTo, returnTo, ordering } = manifest;
  const { floors = [], deadEnds = [], prerequisites = [] } = manifest;
  const own = [version, appliesTo.min, appliesTo.max, ...returnTo, ...floors, ...deadEnds];
  const all = [...own.map((min) => ({ ordering, min })), ...prerequisites];
  for (const one of all) {
    const readable = parseVersion(one.ordering, one.min);
    if (!readable.ok) return readable;
  }
  return ok(manifest);
}

/**
 * The bytes whose SHA-256 names a release: JSON with object keys in code-unit order and no
 * white space, so that every program computes the same digest from the same manifest.
 */
export { canonicalJson } from '#domain/catalogue/canonical-json.ts';
