/**
 * Real programs out of Debian's packages, unpacked into a folder of this checkout: nothing of the
 * system is changed. Where there is no apt, or no network, it says why they are not there.
 */

import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const millisecondsMax = 60_000;

/** Of the unpacked folder, where programs look for what they are linked with. */
export function librariesIn(folder: string): string {
  return `${folder}/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
}

/** The unpacked folder, or why there is none. `against`: why what is there does not run, or null. */
export async function debianPackages(
  name: string,
  packages: readonly string[],
  against: (folder: string) => string | null,
): Promise<{ folder: string } | { missing: string }> {
  const cache = fileURLToPath(new URL(`../.cache/${name}/`, import.meta.url));
  const folder = join(cache, 'root');
  if (existsSync(folder)) return { folder };
  const tools = ['apt-get', 'dpkg-deb'];
  const lacking = tools.filter((tool) => spawnSync(tool, ['--version']).status !== 0);
  if (lacking.length > 0) return { missing: `no ${lacking.join(', ')} here` };
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'part-'));
  const run = promisify(execFile);
  try {
    await run('apt-get', ['download', ...packages], { cwd: work, timeout: millisecondsMax });
    const unpacked = join(work, 'root');
    for (const file of (await readdir(work)).filter((one) => one.endsWith('.deb'))) {
      await run('dpkg-deb', ['--extract', file, unpacked], { cwd: work });
    }
    await rename(unpacked, folder);
    const because = against(folder);
    if (because === null) return { folder };
    await rm(folder, { recursive: true });
    return { missing: `it does not run here: ${because}` };
  } catch (error) {
    return { missing: `Debian's packages cannot be fetched: ${String(error).slice(0, 200)}` };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
