/**
 * Where programs fetch content themselves: each server is offered what it should have now, as rings,
 * holds and withdrawals say; with whatever asks over HTTP, and with a real freshclam.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { cvd } from '../feed/cvd.testing.ts';
import { freshclamHere, script } from '../normal-server/clamav-for-tests.ts';
import { MirrorForTests } from './mirror-for-tests.ts';

const open = { state: 'open', openedAt: 1 } as const;
const waiting = { state: 'waiting' } as const;
const passed = { state: 'passed', at: 1, who: null } as const;
const failed = { state: 'failed', at: 1, because: { code: 'RING_FAILED', with: {} } } as const;

const text = (word: string): Buffer =>
  Buffer.from(`Test-${word}:0:*:${Buffer.from(word).toString('hex')}\n`);

/** Two versions of one file, of which the second entered the site last. */
async function begun(t: TestContext) {
  const mirror = await MirrorForTests.open(t);
  const [one, two] = [
    await mirror.content('fleet.ndb', text('one')),
    await mirror.content('fleet.ndb', text('two')),
  ];
  const had = async (server: string): Promise<string> => {
    const { status, body } = await mirror.ask(`/${server}/fleet.ndb`);
    return `${status} ${body.includes(text('one')) ? 'one' : body.includes(text('two')) ? 'two' : /"code":"(\w+)/.exec(body.toString())?.[1]}`;
  };
  return { mirror, one, two, had };
}

suite('a mirror', () => {
  test('each server is offered what its ring may have, and what was before once it is taken back', async (t) => {
    const { mirror, one, two, had } = await begun(t);
    await mirror.offer(one);
    assert.deepEqual([await had('a1'), await had('b1')], ['200 one', '200 one']);
    await mirror.roll(two, one, [open, waiting]);
    assert.deepEqual([await had('a1'), await had('b1')], ['200 two', '200 one']);
    await mirror.roll(two, one, [passed, open]);
    assert.deepEqual([await had('a1'), await had('b1')], ['200 two', '200 two']);
    await mirror.roll(two, one, [failed, waiting]);
    assert.deepEqual([await had('a1'), await had('b1')], ['200 one', '200 one']);
    await mirror.roll(two, one, [passed, passed]);
    await mirror.withdraw(two);
    assert.deepEqual([await had('a1'), await had('b1')], ['200 one', '200 one']);
  });

  test('what a hold keeps back, or what has no way back, leaves everybody what he has', async (t) => {
    const { mirror, one, had } = await begun(t);
    await mirror.offer(one);
    await mirror.hold();
    assert.equal(await had('a1'), '404 MIRROR_KEEPS_BACK');
    const since = { 'if-modified-since': 'Mon, 23 Nov 2026 10:00:00 GMT' };
    assert.equal((await mirror.ask('/a1/fleet.ndb', since)).status, 304);
    assert.equal((await mirror.ask('/a1/fleet.ndb', { range: 'bytes=0-5' })).status, 404);

    const other = await begun(t);
    await other.mirror.roll(other.one, null, [open, waiting]);
    assert.deepEqual(
      [await other.had('a1'), await other.had('b1')],
      ['200 one', '404 MIRROR_KEEPS_BACK'],
    );
    await other.mirror.withdraw(other.one);
    assert.equal(await other.had('a1'), '404 MIRROR_KEEPS_BACK');
  });

  test('who is no server of the fleet, and what is no file of content, is told so', async (t) => {
    const { mirror, one, had } = await begun(t);
    await mirror.offer(one);
    assert.equal(await had('c1'), '404 SERVER_UNKNOWN');
    for (const name of [
      'fleet.cld',
      'fleet-2.cdiff',
      '..%2fjournal.sqlite',
      'pattern%2ffleet.ndb',
    ]) {
      const { status, body } = await mirror.ask(`/a1/${name}`);
      assert.match(`${status} ${body.toString()}`, /^404 .*MIRROR_FILE_ABSENT/, name);
    }
    for (const path of [
      '/',
      '/a1',
      '/a1/',
      '/v1/manifests/x/y',
      `/contents/a1/${one.file.digest}`,
    ]) {
      assert.equal((await mirror.ask(path)).status, 404, path);
    }
  });

  test('a part, a look and a tag are answered as of any file; what is sent is counted towards who is named', async (t) => {
    const { mirror, one, two } = await begun(t);
    await mirror.offer(one);
    const head = await mirror.ask('/a1/fleet.ndb', {}, 'HEAD');
    assert.deepEqual([head.status, head.body.length], [200, 0]);
    const part = await mirror.ask('/a1/fleet.ndb', { range: 'bytes=0-3' });
    assert.deepEqual([part.status, part.body.toString()], [206, 'Test']);
    const same = await mirror.ask('/a1/fleet.ndb', { 'if-none-match': head.tag });
    assert.equal(same.status, 304);
    assert.deepEqual(mirror.sent, [{ towards: 'a1', bytes: 4 }]);
    await mirror.offer(two);
    const news = await mirror.ask('/a1/fleet.ndb', { 'if-none-match': head.tag });
    assert.deepEqual([news.status, news.body], [200, text('two')]);
  });

  test('a date says only whether it took what it was sent, whatever its clock says', async (t) => {
    const { mirror, one, two } = await begun(t);
    await mirror.offer(one);
    const asked = async (date: number | null): Promise<number> => {
      const headers: Record<string, string> =
        date === null ? {} : { 'if-modified-since': new Date(date).toUTCString() };
      return (await mirror.ask('/a1/fleet.ndb', headers)).status;
    };
    const [early, late] = [Date.UTC(2001, 1, 1), Date.UTC(2099, 1, 1)];
    assert.equal(await asked(late), 200, 'what it has is not known here');
    assert.equal(await asked(late), 200, 'it has what it had: it did not take it');
    assert.equal(await asked(early), 304, 'it took it');
    assert.equal(await asked(null), 200, 'it lost it');
    assert.equal(await asked(early), 304);
    await mirror.roll(two, one, [passed, passed]);
    assert.equal(await asked(early), 200);
    assert.equal(await asked(late), 304);
    await mirror.withdraw(two);
    assert.equal(await asked(late), 200, 'older content, and a date of after it');
  });
});

