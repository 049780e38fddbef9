/**
 * The two releases of the demo: the old one is a bundle frozen in the repository, the new one is
 * built from the sources here and now; both are packed with the Node runtime, as users get them,
 * or without, where nobody looks at sizes: then the servers run on the Node of this checkout.
 */

import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle } from '../release/bundle.ts';
import { buildSelfRelease } from '../release/release.ts';

export const oldVersion = '5.70.1000';
export const newVersion = '5.80.1179';

const checkout = join(import.meta.dirname, '..', '..');
const frozenBundle = join(checkout, 'releases', oldVersion);

export type DemoReleases = {
  readonly oldFile: string;
  readonly newFile: string;
  readonly bytes: number;
};

export async function makeReleases(
  folder: string,
  { brokenOn, withRuntime }: { readonly brokenOn: string | null; readonly withRuntime: boolean },
): Promise<DemoReleases> {
  const today = join(folder, 'bundle');
  await mkdir(folder, { recursive: true });
  await cp(await bundle(), today, { recursive: true });
  if (brokenOn !== null) await breakOn(today, brokenOn);
  const oldFile = join(folder, `dankai-${oldVersion}.release`);
  const newFile = join(folder, `dankai-${newVersion}.release`);
  const common = { withRuntime, min: '5.0', max: '6.0' };
  const built = await Promise.all([
    buildSelfRelease({
      ...common,
      bundleFolder: frozenBundle,
      version: oldVersion,
      outFile: oldFile,
    }),
    buildSelfRelease({
      ...common,
      bundleFolder: today,
      version: newVersion,
      outFile: newFile,
      needsComponents: ['pattern', 'spyware-pattern', 'clean-up-engine-64'],
      returnTo: [oldVersion],
      rebootRecommended: true,
      precautions: [
        'Scan engine files are replaced: restart each server at its next maintenance.',
        'Different versions on an information server and its servers are supported for 90 days.',
      ],
    }),
  ]);
  for (const one of built) {
    if (!one.ok) throw new Error(`a release could not be built: ${JSON.stringify(one.because)}`);
  }
  return { oldFile, newFile, bytes: (await stat(newFile)).size };
}

/**
 * A new release that works everywhere but on one server, where its daemon ends at once: what a
 * driver, a disk or a leftover of ten years does to one machine of a fleet.
 */
async function breakOn(folder: string, server: string): Promise<void> {
  const main = join(folder, 'app', 'main.mjs');
  const program = await readFile(main, 'utf8');
  const guard = `if (process.argv.some((word) => word.endsWith(${JSON.stringify(`/${server}`)}))) process.exit(1);\n`;
  // Imports are hoisted, so the guard runs before anything of the program does.
  await writeFile(main, `${guard}${program.replace(/^#!.*\n/, '')}`);
}
