/**
 * A launcher that is to take the place of the running one, with real processes: it is tried, put into
 * place when its daemons are healthy under it, and left for the old one in every other case.
 */

import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Computer, digestOf, good, launcher, server } from './renewal-site.ts';
import { ended, until } from './site.ts';

const checkout = join(import.meta.dirname, '..', '..');
const frozenLauncher = join(checkout, 'releases', '5.70.1000', 'app', 'launcher.mjs');

describe('a launcher that is to take the place of the running one', { concurrency: 3 }, () => {
  it('is tried, put into place by one link, and goes on under the same number', async (t) => {
    const computer = new Computer(t);
    const { site, folder } = computer;
    const child = computer.start();
    await computer.serves();
    const id = computer.lay(good());
    site.ask(server.name, { type: 'renew' });
    await computer.serves((renewal) => renewal !== null);
    assert.deepEqual(computer.lines(), ['attempt', 'proved', 'placed']);
    assert.equal(readlinkSync(join(folder, 'launcher.mjs')), 'current/launcher.mjs');
    assert.equal(readlinkSync(join(folder, 'current')), 'pair-2');
    assert.match(readFileSync(join(folder, 'launcher.mjs'), 'utf8'), /another/);
    assert.doesNotMatch(readFileSync(join(folder, 'pair-1', 'launcher.mjs'), 'utf8'), /another/);
    assert.ok(!existsSync(join(folder, 'next')));
    const heard = site.heard(server.name)?.launcher;
    assert.equal(heard?.version, '5.80');
    assert.deepEqual(
      { ...heard?.renewal, at: 0 },
      {
        ended: 'placed',
        version: '5.80',
        pair: id,
        cause: null,
        detail: '',
        at: 0,
      },
    );
    assert.equal(child.exitCode, null, 'the process that was started goes on');
    assert.equal(site.daemons().length, 2);

    // And once more: the first of all goes, the one before it stays.
    computer.lay(`${good()}// and another\n`);
    site.ask(server.name, { type: 'renew' });
    await until('the third', () => readlinkSync(join(folder, 'current')) === 'pair-3');
    await until('the first to go', () => !existsSync(join(folder, 'pair-1')));
    assert.ok(existsSync(join(folder, 'pair-2')));
    await computer.serves();
    const left = ended(child);
    child.kill('SIGTERM');
    assert.equal((await left).status, 0);
    assert.deepEqual(site.daemons(), []);
  });

  const ways: readonly {
    readonly what: string;
    readonly program: () => string;
    readonly digest?: string;
    readonly cause: string;
    readonly detail: RegExp;
    readonly lines: readonly string[];
  }[] = [
    {
      what: 'crashes at once',
      program: () => 'throw new Error("no launcher at all");',
      cause: 'crash',
      detail: /status 1 .*no launcher at all/s,
      lines: ['attempt', 'failed'],
    },
    {
      what: 'hangs, and cannot be asked to end',
      program: () =>
        `process.on('SIGTERM', () => {}); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`,
      cause: 'health',
      detail: /not healthy within 2 s/,
      lines: ['attempt', 'failed'],
    },
    {
      what: 'has other bytes than were laid down',
      program: good,
      digest: digestOf('something else'),
      cause: 'digest',
      detail: /launcher\.mjs has the digest/,
      lines: ['failed'],
    },
  ];
  it('that breaks is left for the old one, once, whatever is wrong with it', async (t) => {
    const computer = new Computer(t, { seconds: 2 });
    const { site, folder } = computer;
    const child = computer.start();
    await computer.serves();
    const expected: string[] = [];
    for (const { what, program, digest, cause, detail, lines } of ways) {
      const id = computer.lay(program(), digest);
      site.ask(server.name, { type: 'renew' });
      await computer.serves((renewal) => renewal?.pair === id);
      expected.push(...lines);
      const failure = computer.failure();
      assert.equal(failure?.cause, cause, what);
      assert.match(failure?.detail ?? '', detail, what);
      assert.deepEqual(computer.lines(), expected, what);
      assert.deepEqual(readdirSync(folder).toSorted(), ['intent.log', 'launcher.mjs'], what);
      assert.equal(site.daemons().length, 2, 'the daemons are back, once each');
      assert.equal(child.exitCode, null);
    }
    // The same again is not tried again.
    for (const { program, digest } of ways) {
      computer.lay(program(), digest);
      site.ask(server.name, { type: 'renew' });
      await until('it to go', () => !existsSync(join(folder, 'next')));
    }
    assert.deepEqual(computer.lines(), expected);
  });

  it('and one of before, which knows nothing of this, goes on until a person takes a newer one', async (t) => {
    const computer = new Computer(t);
    const { site, folder } = computer;
    const program = join(folder, 'launcher.mjs');
    copyFileSync(frozenLauncher, program);
    const child = computer.start();
    const { launcher: self } = await site.hears(server.name, () => true);
    assert.equal(self, undefined, 'nothing is laid down for it');
    computer.lay(good());
    site.ask(server.name, { type: 'renew' });
    await until('its word', () => /message-unknown/.test(site.log()));
    assert.deepEqual(computer.lines(), []);
    const left = ended(child);
    child.kill('SIGTERM');
    assert.equal((await left).status, 0);

    // As docs/protocol/launcher.md has it; what lies there is tried then.
    writeFileSync(`${program}.part`, readFileSync(launcher));
    renameSync(`${program}.part`, program);
    computer.start();
    await computer.serves((renewal) => renewal?.ended === 'placed');
  });
});
