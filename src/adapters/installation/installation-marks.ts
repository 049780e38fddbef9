/** Whether a folder is an installation at all, also one that is damaged. Changes nothing. */

import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { problem, type Problem } from '#domain/problem.ts';
import { paths, readServices } from '#launcher/installation.ts';

/** Names such as `run` and `share` stand in many folders; one of these is ours for certain. */
export async function isInstallation(root: string): Promise<boolean> {
  if (typeof readServices(root) !== 'string') return true;
  const marks = [
    join('launcher', 'launcher.mjs'),
    join('tracks', 'program', 'generations'),
    join('tracks', 'program', 'intent.log'),
    join('tracks', 'agent', 'generations'),
    join('trust', 'organisation.json'),
  ];
  for (const mark of marks) if (await standsAt(join(root, mark))) return true;
  const slots = await readdir(join(root, 'slots')).catch(() => []);
  return slots.some((name) => /-[0-9a-f]{12}$/.test(name));
}

export const standsAt = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** Why it cannot be looked at: nothing of ours stands there, or what stands does not say its services. */
export async function againstUnread(root: string, detail: string): Promise<Problem> {
  const isOurs = (await standsAt(paths.services(root))) || (await isInstallation(root));
  return isOurs
    ? problem('INSTALLATION_DAMAGED', { folder: root, detail })
    : problem('INSTALLATION_ABSENT', { folder: root });
}
