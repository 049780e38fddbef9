/**
 * A launcher that ends while another one is to take its place: killed while it is tried, ended in
 * order, or killed between what it proved and what it wrote. The short form is `npm run test:survival`'s sample in
 * test/survival.
 */

import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { longer } from '../longer.ts';
import { agent, Computer, good, idle, trialPid } from './renewal-site.ts';
import { ended, isAlive, until } from './site.ts';

describe(
  'a launcher that is to take the place of one that ends meanwhile',
  { concurrency: 3, ...longer },
  () => {
    it('is given up after three launchers died while it was tried', async (t) => {
      const computer = new Computer(t);
      const { site, folder } = computer;
      computer.lay(idle);
      for (let attempt = 1; attempt <= 3; attempt++) {
        const child = computer.start();
        await until(`attempt ${attempt}`, () => computer.lines().length === attempt);
        await until('the trial', () => trialPid(site));
        const tried = trialPid(site);
        const left = ended(child);
        child.kill('SIGKILL');
        await left;
        assert.ok(tried !== null && isAlive(tried), 'this one notices nothing');
      }
      computer.start();
      await computer.serves((renewal) => renewal !== null);
      assert.deepEqual(computer.lines(), ['attempt', 'attempt', 'attempt', 'failed']);
      assert.match(computer.failure()?.detail ?? '', /3 times it, or the launcher that tried it/);
      assert.equal(trialPid(site), null, 'nothing of it is left');
      assert.ok(!existsSync(join(folder, 'next')));
    });

    it('is tried again when it is killed itself, and given up after three times', async (t) => {
      const computer = new Computer(t);
      const { site } = computer;
      computer.lay(idle);
      const child = computer.start();
      for (let attempt = 1; attempt <= 3; attempt++) {
        const tried = await until('the trial', () => trialPid(site));
        assert.equal(computer.lines().length, attempt);
        process.kill(tried, 'SIGKILL');
        await until('its end', () => !isAlive(tried));
      }
      await computer.serves((renewal) => renewal !== null);
      assert.deepEqual(computer.lines(), ['attempt', 'attempt', 'attempt', 'failed']);
      assert.equal(child.exitCode, null);
    });

    it('is tried later when its launcher ends in order meanwhile, or something is being switched', async (t) => {
      const computer = new Computer(t);
      const { site } = computer;
      computer.lay(idle);
      const child = computer.start();
      await until('the attempt', () => trialPid(site));
      const left = ended(child);
      child.kill('SIGTERM');
      assert.equal((await left).status, 0);
      assert.deepEqual(computer.lines(), ['attempt', 'paused']);
      assert.equal(trialPid(site), null);

      site.addSlot('new', 'hangs');
      site.write([
        {
          at: 1,
          type: 'switch',
          from: 'old',
          to: 'new',
          fromGeneration: 1,
          generation: 2,
          tag: '',
          proveSeconds: 30,
        },
        { at: 2, type: 'switched', generation: 2 },
      ]);
      site.addGeneration('program', 2, 'new');
      site.pointCurrent('program', 2);
      computer.start();
      await site.hears(agent.name, ({ tracks }) => tracks.program?.phase === 'proving');
      site.ask(agent.name, { type: 'renew' });
      await new Promise((resume) => setTimeout(resume, 500));
      assert.deepEqual(
        computer.lines(),
        ['attempt', 'paused'],
        'not while a version proves itself',
      );
    });

    it('that proved itself before a kill is in place at the next start', async (t) => {
      const computer = new Computer(t);
      const { folder } = computer;
      const id = computer.lay(good());
      const line = { at: 1, pair: id, version: '5.80' };
      computer.site.writeLines(join(folder, 'intent.log'), [
        { type: 'attempt', ...line },
        { type: 'proved', ...line },
      ]);
      computer.start();
      await computer.serves((renewal) => renewal !== null);
      assert.deepEqual(computer.lines(), ['attempt', 'proved', 'placed']);
      assert.equal(readlinkSync(join(folder, 'current')), 'pair-2');

      // Killed after the rename, before the line.
      const other = new Computer(t);
      const again = other.lay(good());
      mkdirSync(join(other.folder, 'pair-2'));
      for (const name of ['launcher.mjs', 'pair.json']) {
        copyFileSync(join(other.folder, 'next', name), join(other.folder, 'pair-2', name));
      }
      symlinkSync('pair-2', join(other.folder, 'current'));
      symlinkSync('current/pair.json', join(other.folder, 'pair.json'));
      other.site.writeLines(join(other.folder, 'intent.log'), [
        { type: 'proved', at: 1, pair: again, version: '5.80' },
      ]);
      other.start();
      await other.serves((renewal) => renewal !== null);
      assert.deepEqual(other.lines(), ['proved', 'placed']);
      assert.ok(!existsSync(join(other.folder, 'next')));
    });
  },
);
