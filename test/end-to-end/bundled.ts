/**
 * The bundle, and small releases of it, that whole sites are installed from: made once for a run of
 * the tests, not once for each file. Whoever wants another bundle makes his own.
 */

import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { partBeside } from '#adapters/files/atomic-file.ts';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { bundle } from '../../scripts/release/bundle.ts';
import { buildSelfRelease, type SelfRelease } from '../../scripts/release/release.ts';

/** In the surroundings of a file that `npm test` started: the bundle stands there already. */
export const bundleVariable = 'DANKAI_TEST_BUNDLE';

let made: Promise<string> | null = null;

/** The folder of today's bundle. Sources that change while a test runs change nothing of it. */
export function bundled(): Promise<string> {
  const standing = process.env[bundleVariable];
  made ??= standing === undefined ? bundle() : Promise.resolve(standing);
  return made;
}

/** Of today's bundle, without a runtime, as a file of its own that a test may do anything to. */
export async function placeRelease(
  options: Omit<SelfRelease, 'bundleFolder' | 'withRuntime'>,
): Promise<void> {
  const { outFile, ...rest } = options;
  const bundleFolder = await bundled();
  const stamp = digestOfBytes(await readFile(`${bundleFolder}.stamp`)).slice(0, 12);
  const folder = join(bundleFolder, '..', 'test-releases');
  const kept = join(folder, `${stamp}-${digestOfBytes(JSON.stringify(rest)).slice(0, 12)}.release`);
  if (!existsSync(kept)) {
    await mkdir(folder, { recursive: true });
    // Of bundles that are no more.
    for (const name of await readdir(folder)) {
      if (!name.startsWith(stamp)) await rm(join(folder, name), { force: true });
    }
    const part = partBeside(kept);
    const built = { ...rest, bundleFolder, withRuntime: false, outFile: part };
    const release = await buildSelfRelease(built);
    if (!release.ok) throw new Error(`release build: ${JSON.stringify(release.because)}`);
    await rename(part, kept);
  }
  await copyFile(kept, outFile);
}
