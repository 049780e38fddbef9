/**
 * A real ClamAV out of Debian's packages, unpacked into a folder of this checkout: nothing of the
 * system is changed. Where there is no apt, or no network, it says why it is not there.
 */

import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const cache = fileURLToPath(new URL('../../.cache/clamav/', import.meta.url));
const packages = ['clamav', 'clamav-daemon', 'libclamav12', 'libmspack0'];
const millisecondsMax = 60_000;

/** The unpacked folder, or why there is none. */
export async function clamavHere(): Promise<{ folder: string } | { missing: string }> {
  const folder = join(cache, 'root');
  if (existsSync(folder)) return { folder };
  const tools = ['apt-get', 'dpkg-deb', 'prlimit'];
  const missing = tools.filter((name) => spawnSync(name, ['--version']).status !== 0);
  if (missing.length > 0) return { missing: `no ${missing.join(', ')} here` };
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'part-'));
  const run = promisify(execFile);
  try {
    await run('apt-get', ['download', ...packages], { cwd: work, timeout: millisecondsMax });
    const unpacked = join(work, 'root');
    for (const name of (await readdir(work)).filter((one) => one.endsWith('.deb'))) {
      await run('dpkg-deb', ['--extract', name, unpacked], { cwd: work });
    }
    await rename(unpacked, folder);
    const scanner = await script(work, 'clamscan', folder, 'usr/bin/clamscan "$@"');
    const { status, stderr } = spawnSync(scanner, ['--version'], { encoding: 'utf8' });
    if (status === 0) return { folder };
    await rm(folder, { recursive: true });
    return { missing: `it does not run here: ${stderr}` };
  } catch (error) {
    return { missing: `Debian's packages cannot be fetched: ${String(error).slice(0, 200)}` };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** A program of the unpacked folder, with its own libraries. */
export async function script(
  place: string,
  name: string,
  folder: string,
  line: string,
): Promise<string> {
  const file = join(place, `${name}.sh`);
  const library = `${folder}/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
  await writeFile(file, `#!/bin/sh\nexport LD_LIBRARY_PATH=${library}\nexec ${folder}/${line}\n`);
  await chmod(file, 0o755);
  return file;
}
