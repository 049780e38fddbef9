/**
 * What systemd would hear of a launcher: by the real `systemd-notify`, in a socket of datagrams that
 * python3 reads, because Node cannot.
 */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ended, makeSite, until } from './site.ts';

const server = { name: 'normal-server', track: 'program' } as const;
const needed = ['systemd-notify', 'python3'];
const missing = needed.filter((name) => spawnSync(name, ['--version']).status !== 0);
const skip = missing.length > 0 && `${missing.join(', ')} not here`;

/** Each datagram on a line of its own; what is sent along with it is let go of. */
const receiver = `
import socket, sys
heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
heard.bind(sys.argv[1])
while True:
    print(heard.recv(4096).decode().replace("\\n", " "), flush=True)
`;

test(
  'systemd hears that it is ready, alive, and ending; its daemons hear nothing of systemd',
  { skip },
  async (t) => {
    const site = makeSite({ services: [server] });
    const socket = join(site.root, 'notify');
    const listens = spawn('python3', ['-c', receiver, socket], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => {
      listens.kill();
      site.clean();
    });
    let heard = '';
    listens.stdout.on('data', (piece: Buffer) => {
      heard += String(piece);
    });
    await until('the receiver', () => existsSync(socket));
    const launcher = site.launch('lean', { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '8000000' });
    const { pid } = await site.hears(server.name, () => true);
    await until('ready', () => /^READY=1/m.test(heard));
    // Twice: it goes on saying it.
    await until('alive', () => (heard.match(/^WATCHDOG=1/gm)?.length ?? 0) >= 2, 30_000);
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
    assert.doesNotMatch(environment, /NOTIFY_SOCKET|WATCHDOG/);
    launcher.kill('SIGTERM');
    assert.equal((await ended(launcher)).status, 0);
    await until('stopping', () => /^STOPPING=1/m.test(heard));
    const gone = once(listens, 'exit');
    listens.kill();
    await gone;
    assert.doesNotMatch(site.log(), /notify-failed/);
  },
);

test('where nobody listens it says so once, and works', { skip }, async (t) => {
  const site = makeSite({ services: [server] });
  t.after(() => site.clean());
  const socket = join(site.root, 'nobody');
  const launcher = site.launch('lean', { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1000000' });
  await site.hears(server.name, () => true);
  launcher.kill('SIGTERM');
  assert.equal((await ended(launcher)).status, 0);
  assert.equal(site.log().match(/notify-failed/g)?.length, 1);
});
