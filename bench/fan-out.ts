/**
 * One package of 50 MB to many servers at once over TLS 1.3: by the real listener of an information
 * server, with budgets and bill (and certificates on both sides), and by nginx of Debian's beside it,
 * one worker, without kernel TLS, with the same certificates. Clients are Node's, in a process of their
 * own, and drop what they read; what they cost is in no figure but the throughput.
 *
 * Budgets: memory under 300 MiB; throughput and processor per GB are told as shares of nginx's.
 */

import { fork, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { z } from 'zod';
import { systemClock } from '#adapters/daemon/clock-system.ts';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import { openLinkTrust } from '#adapters/identity/link-trust.ts';
import { openListener } from '#adapters/listener/listener-fastify.ts';
import { testOrganisation, type Credentials } from '#adapters/organisation/organisation.testing.ts';
import { noBudget } from '#domain/budget/budget.ts';
import { brand, type ServerId } from '#domain/names.ts';
import { Loop } from '#information-server/loop.ts';
import type { Site } from '#information-server/site.ts';
import { Budgets } from '#information-server/traffic/budgets.ts';
import { Traffic } from '#information-server/traffic/traffic.ts';
import { debianPackages, librariesIn } from '../test/debian-packages.ts';
import { freePort } from '../scripts/site/free-port.ts';

export const name = 'fan-out';

const packageBytes = 50_000_000;
const widths = [50, 200];

type Shown = Pick<Credentials, 'key' | 'chain' | 'identity'>;
type Given = {
  readonly folder: string;
  readonly digest: string;
  readonly organisation: { readonly organisation: string; readonly authority: string };
  readonly shown: Shown;
};
type Asked = { readonly port: number; readonly path: string; readonly clients: number } & Pick<
  Given,
  'shown'
>;

async function serve({ folder, digest, organisation, shown }: Given): Promise<number> {
  const opened = await openJournal(join(folder, 'journal.sqlite'));
  if (!opened.ok) throw new Error(opened.because.code);
  const journal = opened.value;
  const log = pino({ enabled: false });
  const site = {
    name: brand<ServerId>('tokyo'),
    journal,
    log,
    clock: systemClock,
    isEnded: false,
  } as unknown as Site;
  const loop = new Loop(site, {
    diskFailed: (error) => {
      throw error;
    },
  });
  const budgets = new Budgets(site, () => noBudget);
  const traffic = new Traffic(site, loop, budgets);
  const { identity } = shown;
  const listener = await openListener({
    host: '127.0.0.1',
    port: 0,
    security: {
      kind: 'mutual',
      trust: openLinkTrust({ identity, credentials: shown, organisation: { organisation } }),
    },
    log,
    meter: traffic.meter,
    // All clients of this bench show one certificate.
    limits: {
      connectionsPerPeerMax: 10_000,
      requests: { perSecond: 1e6, burst: 1e6 },
    },
    files: [
      {
        prefix: '/v1/archives/',
        admit: () => null,
        transfers: traffic,
        locate: async () => join(folder, digest),
      },
    ],
  });
  return Number(new URL(listener.address).port);
}

/** Seconds until all have all of it. */
async function fetchAll({ port, path, clients, shown }: Asked): Promise<number> {
  const began = performance.now();
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const { key, chain: cert } = shown;
      const url = `https://127.0.0.1:${port}${path}`;
      const asked = get(url, { key, cert, rejectUnauthorized: false, agent: false });
      asked.on('error', reject);
      asked.on('response', (response) => {
        let bytes = 0;
        response.on('data', (piece: Buffer) => (bytes += piece.length));
        response.on('end', () => (bytes === packageBytes ? resolve() : reject(new Error('short'))));
      });
    });
  await Promise.all(Array.from({ length: clients }, one));
  return (performance.now() - began) / 1_000;
}

/** Of a process and those below it that it began: seconds of processor, and peak memory. */
function costOf(pids: readonly number[]) {
  let ticks = 0;
  let kibibytes = 0;
  for (const pid of pids) {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    ticks += Number(fields[11]) + Number(fields[12]);
    const [, peak = '0'] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    kibibytes += Number(peak);
  }
  return { cpuSeconds: ticks / 100, mebibytes: kibibytes / 1_024 };
}

async function inChild(mode: 'serve' | 'fetch', given: Given | Asked) {
  const child = fork(import.meta.filename, [mode]);
  await once(child, 'message');
  child.send(given);
  const [message] = (await once(child, 'message')) as [unknown];
  return { child, value: z.number().parse(message) };
}

