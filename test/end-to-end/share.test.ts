/**
 * The share under other hands while an upgrade waits between two groups (D11, R5): whatever is
 * done to it is shown, kept as evidence, and brought back before the next group is switched.
 * Only what was harmed is brought back.
 */

import assert from 'node:assert/strict';
import { open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { brand, type GroupName } from '#domain/names.ts';
import type { DriftView } from '#protocol/console/contract.ts';
import { digestOfFile } from '#adapters/files/digest.ts';
import { newVersion, oldVersion, SiteForTests } from './site-for-tests.ts';

const names = ['A', 'B', 'C', 'D'];
/** Each after the first waits for a person, which gives other hands their time. */
const plan = `release: {version: '${newVersion}'}
groups:
${names
  .map((name) => {
    const approve = name !== 'A';
    return `  - {name: ${name}, servers: [${serverOf(name)}], approve: ${approve}, gate: {soak: 0s}}`;
  })
  .join('\n')}
lease: 30s
prove: 30s
`;

function serverOf(group: string): string {
  return `${group.toLowerCase()}1`;
}

describe('a share that other hands change between two groups', () => {
  let site: SiteForTests;
  let share = '';

  before(async () => {
    site = await SiteForTests.begin({ servers: names.map(serverOf) });
    share = join(site.site.informationServer.root, 'share');
    await site.deliver({ version: '200' });
    await site.importNew();
    await site.start(plan);
    await passed('A');
  });
  after(async () => {
    await site?.end();
  });

  async function passed(name: string): Promise<void> {
    await site.waitFor(`group ${name} passed`, async () => {
      return (await site.groupState(name)) === 'passed';
    });
    assert.equal(await site.versionRunning(serverOf(name)), newVersion);
  }

  async function approve(name: string): Promise<void> {
    assert.equal(await site.groupState(name), 'waiting');
    assert.equal(await site.versionRunning(serverOf(name)), oldVersion);
    await site.ask('upgrade.approve', { group: brand<GroupName>(name) });
  }

  function drift(): Promise<DriftView> {
    return site.ask('catalogue.diff', {});
  }

  async function isClean(): Promise<void> {
    assert.deepEqual(await drift(), { clean: true, fields: [], packages: [] });
  }

  /** What is in the share: each path with the digest of its file. */
  async function contentOfShare(): Promise<ReadonlyMap<string, string>> {
    const entries = await readdir(share, { recursive: true, withFileTypes: true }).catch(() => []);
    const found = new Map<string, string>();
    for (const entry of entries.filter((one) => one.isFile())) {
      const path = join(entry.parentPath, entry.name);
      found.set(path.slice(share.length + 1), await digestOfFile(path));
    }
    return found;
  }

  /** A look at what would be restored, which restores nothing. */
  async function preview(): Promise<DriftView> {
    const harmed = await contentOfShare();
    const shown = await site.ask('catalogue.restore', { preview: true });
    assert.equal(shown.restored, false);
    assert.deepEqual(shown.before, await drift());
    assert.deepEqual(await contentOfShare(), harmed, 'a preview touches nothing');
    return shown.before;
  }

  /** In the locked step of a group: drift is seen, restored, checked again, then the group opens. */
  async function restoredBefore(name: string): Promise<void> {
    const kinds = ['catalogue-drifted', 'catalogue-restored', 'catalogue-clean', 'group-open'];
    const lines = await site.record();
    const from = lines.findIndex(
      ({ kind, detail }) => kind === 'group-locked' && detail['group'] === name,
    );
    const seen = lines.slice(from).map(({ kind }) => kind);
    assert.deepEqual(
      seen.filter((kind) => kinds.includes(kind)),
      kinds,
    );
    const switched = seen.indexOf('lease-granted');
    assert.ok(switched > seen.indexOf('catalogue-clean'), 'nobody was switched before');
  }

  async function archivePath(): Promise<string> {
    const { text } = await site.ask('catalogue.show', {});
    const path = /^Path=(programs\/[0-9a-f]{64}\.tar\.zst),/m.exec(text)?.[1];
    assert.ok(path);
    return path;
  }

  test('the share deleted between A and B is restored, and B goes on (R5, D11)', async () => {
    const whole = await contentOfShare();
    const { text } = await site.ask('catalogue.show', {});
    const named = text.matchAll(/^(?:Update_Path|Path|P\.2)=([^,]+),/gm).map(([, path]) => path);
    const expected = new Set(['server.ini', ...named]);
    assert.equal(expected.size, 4, 'the catalogue, a manifest, a package, a pattern');
    await rm(share, { recursive: true });
    const shown = await preview();
    assert.equal(shown.clean, false);
    assert.deepEqual(new Set(shown.packages.map(({ path }) => path)), expected);
    assert.ok(shown.packages.every(({ found }) => found === null));
    await approve('B');
    await passed('B');
    await restoredBefore('B');
    const restored = await contentOfShare();
    assert.deepEqual(new Set(restored.keys()), expected);
    for (const [path, digest] of restored) assert.equal(digest, whole.get(path), path);
    await isClean();
  });

  test('of a drifted server.ini only what drifted is restored; newer patterns stay (D8, D11)', async () => {
    const file = join(share, 'server.ini');
    const before = await readFile(file, 'utf8');
    // What a delivery of the described system leaves behind, with a newer pattern and own lines.
    const drifted = before
      .replace(/(\[Info_2_50000_4_1\]\r?\nVersion=)5\.80/, '$15.58')
      .replace(/(\[Info_186_50000_4_5121\]\r?\nVersion=)5\.80/, '$15.7')
      .replace(/^Update_Path=.*$/m, 'Update_Path=serverprotect/auspnt5j.zip, 26627')
      .replaceAll(/^Path=.*\r?\n/gm, '')
      .replace(/^P\.2=.*$/m, 'P.2=pattern/lpt201.ptn,201,1000')
      .concat('; kept by the people of this site\n[Local]\nKept=yes\n');
    await writeFile(join(share, 'pattern', 'lpt201.ptn'), Buffer.alloc(1_000, '201'));
    await writeFile(file, drifted);
    const shown = await preview();
    assert.deepEqual(
      shown.fields.map(({ section, field, found }) => `${section} ${field} ${found}`),
      [
        'Info_2_50000_4_1 Version 5.58',
        'Info_2_50000_4_1 Update_Path serverprotect/auspnt5j.zip, 26627',
        'Info_2_50000_4_1 Path null',
        'Info_186_50000_4_5121 Version 5.7',
        'Info_186_50000_4_5121 Path null',
      ],
    );
    assert.deepEqual(shown.packages, []);
    await approve('C');
    await passed('C');
    await restoredBefore('C');
    await isClean();
    const restored = await readFile(file, 'utf8');
    assert.match(restored, /^P\.2=pattern\/lpt201\.ptn,201,1000$/m);
    assert.match(restored, /; kept by the people of this site\n\[Local\]\nKept=yes\n$/);
    const sorted = (text: string): readonly string[] =>
      text.split(/\r?\n/).toSorted((left, right) => left.localeCompare(right));
    assert.deepEqual(
      sorted(restored),
      sorted(
        before
          .replace(/^P\.2=.*$/m, 'P.2=pattern/lpt201.ptn,201,1000')
          .concat('; kept by the people of this site\n[Local]\nKept=yes\n'),
      ),
    );
    const { evidence } = await site.ask('evidence.list', {});
    const kept = evidence.find(({ text }) => text === drifted);
    assert.equal(kept?.kind, 'catalogue-restored');
    assert.deepEqual(kept?.because, { code: 'CATALOGUE_DRIFTED', with: { count: 5 } });
    const lines = await site.record('catalogue-restored');
    assert.match(lines.at(-1)?.who ?? '', /^upgrade:/);
    assert.deepEqual(lines.at(-1)?.detail['fields'], shown.fields);
  });

  test('a truncated package is restored before D, and the torn one kept (R5)', async () => {
    const path = await archivePath();
    const whole = await digestOfFile(join(share, path));
    const { size } = await stat(join(share, path));
    await truncate(join(share, path), Math.floor(size / 2));
    const torn = await digestOfFile(join(share, path));
    const shown = await preview();
    assert.deepEqual(shown.fields, []);
    assert.deepEqual(shown.packages, [
      { path, expected: `${size} bytes`, found: `${Math.floor(size / 2)} bytes` },
    ]);
    await approve('D');
    await passed('D');
    await restoredBefore('D');
    assert.equal(await digestOfFile(join(share, path)), whole);
    const { evidence } = await site.ask('evidence.list', {});
    assert.ok(evidence.some(({ digest }) => digest === torn));
    const kept = join(site.site.informationServer.root, 'evidence', torn);
    assert.equal(await digestOfFile(kept), torn, 'the torn file itself is kept');
    await site.waitFor('the end', async () => (await site.status()).state === 'finished');
    await isClean();
  });

  test('a byte that flipped is seen, and restored by hand (D11, R5)', async () => {
    const path = await archivePath();
    const whole = await digestOfFile(join(share, path));
    const handle = await open(join(share, path), 'r+');
    await handle.write(Buffer.from([0xff]), 0, 1, 100);
    await handle.close();
    const flipped = await digestOfFile(join(share, path));
    assert.notEqual(flipped, whole);
    const shown = await preview();
    assert.deepEqual(shown.packages, [{ path, expected: whole, found: flipped }]);
    const restored = await site.ask('catalogue.restore', { preview: false });
    assert.deepEqual(restored.before, shown);
    assert.ok(restored.restored && restored.after.clean);
    assert.equal(await digestOfFile(join(share, path)), whole);
    const line = (await site.record('catalogue-restored')).at(-1);
    assert.equal(line?.who, 'administrator');
    const again = await site.ask('catalogue.restore', { preview: false });
    assert.equal(again.restored, false, 'where nothing drifted nothing is done');
  });
});
