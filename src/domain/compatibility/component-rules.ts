/**
 * The rules that a release carries with it, and that are signed with it: what a server must run, and
 * must not, before the release may go there. Asked by whoever plans, and once more by the server
 * itself, which need not believe who planned. Absent: platform, disk and memory.
 */

import { isInRange } from '../catalogue/range.ts';
import type { Prerequisite, Release, ReleaseManifest } from '../catalogue/release.ts';
import { compareVersions, parseVersion } from '../catalogue/version.ts';
import type { ComponentName, ServerId } from '../names.ts';
import { problem, type Problem } from '../problem.ts';

export type RuledServer = {
  readonly server: ServerId;
  /** What it runs, or has, of each component: programs and content. */
  readonly versions: ReadonlyMap<ComponentName, string>;
};

export function againstComponentRules(on: RuledServer, release: Release): readonly Problem[] {
  const { manifest } = release;
  const prerequisites = againstPrerequisites(on, manifest);
  const running = on.versions.get(manifest.component);
  if (running === undefined) return prerequisites;
  // Who runs the release already met them once.
  const isThere = comparedTo(manifest, running) === 0;
  return [...againstFollowing(on.server, running, manifest), ...(isThere ? [] : prerequisites)];
}

function againstPrerequisites(on: RuledServer, manifest: ReleaseManifest): readonly Problem[] {
  return (manifest.prerequisites ?? []).flatMap((one) => againstPrerequisite(on, one) ?? []);
}

/** Below 0: what runs is older. null: no version that this component can have, only a claim. */
function comparedTo({ ordering, version }: ReleaseManifest, running: string): number | null {
  return parseVersion(ordering, running).ok ? compareVersions(ordering, running, version) : null;
}

/** What may take a step back is said by the release that runs (`returnTo`), not by this one. */
function againstFollowing(
  server: ServerId,
  running: string,
  manifest: ReleaseManifest,
): readonly Problem[] {
  const { ordering, version, appliesTo, floors = [], deadEnds = [] } = manifest;
  const compared = comparedTo(manifest, running);
  if (compared !== null && compared >= 0) return [];
  if (compared === null || !isInRange(ordering, appliesTo, running)) {
    const { min, max } = appliesTo;
    return [problem('VERSION_OUT_OF_RANGE', { server, running, min, max })];
  }
  const isDead = deadEnds.some((one) => compareVersions(ordering, one, running) === 0);
  if (isDead) return [problem('VERSION_DEAD_END', { server, running, version })];
  const ahead = floors.filter((one) => compareVersions(ordering, running, one) < 0);
  // The lowest is the next step; the others are said when it stands there.
  const [floor] = ahead.toSorted((left, right) => compareVersions(ordering, left, right));
  return floor === undefined ? [] : [problem('FLOOR_NOT_REACHED', { server, running, floor })];
}

function againstPrerequisite(
  { server, versions }: RuledServer,
  { component, ordering, min }: Prerequisite,
): Problem | null {
  const running = versions.get(component);
  if (running === undefined) return problem('PREREQUISITE_ABSENT', { server, component, min });
  const suffices =
    parseVersion(ordering, running).ok && compareVersions(ordering, running, min) >= 0;
  return suffices ? null : problem('PREREQUISITE_LOW', { server, component, running, min });
}

/** A rule that no server can meet, or that changes nothing, is a mistake of whoever wrote it. */
export function ruleWithoutEffect(
  rules: Pick<ReleaseManifest, 'ordering' | 'version' | 'appliesTo' | 'floors' | 'deadEnds'>,
): Problem | null {
  const { ordering, version, appliesTo, floors = [], deadEnds = [] } = rules;
  const outside = [...floors, ...deadEnds].find(
    (one) => !isInRange(ordering, appliesTo, one) || compareVersions(ordering, one, version) >= 0,
  );
  if (outside === undefined) return null;
  return problem('RULE_WITHOUT_EFFECT', { rule: outside, version, ...appliesTo });
}
