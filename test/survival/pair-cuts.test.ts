/**
 * A launcher that is put into place while the power goes, at each call and in each order of what was
 * not synced: what a service manager starts leads to a whole launcher all the while, and doing it
 * again ends as if nothing had happened. The disk's calls alone: nothing is started here.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOfBytes } from '#adapters/files/digest.ts';
import {
  openPairDisk,
  pairFileName,
  pairId,
  pairText,
  programName,
  readPair,
} from '#launcher/pair.ts';
import { powerCuts, rebuild } from './power-cuts.testing.ts';
import { Seam } from './seam.testing.ts';

const pairModule = new URL('../../src/launcher/pair.ts', import.meta.url).href;

function lay(folder: string, version: string): string {
  const files = [{ name: programName, digest: digestOfBytes(version) }];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, programName), version);
  writeFileSync(join(folder, pairFileName), pairText(version, files));
  return pairId(files);
}

test('whatever a power cut leaves of it, a launcher is there to be started, and the one before it stays', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'dankai-pair-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const root = join(folder, 'root');
  const old = lay(join(root, 'launcher'), 'old');
  const next = lay(join(root, 'launcher/next'), 'new');
  const copy = join(folder, 'copy');
  cpSync(root, copy, { recursive: true });
  const seam = new Seam({ folder, root });
  await seam.arm(null);
  const place = `(await import(${JSON.stringify(pairModule)})).openPairDisk(${JSON.stringify(join(root, 'launcher'))}).place(${JSON.stringify(next)})`;
  const environment = { ...process.env, ...seam.environment };
  execFileSync(process.execPath, ['--input-type=module', '-e', place], { env: environment });
  const { cuts } = powerCuts({ root, copy, lines: seam.lines() });
  assert.ok(cuts.length > 10, String(cuts.length));
  for (const [number, { after, tree }] of cuts.entries()) {
    const left = join(folder, `cut-${number}`);
    rebuild(tree, left);
    const launcher = join(left, 'launcher');
    const started = (): string => readFileSync(join(launcher, programName), 'utf8');
    assert.ok(['old', 'new'].includes(started()), after);
    openPairDisk(launcher).place(next);
    assert.equal(started(), 'new', after);
    const names = readdirSync(launcher);
    assert.deepEqual(
      names.filter((name) => name.endsWith('.part') || name === 'next'),
      [],
      after,
    );
    const pairs = names.filter((name) => name.startsWith('pair-'));
    assert.deepEqual(
      pairs.map((name) => String(readPair(join(launcher, name))?.id)).toSorted(),
      [old, next].toSorted(),
      after,
    );
  }
});
