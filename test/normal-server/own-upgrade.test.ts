/** The normal server's upgrade of itself, under the real launcher. */

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { Site } from './site.ts';

suite('a normal server under its launcher', { concurrency: 2 }, () => {
  test('switches itself, proves itself by its session, and tidies its slots', async (t) => {
    const site = await Site.open(t);
    const old = await site.slot('5.58.1000');
    await site.addSlot(old);
    const launcher = await site.launch(old.name);
    const first = await site.message('hello');
    for (const version of ['5.70.1000', '5.80.1179']) {
      const release = await site.slot(version);
      const mark = site.mark();
      site.want(release);
      const hello = await site.message(
        'hello',
        mark,
        ({ running }) => running.digest === release.digest,
      );
      assert.equal(hello.installId, first.installId);
      assert.notEqual(hello.running.pid, first.running.pid);
      await site.status(release, 'installed', site.heard.indexOf(hello));
      assert.deepEqual(site.states(release, mark), [
        'downloading',
        'staged',
        'switching',
        'proving',
        'installed',
      ]);
    }
    const slots = await readdir(join(site.root, 'slots'));
    assert.deepEqual(
      slots.toSorted().map((name) => name.split('-')[0]),
      ['5.70.1000', '5.80.1179'],
    );
    assert.equal(launcher.exitCode, null);
  });

  test('a new version that does not start is told as returned by the old one', async (t) => {
    const site = await Site.open(t);
    const old = await site.slot('5.70.1000');
    await site.addSlot(old);
    await site.launch(old.name);
    await site.message('hello');
    const broken = await site.slot('5.80.1179', 'process.exit(1);');
    site.want(broken);
    const back = await site.message(
      'hello',
      site.heard.findIndex((one) => one.type === 'status' && one.state === 'switching'),
      ({ running }) => running.digest === old.digest,
    );
    const { cause, detail } = await site.status(broken, 'returned', site.heard.indexOf(back));
    assert.equal(cause, 'health');
    assert.match(detail ?? '', /^start: /);
    // It goes on saying so, and asks for nothing while the same is wanted.
    const mark = site.mark();
    site.nudge({ higher: false });
    await site.status(broken, 'returned', mark);
    const requests = site.heard.filter(({ type }) => type === 'lease-request');
    assert.equal(requests.length, 1);
  });
});
