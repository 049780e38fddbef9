/** Real processes, asked in order and made to end. */

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { endProcesses } from './end-processes.ts';

type Child = { readonly pid: number; readonly name: string };

/** `trapped`: what it does when it is asked to end. */
async function start(t: TestContext, names: Readonly<Record<string, string>>) {
  const ended: string[] = [];
  const living = new Map<string, Child>();
  for (const [name, trapped] of Object.entries(names)) {
    const line = `trap '${trapped}' TERM; echo ready; while :; do sleep 0.02; done`;
    const child: ChildProcess = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'ignore'] });
    t.after(() => child.kill('SIGKILL'));
    living.set(name, { pid: child.pid ?? 0, name });
    child.on('exit', (status, signal) => {
      living.delete(name);
      ended.push(`${name} ${signal ?? status}`);
    });
    await once(child.stdout ?? child, 'data');
  }
  return { ended, look: (): Child[] => [...living.values()] };
}

test('who is first is asked alone; the others when he has ended', async (t) => {
  const { ended, look } = await start(t, { daemon: 'exit 2', launcher: 'sleep 0.3; exit 1' });
  const isFirst = ({ name }: Child): boolean => name === 'launcher';
  assert.deepEqual(await endProcesses(look, { politeMilliseconds: 20_000, isFirst }), []);
  assert.deepEqual(ended, ['launcher 1', 'daemon 2']);
});

test('who does not end when he is asked is killed after his time; where nobody is, nobody waits', async (t) => {
  const { ended, look } = await start(t, { deaf: '', launcher: '' });
  const isFirst = ({ name }: Child): boolean => name === 'launcher';
  assert.deepEqual(await endProcesses(look, { politeMilliseconds: 100, isFirst }), []);
  assert.deepEqual(ended.toSorted(), ['deaf SIGKILL', 'launcher SIGKILL']);
  const from = performance.now();
  assert.deepEqual(await endProcesses(look, { politeMilliseconds: 60_000 }), []);
  assert.ok(performance.now() - from < 10_000);
});

test('who stays is told', async () => {
  const other = { pid: 2 ** 30, name: 'of another account' };
  assert.deepEqual(await endProcesses(() => [other], { politeMilliseconds: 0 }), [other]);
});
