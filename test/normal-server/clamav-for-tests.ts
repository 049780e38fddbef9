/**
 * A real ClamAV out of Debian's packages, unpacked into a folder of this checkout: nothing of the
 * system is changed. Where there is no apt, or no network, it says why it is not there.
 */

import { spawnSync } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { debianPackages, librariesIn } from '../debian-packages.ts';

const packages = ['clamav', 'clamav-daemon', 'libclamav12', 'libmspack0'];

type Unpacked = { folder: string } | { missing: string };

/** The unpacked folder, or why there is none. */
export async function clamavHere(): Promise<Unpacked> {
  if (spawnSync('prlimit', ['--version']).status !== 0) return { missing: 'no prlimit here' };
  return debianPackages('clamav', packages, (folder) => against(folder, 'clamscan'));
}

/** The same, with what fetches databases. */
export function freshclamHere(): Promise<Unpacked> {
  const wanted = ['clamav-freshclam', 'libclamav12', 'libmspack0'];
  return debianPackages('freshclam', wanted, (folder) => against(folder, 'freshclam', '--help'));
}

function against(folder: string, program: string, argument = '--version'): string | null {
  const environment = { ...process.env, LD_LIBRARY_PATH: librariesIn(folder) };
  const options = { encoding: 'utf8', env: environment } as const;
  const { status, stderr } = spawnSync(`${folder}/usr/bin/${program}`, [argument], options);
  return status === 0 ? null : stderr;
}

/** A program of the unpacked folder, with its own libraries. */
export async function script(
  place: string,
  name: string,
  folder: string,
  line: string,
): Promise<string> {
  const file = join(place, `${name}.sh`);
  const library = librariesIn(folder);
  await writeFile(file, `#!/bin/sh\nexport LD_LIBRARY_PATH=${library}\nexec ${folder}/${line}\n`);
  await chmod(file, 0o755);
  return file;
}
