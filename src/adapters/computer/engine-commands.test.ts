import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineByCommands } from './engine-commands.ts';

test('each command runs in the folder of the content that is meant; one that is not there is a yes', async () => {
  const ran: string[] = [];
  const command = (name: string) => ({ argv: [name], secondsMax: 1 });
  const facts = {
    run: async (folder: string, { argv }: { argv: readonly string[] }) => {
      ran.push(`${argv[0]} in ${folder}`);
      return { ok: true } as const;
    },
    current: 'current',
    times: 2,
    intervalSeconds: 1,
  };
  const engine = engineByCommands({ try: command('try'), watch: command('watch') }, facts);
  for (const end of [await engine.tries('new'), await engine.takes(), await engine.isWell()]) {
    assert.deepEqual(end, { ok: true });
  }
  assert.deepEqual(ran, ['try in new', 'watch in current']);
});