const here = await freshclamHere();
const skip = 'missing' in here && `ClamAV: ${here.missing}`;

/** A stock freshclam on a server of that name, with settings of its own. */
async function freshclamOn(mirror: MirrorForTests, server: string, settings: readonly string[]) {
  assert('folder' in here);
  const place = join(mirror.folder, `freshclam-${server}`);
  const databases = join(place, 'db');
  await mkdir(databases, { recursive: true });
  const config = join(place, 'freshclam.conf');
  const common = [
    `DatabaseDirectory ${databases}`,
    `DatabaseOwner ${userInfo().username}`,
    'DatabaseMirror 127.0.0.1',
    'MaxAttempts 1',
    ...['main', 'daily', 'bytecode'].map((name) => `ExcludeDatabase ${name}`),
  ];
  await writeFile(config, `${[...common, ...settings].join('\n')}\n`);
  const program = await script(
    place,
    'freshclam',
    here.folder,
    `usr/bin/freshclam --config-file=${config} --stdout --no-dns "$@"`,
  );
  const run = async (...more: readonly string[]): Promise<string> => {
    // The date of a file is of a second.
    await pause(1_000 - (Date.now() % 1_000));
    const end = await promisify(execFile)(program, more).catch(
      (error: { stdout: string }) => error,
    );
    return end.stdout;
  };
  return { run, databases };
}

suite('a stock freshclam', { skip }, () => {
  test('takes what its ring may have, asks again for nothing, and goes back', async (t) => {
    const { mirror, one, two } = await begun(t);
    await mirror.roll(two, one, [open, waiting]);
    const servers = await Promise.all(
      ['a1', 'b1'].map((name) =>
        freshclamOn(mirror, name, [`DatabaseCustomURL ${mirror.address}/${name}/fleet.ndb`]),
      ),
    );
    const update = async (): Promise<string[]> => {
      const said = await Promise.all(servers.map(({ run }) => run('--update-db=custom')));
      return said.map((one) => /fleet\.ndb (updated|is up-to-date)/.exec(one)?.[1] ?? one);
    };
    const have = (): Promise<Buffer[]> =>
      Promise.all(servers.map(({ databases }) => readFile(join(databases, 'fleet.ndb'))));
    assert.deepEqual(await update(), ['updated', 'updated']);
    assert.deepEqual(await have(), [text('two'), text('one')]);
    const sent = mirror.sent.length;
    assert.deepEqual(await update(), ['is up-to-date', 'is up-to-date']);
    assert.equal(mirror.sent.length, sent);
    await mirror.withdraw(two);
    assert.deepEqual(await update(), ['updated', 'is up-to-date']);
    assert.deepEqual(await have(), [text('one'), text('one')]);
    await mirror.offer(await mirror.content('fleet.ndb', text('three')));
    await mirror.hold();
    assert.deepEqual(await update(), ['is up-to-date', 'is up-to-date']);
    assert.deepEqual(await have(), [text('one'), text('one')]);
  });

  test('believes a database of its own kind by its signature alone, and asks for no increment', async (t) => {
    const { mirror } = await begun(t);
    await mirror.offer(
      await mirror.content('test.cvd', await cvd({ version: 7, files: { 'test.ndb': text('x') } })),
    );
    const { run, databases } = await freshclamOn(mirror, 'a1', [
      `PrivateMirror ${mirror.address}/a1`,
      'ExtraDatabase test',
    ]);
    const said = await run();
    assert.match(said, /test database available for download \(remote version: 7\)/);
    assert.match(said, /verif/i);
    assert.ok(!(await readdir(databases)).includes('test.cvd'));
    assert.ok(mirror.sent.length >= 2, 'the header, then the file');
  });
});
