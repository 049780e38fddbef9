/** The normal server as a process: what it says, downloads, switches, and never does. */

import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { digestOfFile } from '#adapters/release/package-archive.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import { brand, type ComponentName } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import {
  eventually,
  exists,
  running,
  service,
  Site,
  type MadeRelease,
  type ReleaseOptions,
} from './site.ts';

const lines = async (site: Site): Promise<string[]> =>
  (await readFile(join(site.root, 'sensor.log'), 'utf8')).trim().split('\n');

async function installed(site: Site, release: MadeRelease): Promise<void> {
  const from = site.mark();
  site.want(release);
  await site.status(release, 'installed', from);
}

suite('the normal server', { concurrency: 3 }, () => {
  test('I19: the hello shows what runs, by digests of real files; identify shows it again', async (t) => {
    const site = await Site.open(t);
    const slot = await running(site);
    const hello = await site.message('hello');
    assert.equal(hello.server, 'a1');
    assert.equal(hello.domain, 'tokyo');
    assert.equal(hello.running.digest, slot.digest);
    assert.equal(hello.running.version, '5.70.1000');
    assert.equal(hello.withInformationServer, false);
    assert.equal(hello.rebootRecommended, null);
    assert(hello.memoryBytes > 0 && hello.diskBytesFree > 0);
    assert.deepEqual(hello.running.proof, [
      ...(slot.manifest.packages[0]?.proof ?? []),
      { path: 'executable', digest: await digestOfFile(process.execPath) },
    ]);
    // The file is changed under the running program: the next proof must show it.
    await writeFile(join(site.root, 'slots', slot.name, 'tree', 'app', 'main.mjs'), 'changed');
    await site.message('hello');
    site.send({ type: 'identify', nonce: 'n-1' });
    const { nonce, running: now } = await site.message('identity');
    assert.equal(nonce, 'n-1');
    assert.notDeepEqual(now.proof, hello.running.proof);
    assert.equal(now.pid, hello.running.pid);
  });

  test('asked for it, it looks at its own installation, and reads the end of its log', async (t) => {
    const site = await Site.open(t);
    await running(site);
    assert.equal((await site.message('hello')).answersCare, true);
    const services = [{ name: 'normal-server', track: 'program' }];
    await writeFile(join(site.root, 'launcher.json'), JSON.stringify({ format: 1, services }));
    site.send({ type: 'doctor-request', nonce: 'd-1' });
    const doctor = await site.message('doctor');
    assert.deepEqual([doctor.nonce, doctor.because], ['d-1', null]);
    const found = new Map(doctor.checks.map(({ check, of, state }) => [`${check} ${of}`, state]));
    assert.equal(found.get('service normal-server'), 'good');
    assert.equal(found.get(`disk ${site.root}`), 'good');
    await mkdir(join(site.root, 'logs'), { recursive: true });
    await writeFile(join(site.root, 'logs', 'launcher.log'), 'first\nsecond\n');
    site.send({ type: 'log-request', nonce: 'l-1', log: 'launcher', lines: 1 });
    const { type: _, ...log } = await site.message('log');
    assert.deepEqual(log, { nonce: 'l-1', text: 'second', isCut: true, because: null });
  });

  test('an information server that speaks another protocol is not obeyed, and asked again', async (t) => {
    const site = await Site.open(t);
    site.protocol = 99;
    await running(site);
    const files = { 'pattern.bin': 'pattern 1' };
    const pattern = await site.release({
      component: 'pattern',
      version: '1',
      kind: 'content',
      files,
    });
    site.want(pattern);
    await site.message('hello', site.mark());
    assert(site.heard.every(({ type }) => type === 'hello'));
    assert.equal(await site.current('contents', 'pattern'), null);
    site.protocol = 1;
    await site.status(pattern, 'installed');
  });

  test('content is installed without a lease; two before it are kept', async (t) => {
    const site = await Site.open(t);
    await running(site);
    const patterns: MadeRelease[] = [];
    for (const version of ['1', '2', '3', '4']) {
      const files = { 'pattern.bin': `pattern ${version}`.repeat(1_000) };
      const one = await site.release({ component: 'pattern', version, kind: 'content', files });
      patterns.push(one);
      await installed(site, one);
    }
    const text = join(site.root, 'contents', 'pattern', 'current', 'tree', 'pattern.bin');
    assert.match(await readFile(text, 'utf8'), /^pattern 4/);
    const kept = (await readdir(join(site.root, 'contents', 'pattern'))).toSorted();
    assert.deepEqual(
      kept.map((name) => name.split('-')[0]),
      ['2', '3', '4', 'current'],
    );
    assert(!site.heard.some(({ type }) => type === 'lease-request'));
    assert.deepEqual(await readdir(join(site.root, 'downloads')), []);
    const [last] = patterns.slice(-1);
    assert(last !== undefined);
    const told = await site.status(last, 'installed');
    assert.equal(told.bytesReceived, last.manifest.packages[0]?.archive.bytes);
  });

  test('a tree program is switched under a lease, proved, and its older versions removed', async (t) => {
    const site = await Site.open(t);
    await running(site);
    const versions = [
      await service(site, '1.0'),
      await service(site, '1.1'),
      await service(site, '1.2', {}, 2),
    ];
    for (const one of versions) await installed(site, one);
    const [, second, third] = versions;
    assert(second !== undefined && third !== undefined);
    assert.deepEqual(site.states(third), [
      'downloading',
      'staged',
      'switching',
      'proving',
      'installed',
    ]);
    assert.deepEqual((await lines(site)).slice(-4), [
      'stop 1.1',
      'start 1.2',
      'health 1.2',
      'health 1.2',
    ]);
    const kept = (await readdir(join(site.root, 'programs', 'sensor', 'versions'))).toSorted();
    assert.deepEqual(
      kept.map((name) => name.split('-')[0]),
      ['1.1', '1.2'],
    );
    const mark = site.mark();
    site.cutSession();
    const hello = await site.message('hello', mark);
    assert(hello.programs.some(({ digest }) => digest === third.digest));
  });

  test('a version without health goes back; only a higher fence and a new lease try it again', async (t) => {
    const site = await Site.open(t);
    await running(site);
    await installed(site, await service(site, '1.0'));
    const bad = await service(site, '1.1', { 'health.sh': '#!/bin/sh\necho no pulse\nexit 3\n' });
    site.want(bad);
    const { cause, detail } = await site.status(bad, 'returned');
    assert.equal(cause, 'health');
    assert.match(detail ?? '', /health 1 of 1: status 3: no pulse/);
    assert.match((await site.current('programs', 'sensor')) ?? '', /^1\.0-/);
    assert.deepEqual((await lines(site)).slice(-3), ['start 1.1', 'stop 1.1', 'start 1.0']);
    assert.equal((await readFile(join(site.root, 'sensor.running'), 'utf8')).trim(), '1.0');

    // The same wish changes nothing; the outcome is said again.
    const again = site.mark();
    site.nudge({ higher: false });
    await site.status(bad, 'returned', again);
    site.cutSession();
    const hello = await site.message('hello', again);
    assert(hello.programs.every(({ digest }) => digest !== bad.digest));
    await site.status(bad, 'returned', site.heard.indexOf(hello));
    assert(!site.heard.slice(again).some(({ type }) => type === 'lease-request'));

    // A higher fence makes it ask; a refusal leaves it returned.
    const higher = site.mark();
    site.policy.lease = ({ request }) => ({
      type: 'refused',
      request,
      because: problem('RELEASE_FAILED_HERE', { version: '1.1', cause: 'health' }),
    });
    site.nudge({ higher: true });
    await site.message('lease-request', higher);
    const after = site.mark();
    site.nudge({ higher: false });
    await site.status(bad, 'returned', after);
  });

  test('a program that says by HTTP how it is, is kept while it is well, and goes back', async (t) => {
    const site = await Site.open(t);
    await running(site);
    const asked: string[] = [];
    const web = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(request.url === '/1.0' ? 200 : 503).end();
    });
    await new Promise<void>((listening) => web.listen(0, '127.0.0.1', listening));
    t.after(() => void web.close());
    const address = web.address();
    assert(address !== null && typeof address === 'object');
    const version = (number: string) => {
      const http = `http://127.0.0.1:${address.port}/${number}`;
      const health = { http, secondsMax: 5, times: 2, intervalSeconds: 1 };
      const of = { component: 'web', version: number, kind: 'tree' } as const;
      return site.release({ ...of, files: { number }, tree: { health } });
    };
    await installed(site, await version('1.0'));
    assert.deepEqual(asked, ['/1.0', '/1.0']);
    const sick = await version('1.1');
    site.want(sick);
    const { cause, detail } = await site.status(sick, 'returned');
    assert.equal(cause, 'health');
    assert.match(detail ?? '', /health 1 of 2: http.*status 503/);
    assert.match((await site.current('programs', 'web')) ?? '', /^1\.0-/);
  });

  test('a hook that hangs is ended, with all that it started, and the old version returns', async (t) => {
    const site = await Site.open(t);
    await running(site);
    await installed(site, await service(site, '1.0'));
    const hanging = await site.release({
      component: 'sensor',
      version: '1.1',
      kind: 'tree',
      files: { 'start.sh': '#!/bin/sh\nsleep 300 &\necho $! > "$DANKAI_ROOT/sleeper"\nwait\n' },
      tree: { start: { argv: ['./start.sh'], secondsMax: 1 } },
    });
    site.want(hanging);
    const { cause, detail } = await site.status(hanging, 'returned');
    assert.equal(cause, 'timeout');
    assert.match(detail ?? '', /start: no end within 1 s/);
    assert.match((await site.current('programs', 'sensor')) ?? '', /^1\.0-/);
    const sleeper = Number(await readFile(join(site.root, 'sleeper'), 'utf8'));
    await eventually(() => (exists(`/proc/${sleeper}`) ? null : true), 'the end of the sleeper');
  });

  test('the rules that a release carries are held against what is here, whoever wants it', async (t) => {
    const site = await Site.open(t);
    await running(site);
    await installed(site, await service(site, '1.0'));
    const engine = brand<ComponentName>('engine');
    const because = async (version: string, rules: NonNullable<ReleaseOptions['rules']>) => {
      const of = { component: 'sensor', kind: 'tree', files: { version } } as const;
      const release = await site.release({ ...of, version, rules });
      site.want(release);
      const { cause, detail } = await site.status(release, 'failed');
      assert.equal(cause, 'precondition');
      const [archive] = release.manifest.packages;
      assert(
        !site.asked.includes(`/v1/archives/${archive?.archive.digest}`),
        'no byte was fetched',
      );
      return detail ?? '';
    };
    const prerequisites = [{ component: engine, ordering: 'dotted', min: '9.8' }] as const;
    assert.match(await because('2.0', { floors: ['1.5'] }), /FLOOR_NOT_REACHED.*1\.5/);
    assert.match(await because('2.1', { deadEnds: ['1.0'] }), /VERSION_DEAD_END/);
    assert.match(
      await because('2.2', { appliesTo: { min: '1.1', max: '3' } }),
      /VERSION_OUT_OF_RANGE/,
    );
    assert.match(await because('2.3', { prerequisites }), /PREREQUISITE_ABSENT.*engine/);
    const content = { component: 'engine', version: '9.7', kind: 'content' } as const;
    await installed(site, await site.release({ ...content, files: { a: 'old' } }));
    assert.match(await because('2.4', { prerequisites }), /PREREQUISITE_LOW.*9\.7/);
    // Met, it is installed like any other.
    const of = { component: 'sensor', version: '2.5', kind: 'tree', files: { a: 'a' } } as const;
    const newer = await site.release({ ...content, version: '9.10', files: { a: 'new' } });
    await installed(site, newer);
    await installed(site, await site.release({ ...of, rules: { floors: ['1.0'], prerequisites } }));
    assert.match((await site.current('programs', 'sensor')) ?? '', /^2\.5-/);
  });

  test('a command outside its tree is not run', async (t) => {
    const site = await Site.open(t);
    await running(site);
    const sly = await site.release({
      component: 'sly',
      version: '1',
      kind: 'tree',
      files: { a: 'a' },
      tree: { start: { argv: ['../../../../../bin/true'], secondsMax: 5 } },
    });
    site.want(sly);
    const { cause, detail } = await site.status(sly, 'returned');
    assert.equal(cause, 'hook');
    assert.match(detail ?? '', /outside the tree/);
    assert.equal(await site.current('programs', 'sly'), null);
  });

  test('I11: a lower fence is not obeyed, not even after a restart', async (t) => {
    const site = await Site.open(t);
    const slot = await running(site);
    site.number = 7;
    await installed(site, await service(site, '1.0'));
    const never = await service(site, '1.1');
    const stale = { type: 'wanted', fence: { epoch: 1, number: 3 }, items: [never.item] } as const;
    const mark = site.mark();
    site.send({ ...stale, items: [...stale.items] });
    site.nudge({ higher: false });
    await site.message('status', mark);
    assert.deepEqual(site.states(never), []);

    slot.daemon.kill('SIGTERM');
    await slot.daemon.exited;
    const restart = site.mark();
    site.number = 3;
    site.items = [never.item];
    site.start(slot.name);
    const hello = await site.message('hello', restart);
    assert.deepEqual(hello.fence, { epoch: 1, number: 8 });
    site.send({ type: 'identify', nonce: 'after' });
    await site.message('identity', restart, ({ nonce }) => nonce === 'after');
    assert.deepEqual(site.states(never), []);
    // A new epoch is higher, whatever its number.
    site.epoch = 2;
    site.number = 1;
    site.nudge({ higher: false });
    await site.status(never, 'installed', restart);
  });

  test('what was changed after it was staged is fetched again before it is switched', async (t) => {
    const site = await Site.open(t);
    await running(site);
    const grant = site.policy.lease;
    site.policy.lease = ({ request }) => ({
      type: 'refused',
      request,
      because: problem('GROUP_NOT_OPEN', { group: 'A', state: 'waiting' }),
    });
    const release = await service(site, '1.0');
    site.want(release);
    await site.status(release, 'staged');
    const folder = join(site.root, 'programs', 'sensor', 'versions', slotNameOf(release));
    await writeFile(join(folder, 'tree', 'version'), '6.6.6');
    const mark = site.mark();
    site.policy.lease = grant;
    site.nudge({ higher: false });
    await site.status(release, 'installed', mark);
    assert.deepEqual(site.states(release, mark).slice(-5), [
      'downloading',
      'staged',
      'switching',
      'proving',
      'installed',
    ]);
    assert.equal((await readFile(join(site.root, 'sensor.running'), 'utf8')).trim(), '1.0');
  });

  test('a refused lease is asked for again at the next word of the information server', async (t) => {
    const site = await Site.open(t);
    await running(site);
    const release = await service(site, '1.0');
    const grant = site.policy.lease;
    site.policy.lease = ({ request }) => ({
      type: 'refused',
      request,
      because: problem('IN_FLIGHT_LIMIT', { inFlight: 2, inFlightMax: 2 }),
    });
    site.want(release);
    await site.message('lease-request');
    const mark = site.mark();
    site.policy.lease = grant;
    site.nudge({ higher: false });
    await site.status(release, 'installed', mark);
  });

  test('I1: no answer, a no, or an answer after the lease: no switch', async (t) => {
    const site = await Site.open(t);
    await running(site);
    const release = await service(site, '1.0');
    const grant = site.policy.lease;
    site.policy.lease = (message) => {
      const lease = grant(message);
      return lease?.type === 'lease' ? { ...lease, seconds: 1 } : lease;
    };
    const confirms: (() => void)[] = [];
    site.policy.confirm = (lease) => {
      confirms.push(() => site.send({ type: 'confirmed', lease, go: true }));
      return null;
    };
    site.want(release);
    await site.message('lease-confirm');
    const over = performance.now() + 1_000;
    await eventually(() => (performance.now() > over ? true : null), 'the end of the lease');
    for (const late of confirms) late();

    const no = site.mark();
    site.policy.confirm = (lease) => ({
      type: 'confirmed',
      lease,
      go: false,
      because: problem('STOPPED_BY_PERSON', { who: 'a person' }),
    });
    site.nudge({ higher: false });
    await site.message('lease-confirm', no);
    site.send({ type: 'identify', nonce: 'still' });
    await site.message('identity', no);
    assert.deepEqual(site.states(release), ['downloading', 'staged']);
    assert.equal(await site.current('programs', 'sensor'), null);
  });
  test('what cannot be installed here is said with its cause', async (t) => {
    const site = await Site.open(t);
    const slot = await running(site);
    const files = { a: 'a' };
    const foreign = await site.release({
      component: 'foreign',
      version: '1',
      kind: 'tree',
      platform: 'win32-x64',
      files,
    });
    const huge = await site.release({
      component: 'huge',
      version: '1',
      kind: 'tree',
      needsDiskBytes: Number.MAX_SAFE_INTEGER,
      files,
    });
    const newer = await site.slot('5.80.1179');
    const wrong = await site.release({ component: 'wrong', version: '1', kind: 'tree', files });
    site.policy.archive = (_request, response, file) => {
      response.end(Buffer.from(file).fill(0, 0, 8));
    };
    const expected = [
      [foreign, 'precondition', /^PACKAGE_NO_PLATFORM/],
      [huge, 'disk', /^DISK_TOO_SMALL/],
      [newer, 'precondition', /^LAUNCHER_ABSENT/],
      [wrong, 'signature', /^PACKAGE_DIGEST_WRONG/],
    ] as const;
    for (const [release, cause, detail] of expected) {
      site.want(release);
      const told = await site.status(release, 'failed');
      assert.equal(told.cause, cause);
      assert.match(told.detail ?? '', detail);
    }
    assert(!site.heard.some(({ type }) => type === 'lease-request'));
    assert.equal((await site.message('hello')).running.digest, slot.digest);
  });

  test('beside its information server it leaves its own program to that', async (t) => {
    const site = await Site.open(t);
    await site.settings('run');
    const slot = await site.slot('5.70.1000');
    await site.addSlot(slot);
    site.start(slot.name);
    await eventually(() => exists(join(site.root, 'run', 'normal-server.json')), 'the run file');
    const addresses = { servers: site.address };
    const content = JSON.stringify({ pid: process.pid, startedAt: 0, addresses });
    await writeFile(join(site.root, 'run', 'information-server.json'), content);
    const hello = await site.message('hello');
    assert.equal(hello.withInformationServer, true);
    const newer = await site.slot('5.80.1179');
    const pattern = await site.release({
      component: 'pattern',
      version: '1',
      kind: 'content',
      files: { a: 'a' },
    });
    site.want(newer, pattern);
    await site.status(pattern, 'installed');
    assert.deepEqual(site.states(newer), []);
  });
});
