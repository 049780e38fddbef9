/**
 * A real protection engine: clamd of Debian, with signature databases as content. What breaks it,
 * flags a file of the system, or is slow, is stopped on the server, and protection goes on: it is
 * measured all the time by asking clamd for the EICAR test file.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { eicar, scanned } from '#adapters/computer/engine-clamav.ts';
import { cvd } from '../feed/cvd.testing.ts';
import { clamavHere, script } from './clamav-for-tests.ts';
import { Site, type Files, type MadeRelease } from './site.ts';

const here = await clamavHere();
const skip = 'missing' in here && `ClamAV: ${here.missing}`;
/** Protection may be gone for no longer than this, whatever happens. */
const gapMillisecondsMax = 5_000;

const shell = realpathSync('/bin/sh');

function signature(bytes: Uint8Array, name: string): string {
  return `${createHash('sha256').update(bytes).digest('hex')}:${bytes.length}:${name}\n`;
}

/** Databases by which the test file is found, and a canary of that version. */
function patterns(version: string, more: Files = {}): Files {
  const canary = `canary of ${version}`;
  const known = signature(Buffer.from(eicar), 'Eicar-Test');
  return { 'a.hsb': known + signature(Buffer.from(canary), `Canary-${version}`), canary, ...more };
}

/** A folder of links, as an operator makes it where several contents are databases of one engine. */
async function linked(
  { folder, root }: Site,
  { files, others, besides }: { files: Files; others: string; besides: Files },
): Promise<string> {
  const links = join(folder, 'databases');
  await Promise.all([mkdir(links), mkdir(others)]);
  for (const name of Object.keys(files)) {
    await symlink(join(root, 'contents/virus-pattern/current/tree', name), join(links, name));
  }
  for (const [name, bytes] of Object.entries(besides)) {
    await writeFile(join(others, name), bytes);
    await symlink(join(others, name), join(links, name));
  }
  return links;
}

type Protected = {
  readonly site: Site;
  readonly pattern: (version: string, files: Files) => Promise<MadeRelease>;
  readonly pids: () => Promise<number[]>;
  /** The longest time without protection since the last answer. */
  readonly gap: () => number;
};

/** Version 1 stands, and clamd works with it; `besides`: with databases of elsewhere, too. */
async function begun(
  t: TestContext,
  { files = patterns('1'), besides }: { files?: Files; besides?: Files } = {},
): Promise<Protected> {
  assert('folder' in here);
  const site = await Site.open(t);
  const socket = join(site.folder, 'clamd.sock');
  const config = join(site.folder, 'clamd.conf');
  const current = join(site.root, 'contents/virus-pattern/current/tree');
  const others = join(site.folder, 'others');
  const databases =
    besides === undefined ? current : await linked(site, { files, others, besides });
  await writeFile(
    config,
    `LocalSocket ${socket}\nDatabaseDirectory ${databases}\nForeground yes\nConcurrentDatabaseReload yes\n`,
  );
  const scanner = await script(site.folder, 'clamscan', here.folder, 'usr/bin/clamscan "$@"');
  const daemon = await script(site.folder, 'clamd', here.folder, `usr/sbin/clamd -c ${config}`);
  const start = join(site.folder, 'start.sh');
  await writeFile(start, `#!/bin/sh\nsetsid ${daemon} >${site.folder}/clamd.out 2>&1 &\n`, {
    mode: 0o755,
  });
  const pids = () => pidsOf(config);
  t.after(async () => end(await pids()));
  const clamav = `{socket: ${socket}, scanner: ${scanner}, start: {argv: [${start}], secondsMax: 5}, trySecondsMax: 3, reloadSecondsMax: 2, knownGood: [${shell}]${besides === undefined ? '' : `, besides: [${others}]`}}`;
  site.furtherSettings = [
    '  engines:',
    `    virus-pattern: {clamav: ${clamav}, times: 2, intervalSeconds: 1}`,
  ];
  await site.settings(site.address);
  const slot = await site.slot('5.70.1000');
  await site.addSlot(slot);
  site.start(slot.name);
  await site.message('hello');
  const pattern = (version: string, files: Files) =>
    site.release({ component: 'virus-pattern', version, kind: 'content', files });
  const first = await pattern('1', files);
  site.want(first);
  await site.status(first, 'installed');
  return { site, pattern, pids, gap: watch(t, socket) };
}

async function pidsOf(config: string): Promise<number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  return all.filter((pid) => commandOf(pid).includes(config)).map(Number);
}

function commandOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Asks all the time; answers the longest time between two yeses. */
function watch(t: TestContext, socket: string): () => number {
  let [last, longest, isOver] = [performance.now(), 0, false];
  const note = (): void => {
    longest = Math.max(longest, performance.now() - last);
  };
  const work = (async () => {
    while (!isOver) {
      const said = await scanned(socket, Buffer.from(eicar)).catch(String);
      if (said.endsWith('FOUND')) {
        note();
        last = performance.now();
      }
      await pause(50);
    }
  })();
  t.after(async () => {
    isOver = true;
    await work;
  });
  return () => {
    note();
    return longest;
  };
}

