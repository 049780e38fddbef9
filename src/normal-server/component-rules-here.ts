/**
 * The rules that a release carries, held against what really is on this computer. The tier above asks
 * them too, of what this server told it; it need not have asked, nor be believed.
 */

import type { Release } from '#domain/catalogue/release.ts';
import { againstComponentRules } from '#domain/compatibility/component-rules.ts';
import type { ComponentName } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import { runningHere } from './installed-here.ts';
import type { ProgramWorld } from './program-world.ts';

type RulesWorld = Pick<ProgramWorld, 'slot' | 'programs' | 'contents' | 'settings'>;

export async function againstRulesHere(
  world: RulesWorld,
  release: Release,
): Promise<Problem | null> {
  const { component, lane, prerequisites = [] } = release.manifest;
  // What an information server says of a file that content signers signed holds no rules.
  if (lane === 'content') return null;
  const versions = new Map<ComponentName, string>();
  for (const name of [component, ...prerequisites.map((one) => one.component)]) {
    const version = await versionHere(world, name);
    if (version !== null) versions.set(name, version);
  }
  const [first] = againstComponentRules({ server: world.settings.server, versions }, release);
  return first ?? null;
}

async function versionHere(world: RulesWorld, component: ComponentName): Promise<string | null> {
  const program = await runningHere(world, component);
  if (program !== null) return program.manifest.version;
  const folders = world.contents.of(component);
  const name = await folders.current();
  const content = name === null ? null : await folders.release(name);
  return content?.manifest.version ?? null;
}
