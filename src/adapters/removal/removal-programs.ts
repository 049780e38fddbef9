/**
 * Programs of other components are stopped by the command that their release declares for it, as
 * long as it can still be read; what does not stop by it is ended with the other processes.
 */

import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { brand, type ComponentName } from '#domain/names.ts';
import { runCommandIn } from '../computer/command-run.ts';
import { readReleaseJson } from '../installation/installation-disk.ts';
import { namesIn } from '../files/names-in.ts';

/** What went wrong, one sentence each. */
export async function stopPrograms(root: string): Promise<readonly string[]> {
  const folder = join(root, 'programs');
  const notes: string[] = [];
  for (const name of await namesIn(folder).catch(() => [])) {
    const note = await stopProgram(root, join(folder, name, 'current'), name).catch(String);
    if (note !== null) notes.push(`${name}: ${note}`);
  }
  return notes;
}

async function stopProgram(root: string, link: string, name: string): Promise<string | null> {
  const version = await realpath(link).catch(() => null);
  if (version === null) return null;
  const release = await readReleaseJson(join(version, 'release.json'));
  if (!release.ok) return 'its release cannot be read, so its stop command is not known';
  const { tree } = release.value.manifest;
  if (tree?.stop === undefined) return null;
  const { argv, secondsMax } = tree.stop;
  const component = brand<ComponentName>(name);
  const end = await runCommandIn(root)({
    argv,
    secondsMax,
    component,
    folder: join(version, 'tree'),
  });
  return end.ok ? null : end.detail;
}