const current = async ({ root }: Site): Promise<string> => {
  const file = join(root, 'contents/virus-pattern/current/tree/canary');
  return existsSync(file) ? readFileSync(file, 'utf8') : 'none';
};

function end(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
  }
}

suite('ClamAV', { skip, concurrency: 2 }, async () => {
  test('takes new patterns while it goes on protecting; the two before stay on the disk', async (t) => {
    const { site, pattern, pids, gap } = await begun(t);
    const [pid] = await pids();
    for (const version of ['2', '3', '4']) {
      const wanted = await pattern(version, patterns(version));
      site.want(wanted);
      await site.status(wanted, 'installed');
      assert.equal(await current(site), `canary of ${version}`);
    }
    assert.deepEqual(await pids(), [pid], 'it was never started again');
    const versions = await readdir(join(site.root, 'contents/virus-pattern'));
    assert.deepEqual(
      versions
        .filter((name) => name !== 'current')
        .map((name) => name.charAt(0))
        .toSorted(),
      ['2', '3', '4'],
    );
    t.diagnostic(`longest time without protection: ${Math.round(gap())} ms`);
    assert.ok(gap() < gapMillisecondsMax);
  });

  const sh = readFileSync(shell);
  assert.equal(sh.length, statSync(shell).size);
  const slow = Array.from(
    { length: 1_200_000 },
    (_, at) => `${at.toString(16).padStart(64, '0')}:${at + 1}:Slow-${at}\n`,
  );
  const unsigned = await cvd({ version: 9, files: { 'daily.ndb': 'Test:0:*:deadbeef\n' } });
  const unfit: readonly (readonly [string, Files, RegExp])[] = [
    ['that breaks the engine', { 'b.ndb': 'this is no database\n' }, /tried beside the engine/],
    ['of ClamAV that it did not sign', { 'daily.cvd': unsigned }, /tried beside the engine/],
    [
      'that flags a file of the system',
      { 'b.hsb': signature(sh, 'Shell') },
      /known to be good.*FOUND/,
    ],
    ['that finds nothing any more', { 'a.hsb': signature(Buffer.from('x'), 'X') }, /EICAR/],
    // Beside the engine, or when that takes more than 2 s to take it: on a fast machine.
    ['that makes it slow', { 'b.hsb': slow.join('') }, /no end within 3 s|taken by the engine/],
  ];
  for (const [what, files, detail] of unfit) {
    test(`a pattern ${what} is stopped, and the one before goes on protecting`, async (t) => {
      const { site, pattern, pids, gap } = await begun(t);
      const [pid] = await pids();
      const wanted = await pattern('2', patterns('2', files));
      site.want(wanted);
      const told = await site.status(wanted, 'returned');
      assert.match(told.detail ?? '', detail);
      assert.ok(['health', 'timeout'].includes(told.cause ?? ''));
      assert.equal(await current(site), 'canary of 1');
      assert.deepEqual(await pids(), [pid]);
      t.diagnostic(`longest time without protection: ${Math.round(gap())} ms`);
      assert.ok(gap() < gapMillisecondsMax);
    });
  }

  test('databases of several contents are tried together, and worked with together', async (t) => {
    const known = signature(Buffer.from(eicar), 'Eicar-Test');
    const daily = (version: string): Files => {
      const canary = `canary of ${version}`;
      return { 'daily.hsb': signature(Buffer.from(canary), `Canary-${version}`), canary };
    };
    const begin = { files: daily('1'), besides: { 'main.hsb': known } };
    const { site, pattern, pids, gap } = await begun(t, begin);
    const [pid] = await pids();
    const wanted = await pattern('2', daily('2'));
    site.want(wanted);
    await site.status(wanted, 'installed');
    assert.equal(await current(site), 'canary of 2');
    assert.deepEqual(await pids(), [pid]);
    assert.ok(gap() < gapMillisecondsMax);
  });

  test('a daemon that dies of new patterns is back with those before, within seconds', async (t) => {
    const { site, pattern, pids, gap } = await begun(t);
    const [pid = 0] = await pids();
    const wanted = await pattern('2', patterns('2'));
    site.want(wanted);
    // It dies as often as it is started with them.
    while (site.states(wanted).at(-1) !== 'returned') {
      if ((await current(site)) === 'canary of 2') end(await pids());
      await pause(2);
    }
    const { detail } = await site.status(wanted, 'returned');
    // It dies while it takes them, or as soon as it is looked at with them.
    assert.match(detail ?? '', /taken by the engine|^watched, 1 of 2: .*ECONNREFUSED/);
    assert.equal(await current(site), 'canary of 1');
    await pause(200);
    assert.notDeepEqual(await pids(), [pid]);
    t.diagnostic(`longest time without protection: ${Math.round(gap())} ms`);
    assert.ok(gap() < gapMillisecondsMax);
  });
});
