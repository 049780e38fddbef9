/**
 * Each attack on unpacking (test/package/attacks.testing.ts), sent to a real normal server by a tier
 * above whose package is signed as it should be: the release is refused for what its archive tries,
 * nothing is written anywhere but where it belongs, and the version before runs on.
 */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { lstat, readdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { canonicalJson, parseReleaseManifest } from '#protocol/shared/release.ts';
import { programTargetName } from '#domain/trust/target-names.ts';
import { service, type MadeRelease, type Site } from '../normal-server/site.ts';
import { attacks, type Attack } from '../package/attacks.testing.ts';
import { installed, signedSite, wantAgain } from './signed-site.testing.ts';

const all: readonly (readonly [what: string, attack: Attack])[] = Object.values(attacks).flatMap(
  (named) => Object.entries<Attack>(named),
);

describe('each attack on unpacking is refused by a real server', () => {
  let site: Site;
  let sent: ReadonlyMap<string, MadeRelease>;
  let standing: MadeRelease;
  let found: readonly string[];
  const atEnd: (() => unknown)[] = [];

  before(async () => {
    const opened = await signedSite({ after: (act) => atEnd.push(act as () => unknown) });
    ({ site } = opened);
    standing = await service(site, '1.0');
    opened.sign(standing);
    await installed(site, standing);
    const made = all.map(async ([what, attack], index) => {
      return [what, await hostile(site, standing, { attack, version: `2.${index}` })] as const;
    });
    sent = new Map(await Promise.all(made));
    for (const { manifest } of sent.values()) {
      const bytes = canonicalJson(manifest);
      opened.program.targets.set(programTargetName(manifest), { bytes });
    }
    opened.program.publish();
    found = await everythingBut(site, own);
  });
  after(async () => {
    for (const end of atEnd) await end();
  });

  for (const [what, { code }] of all) {
    test(`sent to a server: ${what}`, async () => {
      const release = sent.get(what);
      assert.ok(release !== undefined);
      const asked = site.asked.length;
      wantAgain(site, release);
      const { cause, detail } = await site.status(release, 'failed');
      assert.equal((detail ?? '').split(' ')[0], code);
      assert.equal(cause, 'signature');
      const isFetched = site.asked.slice(asked).some((path) => path.includes('/archives/'));
      assert.equal(isFetched, what !== 'nothing at all');
      // As it was signed, so it need not be fetched again; it goes when it is wanted no more.
      assert.deepEqual(await readdir(join(site.root, 'downloads')), [`${release.digest}.tar.zst`]);
      const now = await everythingBut(site, own);
      assert.deepEqual(symmetricDifference(now, found), [], 'nothing is written elsewhere');
      assert.ok(!existsSync('/etc/outside'));
    });
  }

  test('the version before runs on, and takes what comes next', async () => {
    assert.match((await site.current('programs', 'sensor')) ?? '', /^1\.0-/);
    assert.equal(site.heard.filter(({ type }) => type === 'hello').length, 1, 'one session');
    assert.ok(!site.log.includes('"event":"bug"'));
    await installed(site, standing);
  });
});

function symmetricDifference(one: readonly string[], other: readonly string[]): readonly string[] {
  return [...new Set(one).symmetricDifference(new Set(other))];
}

/** Where a server writes of itself whatever is sent to it. */
const own = ['root/data', 'root/trust', 'root/logs', 'root/downloads'];

/** A release whose archive is the attack's; all that is signed of it agrees with that archive. */
async function hostile(
  site: Site,
  { manifest }: MadeRelease,
  { attack, version }: { readonly attack: Attack; readonly version: string },
): Promise<MadeRelease> {
  const archiveFile = join(site.folder, `${version}.attack`);
  const archive = await attack.archive();
  await writeFile(archiveFile, archive);
  const parsed = parseReleaseManifest(
    {
      ...manifest,
      version,
      catalogue: { ...manifest.catalogue, version },
      packages: manifest.packages.map((one) => ({
        ...one,
        treeBytes: attack.bytesMax ?? 10_000_000,
        fileCount: attack.filesMax ?? 1_000,
        archive: { digest: digestOfBytes(archive), bytes: archive.byteLength },
      })),
    },
    'test',
  );
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const { component, lane } = parsed.value;
  const digest = digestOfBytes(canonicalJson(parsed.value));
  const item = { component, lane, version, digest };
  const made = { digest, manifest: parsed.value, archiveFile, item };
  site.serve(made);
  return made;
}

/** Names, kinds, sizes and times of all that stands there. */
async function everythingBut(
  { folder }: Site,
  except: readonly string[],
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = relative(folder, join(entry.parentPath, entry.name));
    if (except.some((one) => path === one || path.startsWith(`${one}/`))) continue;
    const { mode, size, mtimeMs } = await lstat(join(folder, path));
    // A folder's own time says only that something was in it for a while.
    lines.push(entry.isDirectory() ? `${path} ${mode}` : `${path} ${mode} ${size} ${mtimeMs}`);
  }
  return lines.toSorted();
}
