/**
 * Ten thousand normal servers at one information server, on one machine: light peers speak the real
 * protocol over TLS 1.3 with a certificate each, the information server is the real program with a
 * journal in SQLite and the limits of the product. All of them come from one address, which is the
 * worst that a site can do.
 *
 * Figures: its memory; a change of the desired state until all have heard of it; reports per second
 * until they are committed; and, killed and started again, the time until all are back with nothing
 * lost. `DANKAI_BENCH_SESSIONS=2000` takes fewer.
 */

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { testOrganisation } from '#adapters/organisation/organisation.testing.ts';
import {
  facts,
  heard,
  type Facts,
  type PeersGiven,
  type ServeGiven,
  type ToPeers,
  type ToServer,
} from './sessions/messages.ts';
import { dialAll } from './sessions/peers.ts';
import { serve } from './sessions/serve.ts';

export const name = 'sessions';

const sessionsDefault = Number(process.env['DANKAI_BENCH_SESSIONS'] ?? 10_000);
const peersInProcess = 2_500;
const secondsMax = 400;

async function child(mode: 'serve' | 'peers', given: ServeGiven | PeersGiven) {
  const made = fork(import.meta.filename, [mode], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(made, 'message');
  made.send(given);
  await once(made, 'message');
  return made;
}

async function askServer(server: ChildProcess, asked: ToServer): Promise<Facts> {
  const answer = once(server, 'message');
  server.send(asked);
  const [message] = (await answer) as [unknown];
  return facts.parse(message);
}

async function askPeers(peers: readonly ChildProcess[], asked: ToPeers) {
  const answers = peers.map(async (one) => {
    const answer = once(one, 'message');
    one.send(asked);
    const [message] = (await answer) as [unknown];
    return heard.parse(message);
  });
  const found = await Promise.all(answers);
  return {
    at: found.flatMap(({ at }) => at).toSorted((left, right) => left - right),
    dropped: found.reduce((sum, { dropped }) => sum + dropped, 0),
  };
}

/** Seconds until it is so. */
async function until(isSo: () => Promise<boolean>, everyMs = 500): Promise<number> {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > secondsMax * 1_000)
      throw new Error('it is not so for too long');
    await sleep(everyMs);
  }
  return (performance.now() - began) / 1_000;
}

export async function run(sessions = sessionsDefault): Promise<Record<string, number>> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-sessions-'));
  const { organisation, site } = await testOrganisation();
  const shown = site.informationServer;
  const of = { organisation: organisation.organisation, authority: organisation.authority };
  const given = { folder: join(folder, 'root'), port: 0, organisation: of, shown };
  let server = await child('serve', given);
  const processes: ChildProcess[] = [];
  try {
    const { port } = await askServer(server, { ask: 'facts', version: '0' });
    const address = `https://127.0.0.1:${port}`;
    const began = performance.now();
    for (let from = 0; from < sessions; from += peersInProcess) {
      const names = Array.from(
        { length: Math.min(peersInProcess, sessions - from) },
        (_, number) => `server-${from + number}`,
      );
      const peers = [];
      for (const one of names) peers.push({ name: one, shown: await site.normalServer(one) });
      processes.push(await child('peers', { address, organisation: of, peers }));
    }
    const all = async (version = '0'): Promise<Facts> =>
      askServer(server, { ask: 'facts', version });
    const allConnected = async (): Promise<boolean> =>
      (await askServer(server, { ask: 'connected', version: '0' })).connected === sessions;
    await until(allConnected);
    const joined = (performance.now() - began) / 1_000;
    await sleep(3_000);
    const { rssBytes } = await all();

    const changedAt = Date.now();
    await askServer(server, { ask: 'publish', version: '1' });
    await until(
      async () =>
        (await askPeers(processes, { ask: 'heard', version: '1' })).at.length === sessions,
    );
    const { at } = await askPeers(processes, { ask: 'heard', version: '1' });
    const after = (share: number): number =>
      ((at[Math.ceil(share * at.length) - 1] ?? Number.NaN) - changedAt) / 1_000;

    await askPeers(processes, { ask: 'report', version: '1' });
    const reporting = await until(async () => (await all('1')).reported === sessions, 500);

    const before = await all('1');
    server.kill('SIGKILL');
    await once(server, 'exit');
    const killedAt = performance.now();
    server = await child('serve', { ...given, port });
    await until(allConnected);
    const back = (performance.now() - killedAt) / 1_000;
    const now = await all('1');
    return {
      sessions,
      'all joined, certificates made meanwhile, s': joined,
      'memory of the information server, MiB (budget 1024)': rssBytes / 2 ** 20,
      'memory for each session, KiB': rssBytes / sessions / 1_024,
      'a change reached half of them after, s': after(0.5),
      'a change reached 99 % of them after, s': after(0.99),
      'a change reached all after, s (budget 10)': after(1),
      'reports committed per second': (2 * sessions) / reporting,
      'all back after SIGKILL, s (budget 60)': back,
      'servers lost by it (budget 0)': before.servers - now.servers,
      'reports lost by it (budget 0)': before.reported - now.reported,
      'memory after it, MiB (budget 1024)': now.rssBytes / 2 ** 20,
      'processor of the restarted one until then, s': now.cpuSeconds,
      'load of the machine at the end': loadavg()[0] ?? 0,
    };
  } finally {
    for (const one of [server, ...processes]) one.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

const [, , mode] = process.argv;
if (process.send !== undefined && (mode === 'serve' || mode === 'peers')) {
  process.once('message', (given: ServeGiven & PeersGiven) => {
    const begun = mode === 'serve' ? serve(given) : Promise.resolve(dialAll(given));
    void begun.then(() => process.send?.('ready'));
  });
  process.send('here');
}
