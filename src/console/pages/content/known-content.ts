/** Versions of content that are known here, to choose one from; each stands there once. */

import type { RolloutView } from '#protocol/console/ring-calls.ts';

export type Version = RolloutView['contents'][number];

export function knownHere(
  rollouts: readonly RolloutView[],
  others: readonly Version[] = [],
): readonly Version[] {
  const named = rollouts.flatMap(({ contents, before }) => [...contents, ...before]);
  return [...new Map([...named, ...others].map((one) => [versionText(one), one])).values()];
}

export function versionText({ component, version }: Version): string {
  return `${component} ${version}`;
}

export function versionsText(versions: readonly Version[]): string | null {
  return versions.length === 0 ? null : versions.map(versionText).join(', ');
}
