/** What running a tree's commands promises, whatever the commands do. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CommandEnd, RunCommand } from '#ports/installer.ts';

/** What the program of the tree does. Its commands bear being run twice. */
export type Program = {
  readonly start: 'works' | 'takes a minute' | 'never ends';
  readonly isWell: boolean;
};

export type RunCommandFixture = {
  readonly run: RunCommand;
  /** The unpacked tree, with `bin/start`, `bin/stop` and `bin/health`. */
  readonly tree: Pick<Parameters<RunCommand>[0], 'folder' | 'component'>;
  isRunning(): boolean;
  /** Lets time pass until it has ended. */
  settled<Answer>(promise: Promise<Answer>): Promise<Answer>;
  end(): Promise<void>;
};

const working: Program = { start: 'works', isWell: true };
/** No command that works needs so long, however loaded the machine is. */
const longSeconds = 50;
const shortSeconds = 0.3;
const ended: CommandEnd = { ok: true };

export function runCommandContract(
  name: string,
  make: (program: Program) => Promise<RunCommandFixture>,
): void {
  describe(`run a command: ${name}`, () => {
    async function opened(program: Program) {
      const made = await make(program);
      const command = (path: string, secondsMax = longSeconds) =>
        made.settled(made.run({ ...made.tree, argv: [path], secondsMax }));
      return { ...made, command };
    }

    test('what a command starts goes on after its end, until another one stops it', async () => {
      const { command, isRunning, end } = await opened(working);
      assert.equal(isRunning(), false);
      assert.deepEqual(await command('bin/start'), ended);
      assert.equal(isRunning(), true);
      assert.deepEqual(await command('bin/health'), ended);
      assert.deepEqual(await command('bin/start'), ended);
      assert.equal(isRunning(), true);
      assert.deepEqual(await command('bin/stop'), ended);
      assert.equal(isRunning(), false);
      assert.deepEqual(await command('bin/stop'), ended);
      await end();
    });

    test('a command that says no is no timeout, and what it said is kept', async () => {
      const { command, isRunning, end } = await opened({ ...working, isWell: false });
      for (const [start, said] of [
        [false, /it does not run/],
        [true, /it is not well/],
      ] as const) {
        if (start) assert.deepEqual(await command('bin/start'), ended);
        const no = await command('bin/health');
        assert.ok(!no.ok);
        assert.equal(no.timeout, false);
        assert.match(no.detail, said);
        assert.equal(isRunning(), start, 'to ask changes nothing');
      }
      await end();
    });

    for (const start of ['takes a minute', 'never ends'] as const) {
      test(`a command that ${start} is ended at the end of its time`, async () => {
        const { command, isRunning, end } = await opened({ ...working, start });
        const late = await command('bin/start', shortSeconds);
        assert.ok(!late.ok);
        assert.equal(late.timeout, true);
        assert.match(late.detail, /^no end within 0\.3 s/);
        assert.equal(isRunning(), false);
        assert.deepEqual(await command('bin/stop'), ended, 'the next one runs');
        await end();
      });
    }

    test('what is not there, or lies outside the tree, is not run', async () => {
      const { command, run, tree, settled, end } = await opened(working);
      const gone = { ...tree, folder: `${tree.folder}-gone` };
      for (const no of [
        await command('bin/absent'),
        await command('../bin/start'),
        await settled(run({ ...gone, argv: ['bin/start'], secondsMax: longSeconds })),
      ]) {
        assert.ok(!no.ok);
        assert.equal(no.timeout, false);
        assert.match(no.detail, /bin\/(absent|start)/);
      }
      await end();
    });

    test('commands of which one waits for its end do not wait for each other', async () => {
      const { run, tree, settled, end } = await make({ ...working, start: 'never ends' });
      const order: string[] = [];
      const noted = async (path: string, secondsMax: number): Promise<void> => {
        await run({ ...tree, argv: [path], secondsMax });
        order.push(path);
      };
      await settled(Promise.all([noted('bin/start', 3), noted('bin/stop', longSeconds)]));
      assert.deepEqual(order, ['bin/stop', 'bin/start']);
      await end();
    });
  });
}
