/**
 * Cleaning, on a real disk and in any order of events: what runs and what one would go back to are
 * never removed, and what is neither goes.
 */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { thisPlatform } from '#adapters/installation/installation-disk.ts';
import { systemClock } from '#adapters/daemon/clock-system.ts';
import { versionFolders } from '#adapters/computer/version-folders-disk.ts';
import type { Intents, VersionFolders } from '#ports/installer.ts';
import { contentInstaller } from '../../src/normal-server/content.ts';
import { limits } from '../../src/normal-server/limits.ts';
import type { VersionsWorld } from '#normal-server/version-hooks.ts';
import { resume, versionsInstaller } from '../../src/normal-server/versioned-program.ts';
import { makeRelease, type MadeRelease } from './site.ts';

type Kind = 'tree' | 'content';
/** A switch to one of the versions, which is well, without health, or killed in its middle. */
type Step = { readonly version: number; readonly how: 'well' | 'sick' | 'killed' };

const versions = 5;

async function madeIn(folder: string, kind: Kind): Promise<readonly MadeRelease[]> {
  const command = { argv: ['./x'], secondsMax: 1 };
  const tree = { start: command, health: { ...command, times: 1, intervalSeconds: 1 } };
  return Promise.all(
    Array.from({ length: versions }, (_, at) =>
      makeRelease(folder, {
        component: 'sensor',
        version: `${at + 1}`,
        kind,
        files: { 'a/file': `version ${at + 1}` },
        ...(kind === 'tree' ? { tree } : {}),
      }),
    ),
  );
}

class Killed extends Error {}

/** Answers by the step that is under way; a kill is an end that nobody catches. */
function worldOf(folders: VersionFolders, lines: object[], how: () => Step['how']): VersionsWorld {
  const intents: Intents = {
    read: () => lines,
    append: (line) => void lines.push(line),
    rewrite: (left) => void lines.splice(0, lines.length, ...left),
  };
  return {
    component: 'sensor' as VersionsWorld['component'],
    folders,
    intents,
    clock: systemClock,
    awaitCommand: () => Promise.resolve(),
    askHealth: () => Promise.resolve({ ok: true }),
    run() {
      if (how() === 'killed') throw new Killed();
      const bad = { ok: false, timeout: false, detail: 'sick' } as const;
      return Promise.resolve(how() === 'sick' ? bad : { ok: true });
    },
  };
}

async function isAllThere(folders: VersionFolders, release: MadeRelease | undefined, what: string) {
  if (release === undefined) return;
  const { version } = release.manifest;
  assert((await folders.list()).includes(folders.nameOf(release)), `${what} ${version} is gone`);
  assert(await folders.isIntact(release), `${what} ${version} is not whole`);
}

async function play(
  folder: string,
  kind: Kind,
  made: readonly MadeRelease[],
  steps: readonly Step[],
) {
  const place = await mkdtemp(join(folder, 'versions-'));
  const platform = thisPlatform();
  const link = join(place, 'current');
  const folders = versionFolders({ folder: join(place, 'versions'), link, platform });
  let how: Step['how'] = 'well';
  const lines: object[] = [];
  const world = worldOf(folders, lines, () => how);
  const installer =
    kind === 'tree' ? versionsInstaller(() => world) : contentInstaller(() => folders);
  /** The one that runs, and the one before it. */
  let kept: readonly MadeRelease[] = [];
  for (const step of steps) {
    const release = made[step.version];
    assert(release !== undefined);
    assert((await installer.add(release, release.archiveFile)).ok);
    how = step.how;
    const lease = { id: 'lease' as never, until: Date.now() + 60_000 };
    const end = await installer
      .switchTo(release, lease, () => undefined)
      .catch(async (error) => {
        assert(error instanceof Killed);
        how = 'well';
        return (await resume(world))?.finish(() => undefined);
      });
    if (end?.end === 'installed' && kept[0] !== release) {
      kept = [release, ...kept.slice(0, 1)];
    }
    await isAllThere(folders, kept[0], 'what runs,');
    await isAllThere(folders, kept[1], 'what one would go back to,');
    const current = await folders.current();
    assert.equal(current, kept[0] === undefined ? null : folders.nameOf(kept[0]));
  }
  const most = 2 + Math.max(limits.contentsKept, limits.programsKept);
  assert((await folders.list()).length <= most, 'old ones go');
}

async function check(context: TestContext, kind: Kind): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-cleaning-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const made = await madeIn(folder, kind);
  const step = fc.record<Step>({
    version: fc.nat(versions - 1),
    how: fc.constantFrom('well', 'well', 'sick', 'killed'),
  });
  const steps = fc.array(step, { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(steps, (one) => play(folder, kind, made, one)),
    { numRuns: 25 },
  );
}

test('no order of switches, returns and kills removes a program that runs or is gone back to', (t) =>
  check(t, 'tree'));
test('nor content that is in use or was before', (t) => check(t, 'content'));
