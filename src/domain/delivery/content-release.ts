/** The manifest of the release that a site makes of a delivered file. Absent: packing the file. */

import type { ReleaseManifest, ReleasePackage } from '../catalogue/release.ts';
import type { Ordering } from '../catalogue/version.ts';
import { brand, type ComponentName, type Platform } from '../names.ts';

/** A feed's line says nothing of versions before, so neither can we: bounds that exclude none. */
const anyVersion: Readonly<Record<Ordering, ReleaseManifest['appliesTo']>> = {
  decimal: { min: '0', max: '999999' },
  semver: { min: '0.0.0-0', max: '999999.0.0' },
  dotted: { min: '0', max: '999999' },
  counter: { min: '0', max: '999999' },
  date: { min: '0000-01-01', max: '9999-12-31' },
};

export type DeliveredFile = {
  readonly component: ComponentName;
  readonly version: string;
  readonly ordering: Ordering;
  readonly bytes: number;
};

export function contentManifest(
  { component, version, ordering, bytes }: DeliveredFile,
  packed: Pick<ReleasePackage, 'treeDigest' | 'treeBytes' | 'fileCount' | 'archive'>,
): ReleaseManifest {
  const { treeDigest, treeBytes, fileCount, archive } = packed;
  const platform = brand<Platform>('any');
  return {
    format: 1,
    component,
    lane: 'content',
    kind: 'content',
    version,
    ordering,
    appliesTo: anyVersion[ordering],
    needsComponents: [],
    needs: { diskBytes: bytes * 2, memoryBytes: 0 },
    precautions: [],
    returnTo: [],
    rebootRecommended: false,
    packages: [{ platform, treeDigest, treeBytes, fileCount, archive, proof: [] }],
    catalogue: { version, sections: [] },
  };
}

/** Of a file as the share has it, with either separator. */
export function fileNameOf(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? 'content';
}
