/**
 * The installer of a site at its full size, with its own Node: how large it is, how long `--version`
 * takes from its start to its exit, and a whole new installation with no network and no Node.
 *
 * Budget: under 150 ms for `--version`.
 */

import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { makeInstaller } from '#adapters/installation/installer-make.ts';
import { thisPlatform } from '#adapters/installation/installation-disk.ts';
import { testOrganisation } from '#adapters/organisation/organisation.testing.ts';
import { readMetadataEntries } from '#adapters/release/release-file-metadata.ts';
import { readReleaseFile } from '#adapters/release/release-file.ts';
import { writeOrganisation } from '#adapters/identity/trust-files.ts';
import { laneTrust } from '#adapters/metadata/trust-tuf.ts';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import { ok, type Result } from '#domain/result.ts';
import { enrolmentTokenText } from '#protocol/shared/organisation.ts';
import { bundle } from '../scripts/release/bundle.ts';
import { buildSelfRelease } from '../scripts/release/release.ts';
import { makeLanes, signRelease } from '../scripts/site/lanes.ts';

export const name = 'installer';

const version = '5.80.1179';
const runs = 21;

export async function run(): Promise<Record<string, number | string>> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-bench-installer-'));
  try {
    const made = valueOf(await madeIn(folder));
    const times = Array.from({ length: runs }, () => milliseconds(made.file, ['--version']));
    const [shortest = 0] = times.toSorted((left, right) => left - right);
    const onto = ['--root', join(folder, 'installed'), '--role', 'normal-server', '--unattended'];
    const isolated = ['-n', made.file, ...onto];
    return {
      'file, bytes': made.bytes,
      '--version, median ms (budget 150)': times.toSorted((l, r) => l - r)[runs >> 1] ?? 0,
      '--version, shortest ms': shortest,
      '--help of the program in it, ms': milliseconds(made.file, ['doctor', '--help']),
      'a new installation without a network, ms': milliseconds('unshare', isolated),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function madeIn(folder: string) {
  const root = join(folder, 'information-server');
  const acme = join(folder, 'acme');
  const lanes = await makeLanes(acme);
  const organisation = await testOrganisation(lanes);
  valueOf(await writeOrganisation(root, organisation.text));
  const file = join(folder, 'dankai.release');
  const release = valueOf(
    await buildSelfRelease({
      bundleFolder: await bundle(),
      version,
      outFile: file,
      withRuntime: true,
    }),
  );
  const signed = await signRelease(acme, file);
  valueOf(await readReleaseFile(signed, join(root, 'store')));
  const metadata = valueOf(await readMetadataEntries(signed));
  const shippedRoot = canonicalJson(lanes.programRoot);
  const lane = laneTrust({ folder: join(root, 'trust', 'program'), shippedRoot });
  valueOf(
    await lane.refresh(async (wanted) => {
      const text = metadata.get(wanted);
      return ok(text === undefined ? null : Buffer.from(text));
    }),
  );
  return makeInstaller({
    root,
    file: join(folder, 'dankai-tokyo'),
    digest: release.digest,
    platform: thisPlatform(),
    facts: {
      v: 1,
      site: 'tokyo',
      madeAt: Date.now(),
      token: tokenOf(organisation.text),
      informationServer: version,
      aheadReason: null,
    },
  });
}

/** That nobody would let in: it is laid down, and not used here. */
function tokenOf(organisation: string): string {
  return enrolmentTokenText({
    v: 1,
    site: 'tokyo',
    address: 'https://192.0.2.1:4481',
    organisation: digestOfBytes(organisation),
    id: '0a1b2c3d4e5f6071',
    secret: 'x'.repeat(43),
  });
}

function valueOf<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.because));
  return result.value;
}

/** Without any Node but the one in it. */
function milliseconds(program: string, words: readonly string[]): number {
  const begin = performance.now();
  const ended = spawnSync(program, words, {
    encoding: 'utf8',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' },
  });
  if (ended.status !== 0) throw new Error(`${words.join(' ')}: ${ended.stdout}${ended.stderr}`);
  return Math.round(performance.now() - begin);
}
