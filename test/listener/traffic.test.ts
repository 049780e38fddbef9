/**
 * Real transfers over TLS 1.3 with certificates on both sides: what the bill says is what the kernel
 * counted of those very connections (`ss`: payload of TCP, so encryption is in it, and the headers of
 * packets are not), and a limit that changes is felt within a second.
 */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { systemClock } from '#adapters/daemon/clock-system.ts';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import { openLinkTrust } from '#adapters/identity/link-trust.ts';
import { openListener } from '#adapters/listener/listener-fastify.ts';
import { testOrganisation } from '#adapters/organisation/organisation.testing.ts';
import { noBudget } from '#domain/budget/budget.ts';
import { brand, type ServerId } from '#domain/names.ts';
import { Loop } from '#information-server/loop.ts';
import type { Site } from '#information-server/site.ts';
import { Budgets } from '#information-server/traffic/budgets.ts';
import { Traffic } from '#information-server/traffic/traffic.ts';

const content = randomBytes(6_000_000);
const digest = createHash('sha256').update(content).digest('hex');

async function siteOf(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-traffic-'));
  const file = join(folder, digest);
  await writeFile(file, content);
  const opened = await openJournal(join(folder, 'journal.sqlite'));
  assert(opened.ok);
  const journal = opened.value;
  const log = pino({ enabled: false });
  const name = brand<ServerId>('tokyo');
  const site = { name, log, journal, clock: systemClock, isEnded: false } as unknown as Site;
  const loop = new Loop(site, {
    diskFailed: (error) => {
      throw error;
    },
  });
  const budgets = new Budgets(site, () => noBudget);
  await budgets.load(journal.rows);
  const traffic = new Traffic(site, loop, budgets);
  const { site: keys, standing } = await testOrganisation();
  const listener = await openListener({
    host: '127.0.0.1',
    port: 0,
    security: { kind: 'mutual', trust: openLinkTrust(standing(keys.informationServer)) },
    log,
    meter: traffic.meter,
    files: [
      { prefix: '/v1/archives/', admit: () => null, locate: async () => file, transfers: traffic },
    ],
  });
  const agents: Agent[] = [];
  context.after(async () => {
    for (const agent of agents) agent.destroy();
    await listener.close();
    budgets.end();
    await traffic.end();
    await journal.close();
    await rm(folder, { recursive: true });
  });
  return {
    journal,
    budgets,
    traffic,
    port: Number(new URL(listener.address).port),
    /** Of one server, over one connection that stays open. */
    async server(named: string) {
      const { key, chain: cert } = await keys.normalServer(named);
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      agents.push(agent);
      const received = { bytes: 0 };
      const fetch = (range?: string): Promise<void> =>
        new Promise((resolve, reject) => {
          const headers = range === undefined ? {} : { range };
          const url = `${listener.address}/v1/archives/${digest}`;
          const asked = get(url, { agent, key, cert, rejectUnauthorized: false, headers });
          asked.on('error', reject);
          asked.on('response', (response) => {
            response.on('data', (piece: Buffer) => void (received.bytes += piece.length));
            response.on('end', resolve);
          });
        });
      return { fetch, received };
    },
  };
}

/** Of our side of all connections to that port: bytes of TCP payload that were sent and received. */
function countedByKernel(port: number): { sent: number; received: number } {
  const text = execFileSync('ss', ['-tinH', `sport = :${port}`], { encoding: 'utf8' });
  const sum = (name: string): number =>
    [...text.matchAll(new RegExp(`${name}:(\\d+)`, 'g'))].reduce(
      (all, [, bytes]) => all + Number(bytes),
      0,
    );
  return { sent: sum('bytes_acked'), received: sum('bytes_received') };
}

const hasKernelCounters = spawnSync('ss', ['-V']).status === 0;
const missing = hasKernelCounters ? false : 'no ss (iproute2) here to ask the kernel with';

test('the bill equals what the kernel counted, within 2 %', { skip: missing }, async (context) => {
  const { server, traffic, journal, port } = await siteOf(context);
  const left = await server('files-01');
  const right = await server('files-02');
  await Promise.all([left.fetch(), right.fetch()]);
  await left.fetch('bytes=5900000-');
  await sleep(200);
  const kernel = countedByKernel(port);
  await traffic.bill('all');
  const rows = await journal.rows.bill.rows();
  const billed = { sent: 0, received: 0 };
  for (const { form, bytes } of rows) billed[form === 'received' ? 'received' : 'sent'] += bytes;
  assert(kernel.sent > 12_100_000, `the kernel counted ${kernel.sent}`);
  for (const way of ['sent', 'received'] as const) {
    const share = billed[way] / kernel[way];
    assert(Math.abs(share - 1) < 0.02, `${way}: ${billed[way]} of ${kernel[way]}`);
  }
  assert.deepEqual([...new Set(rows.map(({ server: name }) => name))], ['files-01', 'files-02']);
});

test('a limit is kept by real transfers, and felt within a second when it changes', async (context) => {
  const { server, budgets, journal } = await siteOf(context);
  const change = async (bytesPerSecond: number): Promise<void> => {
    const effect = await budgets.change(journal.rows, {
      of: { kind: 'site' },
      bitsPerSecond: bytesPerSecond * 8,
      until: null,
      at: 0,
      who: 'mori',
      reason: 'a test',
    });
    effect();
  };
  await change(400_000);
  const servers = [await server('files-01'), await server('files-02')];
  const fetched = Promise.allSettled(servers.map(({ fetch }) => fetch()));
  const speeds = async (milliseconds: number): Promise<number[]> => {
    const before = servers.map(({ received }) => received.bytes);
    const begun = performance.now();
    await sleep(milliseconds);
    const seconds = (performance.now() - begun) / 1_000;
    return servers.map(({ received }, place) => (received.bytes - (before[place] ?? 0)) / seconds);
  };
  await sleep(700);
  const slow = await speeds(1_000);
  await change(4_000_000);
  await sleep(300);
  const fast = await speeds(1_000);
  // A loaded machine gives less, and its buckets a little more at once; never another order.
  for (const one of slow) assert(one > 100_000 && one < 260_000, `slow: ${slow.join(', ')}`);
  for (const one of fast) assert(one > 1_000_000 && one < 2_600_000, `fast: ${fast.join(', ')}`);
  await change(1e9);
  await fetched;
  for (const { received } of servers) assert.equal(received.bytes, content.length);
});
