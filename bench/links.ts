/**
 * What mutual TLS 1.3 costs the side that listens: full and resumed handshakes per second of its
 * CPU, and memory for each waiting connection at 5,000. A bare `tls` server of Node with the same
 * certificates does the same beside it, in a process of its own, so that one sees what is Node's.
 *
 * Budget: under 65 KiB for each waiting connection.
 */

import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { openLinkTrust } from '#adapters/identity/link-trust.ts';
import { openListener } from '#adapters/listener/listener-fastify.ts';
import { testOrganisation, type Credentials } from '#adapters/organisation/organisation.testing.ts';

export const name = 'links';

const connectionsDefault = 5_000;
const secondsOfHandshakes = 4;
const wide = 8;
const path = '/v1/session';

type Given = {
  readonly kind: 'listener' | 'bare';
  readonly organisation: string;
  readonly authority: string;
  readonly key: string;
  readonly chain: string;
};

const facts = z.object({ port: z.int(), rssBytes: z.number(), cpuSeconds: z.number() });
type Facts = z.infer<typeof facts>;

/** The listening side, in a process of its own. */
async function listen(given: Given): Promise<void> {
  const { kind, organisation, authority, key, chain } = given;
  const port = kind === 'bare' ? await listenBarely(given) : await listenAsWe();
  process.on('message', () => {
    globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    const cpuSeconds = (user + system) / 1e6;
    process.send?.({ port, rssBytes: process.memoryUsage.rss(), cpuSeconds });
  });

  async function listenAsWe(): Promise<number> {
    const identity = { role: 'information-server', site: 'tokyo', organisation } as const;
    const listener = await openListener({
      host: '127.0.0.1',
      port: 0,
      log: pino({ level: 'silent' }),
      security: {
        kind: 'mutual',
        trust: openLinkTrust({
          identity,
          credentials: { key, chain },
          organisation: { organisation: { organisation, authority } },
        }),
      },
      // All connections of this bench show one certificate.
      limits: {
        connectionsPerPeerMax: 60_000,
        handshakes: { perSecond: 1e6, burst: 1e6 },
        requests: { perSecond: 1e6, burst: 1e6 },
      },
      waits: { bodyMs: 60_000, firstMessageMs: 600_000 },
      sockets: [{ path, messageBytesMax: 256 * 1024, admit: () => null, accept: () => undefined }],
    });
    return Number(new URL(listener.address).port);
  }
}

async function listenBarely({ authority, key, chain }: Given): Promise<number> {
  const held = new Set<TLSSocket>();
  const server = createServer(
    { key, cert: chain, ca: authority, requestCert: true, minVersion: 'TLSv1.3' },
    (socket) => {
      held.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => held.delete(socket));
      socket.resume();
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function ask(child: ChildProcess): Promise<Facts> {
  const answer = once(child, 'message');
  child.send({ type: 'facts' });
  const [message] = (await answer) as [unknown];
  return facts.parse(message);
}

type Shown = { readonly server: Credentials; readonly authority: string };

/** One TLS connection, to the end of its handshake; what it needs to be resumed, if that is wanted. */
async function handshake(port: number, { server, authority }: Shown, session?: Buffer) {
  const socket = connect({
    host: '127.0.0.1',
    port,
    key: server.key,
    cert: server.chain,
    ca: authority,
    checkServerIdentity: () => undefined,
    ...(session === undefined ? {} : { session }),
  });
  const ticket = once(socket, 'session') as Promise<[Buffer]>;
  ticket.catch(() => undefined);
  await once(socket, 'secureConnect');
  return { socket, ticket };
}

async function handshakes(child: ChildProcess, shown: Shown, isResumed: boolean) {
  const before = await ask(child);
  const first = await handshake(before.port, shown);
  first.socket.resume();
  const session = isResumed ? (await first.ticket)[0] : undefined;
  first.socket.destroy();
  const began = performance.now();
  const until = began + secondsOfHandshakes * 1_000;
  let done = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < until) {
      const { socket } = await handshake(before.port, shown, session);
      if (socket.isSessionReused() !== isResumed)
        throw new Error('not the handshake that was meant');
      socket.destroy();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: wide }, worker));
  const seconds = (performance.now() - began) / 1_000;
  const { cpuSeconds } = await ask(child);
  return { perSecond: done / seconds, perCpuSecond: done / (cpuSeconds - before.cpuSeconds) };
}

/** KiB of the listening process for each connection that waits. */
async function waiting(
  child: ChildProcess,
  shown: Shown,
  { kind, connections }: { readonly kind: Given['kind']; readonly connections: number },
): Promise<number> {
  const { server, authority } = shown;
  const before = await ask(child);
  const open: { terminate(): void }[] = [];
  const one = async (): Promise<void> => {
    if (kind === 'bare') {
      const { socket } = await handshake(before.port, shown);
      open.push({ terminate: () => socket.destroy() });
      return;
    }
    const socket = new WebSocket(`wss://127.0.0.1:${before.port}${path}`, {
      key: server.key,
      cert: server.chain,
      ca: authority,
      rejectUnauthorized: false,
      perMessageDeflate: false,
    });
    await once(socket, 'open');
    open.push(socket);
  };
  let left = connections;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await one();
  };
  await Promise.all(Array.from({ length: wide }, worker));
  await sleep(2_000);
  const { rssBytes } = await ask(child);
  for (const socket of open) socket.terminate();
  return (rssBytes - before.rssBytes) / connections / 1_024;
}

export async function run(connections = connectionsDefault): Promise<Record<string, number>> {
  const { organisation, site } = await testOrganisation();
  const shown = { server: await site.normalServer('a1'), authority: organisation.authority };
  const figures: Record<string, number> = {};
  for (const kind of ['listener', 'bare'] as const) {
    const { key, chain } = site.informationServer;
    const child = fork(import.meta.filename, ['listen'], { execArgv: ['--expose-gc'] });
    const given: Given = {
      kind,
      organisation: organisation.organisation,
      authority: organisation.authority,
      key,
      chain,
    };
    try {
      await once(child, 'message');
      child.send(given);
      await once(child, 'message');
      const full = await handshakes(child, shown, false);
      const resumed = await handshakes(child, shown, true);
      const of = kind === 'bare' ? 'bare tls: ' : '';
      const budget = kind === 'bare' ? '' : ' (budget 65)';
      figures[`${of}full handshakes per second, both sides on this machine`] = full.perSecond;
      figures[`${of}full handshakes per CPU second of the listening side`] = full.perCpuSecond;
      figures[`${of}resumed handshakes per second, both sides on this machine`] = resumed.perSecond;
      figures[`${of}resumed handshakes per CPU second of the listening side`] =
        resumed.perCpuSecond;
      figures[`${of}KiB per waiting connection at ${connections}${budget}`] = await waiting(
        child,
        shown,
        { kind, connections },
      );
    } finally {
      child.kill('SIGKILL');
    }
  }
  return figures;
}

const given = z.object({
  kind: z.enum(['listener', 'bare']),
  organisation: z.string(),
  authority: z.string(),
  key: z.string(),
  chain: z.string(),
});

if (process.argv[2] === 'listen' && process.send !== undefined) {
  process.once('message', (message) => {
    void listen(given.parse(message)).then(() => process.send?.('listening'));
  });
  process.send('ready');
}
