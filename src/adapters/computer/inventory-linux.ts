/**
 * What this computer is (R2), and whether a reboot is recommended since a release replaced files
 * in use (D9). Reads; the two things that it keeps are a machine id where the system has none,
 * and the recommendation, which ends by itself with the next boot.
 */

import { randomBytes } from 'node:crypto';
import { readFile, rm, statfs } from 'node:fs/promises';
import { release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ok } from '#domain/result.ts';
import { rebootReasonCharactersMax, type Inventory, type RebootFlag } from '#ports/computer.ts';
import { writeFileAtomically } from '../files/atomic-file.ts';
import { thisPlatform } from '../installation/installation-disk.ts';

/** `data` is where a made machine id is kept. */
export async function readInventory(data: string): Promise<Inventory> {
  return {
    platform: thisPlatform(),
    os: await operatingSystem(),
    memoryBytes: totalmem(),
    machineId: await machineId(data),
  };
}

async function operatingSystem(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const name = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1] ?? type();
  return `${name} (${release()})`.slice(0, 200);
}

async function machineId(data: string): Promise<string> {
  const given = await readFile('/etc/machine-id', 'utf8').catch(() => '');
  if (/^[0-9a-f]{32}$/.test(given.trim())) return given.trim();
  const file = join(data, 'machine-id');
  const kept = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (kept !== '') return kept;
  const made = randomBytes(16).toString('hex');
  await writeFileAtomically(file, `${made}\n`);
  return made;
}

/** Bytes that this program may still write on the disk of that folder. */
export async function diskBytesFree(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

const recommendation = z.object({
  bootId: z.string(),
  reason: z.string().max(rebootReasonCharactersMax),
});

/** `bootIdFile` differs only in tests. */
export function rebootFlag(
  data: string,
  bootIdFile = '/proc/sys/kernel/random/boot_id',
): RebootFlag {
  const file = join(data, 'reboot.json');
  const bootId = async (): Promise<string> => (await readFile(bootIdFile, 'utf8')).trim();
  return {
    async read() {
      const text = await readFile(file, 'utf8').catch(() => null);
      if (text === null) return null;
      const kept = recommendation.safeParse(parseJson(text));
      if (kept.success && kept.data.bootId === (await bootId())) return kept.data.reason;
      await rm(file, { force: true });
      return null;
    },
    async set(reason) {
      const kept = reason.slice(0, rebootReasonCharactersMax);
      const content = { bootId: await bootId(), reason: kept };
      const written = await writeFileAtomically(file, `${JSON.stringify(content)}\n`);
      return written.ok ? ok(null) : written;
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
