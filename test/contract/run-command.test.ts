/** Commands of trees, run by the system and simulated, over one suite. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCommandIn } from '#adapters/computer/command-run.ts';
import { TreesSimulated, type TreeBehaviour } from '#simulation/adapters/run-command-simulated.ts';
import { treeComponent, treeRelease } from '#simulation/fleet/releases.ts';
import { Chance } from '#simulation/world/chance.ts';
import { runCommandContract, type Program, type RunCommandFixture } from './run-command.ts';
import { oneMachine, settledOn } from './simulated.ts';

const roots: string[] = [];
after(async () => {
  for (const root of roots) await rm(root, { recursive: true, force: true });
});

const startLines: Record<Program['start'], string> = {
  works: '',
  'takes a minute': 'sleep 60',
  'never ends': 'while true; do sleep 60; done',
};

/** What runs is a process that holds the pipes of the command which started it. */
function scripts({ start, isWell }: Program): Record<string, string> {
  const well = isWell ? 'exit 0' : 'echo it is not well >&2; exit 1';
  return {
    start: `test -f pid && exit 0\n${startLines[start]}\nsleep 600 &\necho $! > pid`,
    stop: 'test -f pid || exit 0\nkill $(cat pid)\nrm pid',
    health: `test -f pid || { echo it does not run; exit 1; }\n${well}`,
  };
}

runCommandContract('the system', async (program): Promise<RunCommandFixture> => {
  const root = await mkdtemp(join(tmpdir(), 'dankai-command-'));
  roots.push(root);
  const folder = join(root, 'tree');
  await mkdir(join(folder, 'bin'), { recursive: true });
  for (const [name, text] of Object.entries(scripts(program))) {
    await writeFile(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  const pid = join(folder, 'pid');
  return {
    run: runCommandIn(root),
    tree: { folder, component: treeComponent },
    isRunning: () => existsSync(pid),
    settled: (promise) => promise,
    async end() {
      if (existsSync(pid)) process.kill(Number(await readFile(pid, 'utf8')));
    },
  };
});

function simulated({ start, isWell }: Program) {
  const { schedule, machine } = oneMachine('server');
  const release = treeRelease('2.0', 1_000);
  const folder = 'versions/2.0/tree';
  const behaviour: TreeBehaviour = {
    startMilliseconds: start === 'takes a minute' ? 60_000 : 500,
    stopMilliseconds: 200,
    endsAfterMilliseconds: null,
    sickAfterMilliseconds: isWell ? null : 0,
    hangs: start === 'never ends',
  };
  const trees = new TreesSimulated({
    machine,
    behaviourOf: () => behaviour,
    changed: () => undefined,
  });
  const on = (name: string) => {
    const process = machine.start(name, new Chance(1));
    const run = trees.runIn(process, (component, at) =>
      component === treeComponent && at === folder ? release : null,
    );
    return { process, run };
  };
  return { schedule, machine, trees, on, tree: { folder, component: treeComponent } };
}

runCommandContract('simulated', async (program): Promise<RunCommandFixture> => {
  const { schedule, trees, on, tree } = simulated(program);
  return {
    run: on('normal-server').run,
    tree,
    isRunning: () => trees.running(treeComponent) !== null,
    settled: (promise) => settledOn(schedule, promise),
    end: async () => undefined,
  };
});

test('a simulated command goes on when the daemon that ran it is killed, but not without power', async () => {
  const { schedule, machine, trees, on, tree } = simulated({ start: 'works', isWell: true });
  const start = (): void => {
    const { process, run } = on('normal-server');
    void run({ ...tree, argv: ['bin/start'], secondsMax: 30 });
    process.kill();
  };
  start();
  await schedule.run();
  assert.notEqual(trees.running(treeComponent), null);
  trees.stop(treeComponent);
  start();
  trees.stopAll();
  machine.powerCut(new Chance(1));
  await schedule.run();
  assert.equal(trees.running(treeComponent), null);
});
