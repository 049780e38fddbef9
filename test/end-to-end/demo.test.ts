import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOfTree } from '#adapters/release/package-archive.ts';
import { oldVersion } from '../../scripts/demo/releases.ts';
import { longer } from '../longer.ts';
import { checkout, runDemo } from './demo-for-tests.ts';

/** Of releases/5.70.1000: an old release is what it was, whatever the sources become. */
const frozenDigest = '72a34031812ecf5b754969e49262784a3ad8ece4804a397c8ff9670e80af588b';

/** Every process that names this folder in its command line. */
async function processesOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(folder) && Number(pid) !== process.pid) found.push(line);
  }
  return found;
}

test(
  'Ctrl-C in the middle of npm start leaves no process and no folder behind',
  longer,
  async (context) => {
    const work = await mkdtemp(join(tmpdir(), 'dankai-demo-test-'));
    context.after(() =>
      rm(work, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }),
    );
    const folder = join(work, 'demo');
    // On a terminal: its Ctrl-C goes to all processes, and libraries draw and watch signals there.
    const command = `stty rows 40 columns 120; npm start -- --without-runtime --folder ${folder}`;
    const demo = spawn('script', ['-qefc', command, '/dev/null'], {
      cwd: checkout,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(demo, 'close');
    let output = '';
    let isInterrupted = false;
    demo.stdout.on('data', (piece) => {
      output += String(piece);
      // Drawn, so everything that a terminal brings is loaded.
      if (isInterrupted || !output.includes('waiting   ')) return;
      isInterrupted = true;
      demo.stdin.write('\u0003');
    });
    await ended;
    const deadline = performance.now() + 30_000;
    while (performance.now() < deadline && existsSync(folder)) await sleep(100);
    assert.ok(isInterrupted, output);
    assert.ok(!existsSync(folder), output);
    assert.deepEqual(await processesOf(folder), []);
  },
);

test('the old release of the demo is the one that was frozen', async () => {
  const { treeDigest } = await digestOfTree(join(checkout, 'releases', oldVersion));
  assert.equal(treeDigest, frozenDigest);
});

test('npm start -- --exit upgrades every server of a real site and ends with status 0', async (context) => {
  const { status, report, firstSignMs, output } = await runDemo(context, []);
  assert.equal(status, 0, output.slice(-4_000));
  assert.equal(report.state, 'finished');
  assert.equal(report.servers.length, 10);
  assert.ok(report.servers.every((one) => one.isGood));
  assert.ok(firstSignMs < 5_000, `first sign after ${firstSignMs} ms`);
  assert.ok(report.diskBytes < 4_000_000_000);
  assert.deepEqual(report.keptBack, ['pattern 101']);
  assert.deepEqual(report.refused, ['Info_2_50000_4_1 5.58', 'Info_186_50000_4_5121 5.7']);
});
