/** One launcher per installation, its daemons with it, and its ends in order or by force. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ended, until } from './site.ts';
import {
  agent,
  hasOutcome,
  informationServer,
  server,
  siteFor,
  start,
  toNew,
} from './launcher-for-tests.ts';

describe('one launcher', { concurrency: 4 }, () => {
  it('refuses a second one with status 3 and a sentence', async (t) => {
    const site = siteFor(t, { services: [server] });
    const first = site.launch('plain');
    await site.hears(server.name, () => true);
    const flags = readFileSync(`/proc/${first.pid}/cmdline`, 'utf8');
    assert.match(flags, /--max-semi-space-size=1/);
    const second = await ended(site.launch());
    assert.equal(second.status, 3);
    assert.match(second.talk, new RegExp(`already runs for .*process ${first.pid}\\b`));
    assert.equal(site.daemons().length, 1);
  });

  it('that died right after it started a daemon leaves none behind', async () => {
    const ipc = new URL('../../src/adapters/daemon/launcher-ipc.ts', import.meta.url).href;
    const daemon = [
      "if (process.connected) await new Promise((gone) => process.once('disconnect', gone));",
      `const { connectLauncher } = await import('${ipc}');`,
      'connectLauncher();',
      'setInterval(() => undefined, 1_000);',
    ].join('\n');
    const options = { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] } as const;
    const child = spawn(process.execPath, ['--input-type=module', '-e', daemon], {
      ...options,
      stdio: [...options.stdio],
    });
    child.disconnect();
    const [status] = await once(child, 'exit');
    assert.equal(status, 143);
  });

  it('starts its daemons on a disk that takes none of its notes', async (t) => {
    const site = siteFor(t, { services: [server] });
    for (const note of ['launcher.pid', 'services.json.part']) {
      mkdirSync(join(site.root, 'run', note), { recursive: true });
    }
    await start(site);
    assert.match(site.log(), /running-not-recorded/);
  });

  it('says what is wrong with its folder', async (t) => {
    const site = siteFor(t, { services: [server] });
    writeFileSync(join(site.root, 'launcher.json'), '{"format":1,"services":[{"name":"../x"}]}');
    const refused = await ended(site.launch());
    assert.equal(refused.status, 1);
    assert.match(refused.talk, /names a service that is none/);
  });

  it('takes its daemons along when it is killed, and finds no lock afterwards', async (t) => {
    const site = siteFor(t, { services: [informationServer, agent] });
    const launcher = site.launch();
    await site.hears(agent.name, () => true);
    await site.hears(informationServer.name, () => true);
    launcher.kill('SIGKILL');
    await until('the daemons to end', () => site.daemons().length === 0);
    await start(site, agent.name);
  });

  it('ends a daemon that outlived a killed launcher before it starts another', async (t) => {
    const site = siteFor(t, { services: [server] });
    const launcher = site.launch();
    const { pid } = await site.hears(server.name, () => true);
    // It hangs: one that runs ends by itself soon after its launcher, however late the next one is.
    process.kill(pid, 'SIGSTOP');
    launcher.kill('SIGKILL');
    site.launch();
    const successor = await site.hears(server.name, (heard) => heard.pid !== pid);
    assert.deepEqual(site.daemons(), [successor.pid]);
    assert.match(site.log(), /left-over-killed/);
  });

  it('starts a crashed daemon again at once', async (t) => {
    const site = siteFor(t, { services: [server] });
    await start(site);
    const { pid } = site.heard(server.name)!;
    site.ask(server.name, { type: 'crash' });
    await site.hears(server.name, (heard) => heard.pid !== pid);
  });

  it('goes on proving after an orderly end, without blame', async (t) => {
    const site = siteFor(t, { services: [server] });
    site.addSlot('new', 'needs-network');
    let launcher = site.launch();
    await site.hears(server.name, () => true);
    site.ask(server.name, toNew(60));
    for (let end = 0; end < 4; end++) {
      await site.hears(server.name, ({ slot }) => slot === 'new');
      const gone = ended(launcher);
      launcher.kill('SIGTERM');
      assert.equal((await gone).status, 0);
      launcher = site.launch();
    }
    writeFileSync(join(site.root, 'network'), '');
    const heard = await site.hears(server.name, hasOutcome);
    assert.equal(heard.tracks.program!.outcome!.ended, 'committed');
  });
});
