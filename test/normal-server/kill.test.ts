/** SIGKILL at every moment of the normal server's work, and a start after it. */

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { eventually, exists, running, service, Site } from './site.ts';

/** A hook that says that it began, and ends when it may. */
const waiting = (hook: string, then: string): string =>
  [
    '#!/bin/sh',
    `touch "$DANKAI_ROOT/in-${hook}"`,
    'while [ ! -e "$DANKAI_ROOT/go" ]; do sleep 0.02; done',
    then,
  ].join('\n');

const note = '"$DANKAI_ROOT/$DANKAI_COMPONENT.running"';
const start = `cp version ${note}`;

/** Kills the daemon while a hook runs, lets the hook end, and starts the daemon again. */
async function killIn(
  site: Site,
  hook: string,
  slot: Awaited<ReturnType<typeof running>>,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<number> {
  await eventually(() => exists(join(site.root, `in-${hook}`)), `the begin of ${hook}`);
  slot.daemon.kill('SIGKILL');
  await slot.daemon.exited;
  await meanwhile();
  await writeFile(join(site.root, 'go'), '');
  const mark = site.mark();
  site.start(slot.name);
  return mark;
}

async function isRunning(site: Site, version: string): Promise<void> {
  assert.match((await site.current('programs', 'sensor')) ?? '', new RegExp(`^${version}-`));
  const noted = await readFile(join(site.root, 'sensor.running'), 'utf8');
  assert.equal(noted.trim(), version);
}

const moments = [
  {
    name: 'while the old version stops',
    hook: 'stop',
    old: { 'stop.sh': waiting('stop', `rm -f ${note}`) },
    new: {},
  },
  {
    name: 'while the new one starts',
    hook: 'start',
    old: {},
    new: { 'start.sh': waiting('start', start) },
  },
  {
    name: 'while it shows its health',
    hook: 'health',
    old: {},
    new: { 'health.sh': waiting('health', 'true') },
  },
] as const;

suite('a normal server that is killed', { concurrency: 3 }, () => {
  for (const moment of moments) {
    test(`${moment.name}: the switch is finished, under the same lease`, async (t) => {
      const site = await Site.open(t);
      const slot = await running(site);
      const [older, newer] = [
        await service(site, '1.0', moment.old),
        await service(site, '1.1', moment.new),
      ];
      site.want(older);
      await site.status(older, 'installed');
      site.want(newer);
      const mark = await killIn(site, moment.hook, slot);
      await site.status(newer, 'installed', mark);
      await isRunning(site, '1.1');
      assert(!site.heard.slice(mark).some(({ type }) => type === 'lease-request'));
    });
  }

  test('while the old version stops, and the lease ends meanwhile: it is undone', async (t) => {
    const site = await Site.open(t);
    const slot = await running(site);
    const old = await service(site, '1.0', { 'stop.sh': waiting('stop', `rm -f ${note}`) });
    const newer = await service(site, '1.1');
    site.want(old);
    await site.status(old, 'installed');
    const grant = site.policy.lease;
    site.policy.lease = (message) => {
      const lease = grant(message);
      return lease?.type === 'lease' ? { ...lease, seconds: 1 } : lease;
    };
    site.want(newer);
    const mark = await killIn(site, 'stop', slot, async () => {
      const over = performance.now() + 1_100;
      await eventually(() => (performance.now() > over ? true : null), 'the end of the lease');
    });
    const { cause, detail } = await site.status(newer, 'returned', mark);
    assert.equal(cause, 'unknown');
    assert.match(detail ?? '', /interrupted before the switch/);
    await isRunning(site, '1.0');
  });

  test('while the old version comes back: the way back is finished', async (t) => {
    const site = await Site.open(t);
    const slot = await running(site);
    const old = await service(site, '1.0');
    const sick = await service(site, '1.1', {
      'health.sh': '#!/bin/sh\nexit 1\n',
      'stop.sh': waiting('stop', `rm -f ${note}`),
    });
    site.want(old);
    await site.status(old, 'installed');
    site.want(sick);
    const mark = await killIn(site, 'stop', slot);
    const { cause } = await site.status(sick, 'returned', mark);
    assert.equal(cause, 'health');
    await isRunning(site, '1.0');
  });

  test('while it downloads: the rest is fetched, and every byte is counted once', async (t) => {
    const site = await Site.open(t);
    const slot = await running(site);
    const text = Array.from({ length: 40_000 }, () => Math.random().toString(36)).join('');
    const big = await site.release({
      component: 'big',
      version: '1',
      kind: 'tree',
      files: { text },
    });
    const bytes = big.manifest.packages[0]?.archive.bytes ?? 0;
    const half = Math.floor(bytes / 2);
    const good = site.policy.archive;
    site.policy.archive = (_request, response, file) => {
      response.writeHead(200, { 'content-length': file.length });
      response.write(file.subarray(0, half));
    };
    site.want(big);
    const part = join(site.root, 'downloads', `${big.digest}.tar.zst.part`);
    await eventually(
      async () =>
        (await readFile(part).catch(() => Buffer.alloc(0))).length === half ? true : null,
      'half of the download',
    );
    slot.daemon.kill('SIGKILL');
    await slot.daemon.exited;
    const ranges: (string | undefined)[] = [];
    site.policy.archive = (request, response, file) => {
      ranges.push(request.headers.range);
      good(request, response, file);
    };
    const mark = site.mark();
    site.start(slot.name);
    const { bytesReceived } = await site.status(big, 'installed', mark);
    assert.deepEqual(ranges, [`bytes=${half}-`]);
    assert.equal(bytesReceived, bytes);
  });

  test('anywhere at all: one start later the new version runs', async (t) => {
    const site = await Site.open(t);
    const slot = await running(site);
    const version = async (number: number) => {
      const one = await service(site, `2.${number}`, { 'health.sh': '#!/bin/sh\nsleep 0.05\n' });
      return one;
    };
    let { daemon } = slot;
    for (const [index, milliseconds] of [0, 20, 60, 110, 170].entries()) {
      const release = await version(index);
      const mark = site.mark();
      site.want(release);
      await site.message('lease-request', mark);
      const from = performance.now();
      await eventually(
        () => (performance.now() >= from + milliseconds ? true : null),
        'the moment',
      );
      daemon.kill('SIGKILL');
      await daemon.exited;
      const again = site.mark();
      daemon = site.start(slot.name);
      await site.status(release, 'installed', again);
      await isRunning(site, `2.${index}`);
    }
  });
});