/** null: there is none here, and none can be fetched. */
async function nginx({ folder, digest, organisation, shown }: Given) {
  const found = await debianPackages('nginx', ['nginx'], (root) => {
    const env = { ...process.env, LD_LIBRARY_PATH: librariesIn(root) };
    const { status, stderr } = spawnSync(join(root, 'usr/sbin/nginx'), ['-v'], { env });
    return status === 0 ? null : String(stderr);
  });
  if ('missing' in found) {
    console.error(`left out: nginx: ${found.missing}`);
    return null;
  }
  const port = await freePort();
  const work = join(folder, 'nginx');
  await mkdir(join(work, 'logs'), { recursive: true });
  for (const [file, text] of [
    ['key.pem', shown.key],
    ['chain.pem', shown.chain],
    ['authority.pem', organisation.authority],
  ] as const) {
    await writeFile(join(work, file), text);
  }
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const temporary = paths.map((one) => `${one}_temp_path ${work}/${one};`).join(' ');
  await writeFile(
    join(work, 'nginx.conf'),
    `daemon off; master_process off; user root; pid ${work}/pid; error_log ${work}/error.log;
     events { worker_connections 4096; }
     http { access_log off; sendfile on; ${temporary}
       server { listen 127.0.0.1:${port} ssl; root ${folder}; ssl_protocols TLSv1.3;
         ssl_certificate ${work}/chain.pem; ssl_certificate_key ${work}/key.pem;
         ssl_client_certificate ${work}/authority.pem; ssl_verify_client on; ssl_verify_depth 3; } }`,
  );
  const child = spawn(
    join(found.folder, 'usr/sbin/nginx'),
    ['-p', work, '-c', join(work, 'nginx.conf')],
    {
      env: { ...process.env, LD_LIBRARY_PATH: librariesIn(found.folder) },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  for (let wait = 0; wait < 100 && !existsSync(join(work, 'pid')); wait += 1) await sleep(50);
  return { child, port, path: `/${digest}` };
}

export async function run(): Promise<Record<string, number>> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-fan-out-'));
  const content = randomBytes(packageBytes);
  const digest = createHash('sha256').update(content).digest('hex');
  await writeFile(join(folder, digest), content, { mode: 0o644 });
  const { organisation, site } = await testOrganisation();
  const of = { organisation: organisation.organisation, authority: organisation.authority };
  const given = { folder, digest, organisation: of, shown: site.informationServer };
  const client = await site.normalServer('a1');
  const figures: Record<string, number> = {};
  const children: ChildProcess[] = [];
  try {
    for (const clients of widths) {
      const measured: Record<
        string,
        { perSecond: number; perGigabyte: number; mebibytes: number }
      > = {};
      for (const who of ['dankai', 'nginx'] as const) {
        const peer = who === 'nginx' ? await nginx(given) : null;
        if (who === 'nginx' && peer === null) continue;
        const own = peer === null ? await inChild('serve', given) : null;
        const child = own?.child ?? peer?.child;
        if (child?.pid === undefined) continue;
        children.push(child);
        const before = costOf([child.pid]);
        const fetching = await inChild('fetch', {
          port: own?.value ?? peer?.port ?? 0,
          path: peer?.path ?? `/v1/archives/${digest}`,
          clients,
          shown: client,
        });
        const after = costOf([child.pid]);
        fetching.child.kill();
        child.kill('SIGKILL');
        await once(child, 'exit');
        const gigabytes = (clients * packageBytes) / 1e9;
        measured[who] = {
          perSecond: (clients * packageBytes) / 1e6 / fetching.value,
          perGigabyte: (after.cpuSeconds - before.cpuSeconds) / gigabytes,
          mebibytes: after.mebibytes,
        };
      }
      for (const [who, { perSecond, perGigabyte, mebibytes }] of Object.entries(measured)) {
        const budget = who === 'dankai' ? ' (budget 300)' : '';
        figures[`${clients} clients: ${who}, MB/s`] = perSecond;
        figures[`${clients} clients: ${who}, processor s per GB`] = perGigabyte;
        figures[`${clients} clients: ${who}, peak memory MiB${budget}`] = mebibytes;
      }
      const { dankai, nginx: beside } = measured;
      if (dankai === undefined || beside === undefined) continue;
      figures[`${clients} clients: throughput, share of nginx's`] =
        dankai.perSecond / beside.perSecond;
      figures[`${clients} clients: processor per GB, share of nginx's (budget 1)`] =
        dankai.perGigabyte / beside.perGigabyte;
    }
    return figures;
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

const [, , mode] = process.argv;
if (process.send !== undefined && (mode === 'serve' || mode === 'fetch')) {
  process.once('message', (given: Given & Asked) => {
    const answer = mode === 'serve' ? serve(given) : fetchAll(given);
    void answer.then((value) => process.send?.(value));
  });
  process.send('here');
}
